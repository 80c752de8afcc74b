"""Who does what to whom, whether it is done, and who says so: sentences through the whole pipeline."""

import pytest

from service.analysis.misparses import verb_stems
from service.analysis.modality import OUTCOME, applied
from service.analysis.pipeline import Analysis
from service.analysis.proofs import rules_alone
from service.messages.article import Article
from service.messages.enriched import EnrichedArticle, Event
from service.paths import config_dir


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return rules_alone(Analysis.load(config_dir()))


def read(analysis: Analysis, body: str, title: str = "") -> EnrichedArticle:
    article = Article(id="a", title=title, body=body, published_at="2024-11-19")
    return analysis.analyse(article, enriched_at="2024-11-19T00:00:00Z")


def event(analysis: Analysis, body: str, root: str) -> Event:
    found = [item for item in read(analysis, body).events if item.type == root]
    assert found, f"no {root} in {body!r}"
    return found[0]


@pytest.mark.parametrize(
    ("text", "root", "source", "target"),
    [
        ("Iran attacked Israel on Saturday.", "ASSAULT", "cty:IRN", "cty:ISR"),
        ("Israel was attacked by Iran on Saturday.", "ASSAULT", "cty:IRN", "cty:ISR"),
        ("Iran launched an attack on Israel.", "ASSAULT", "cty:IRN", "cty:ISR"),
        ("The United States condemned Russia's invasion of Ukraine.", "ASSAULT", "cty:RUS", "cty:UKR"),
        ("Turkey held talks with Greece on Monday.", "CONSULT", "cty:TUR", "cty:GRC"),
        ("Talks between India and Pakistan began on Monday.", "CONSULT", "cty:IND", "cty:PAK"),
        ("Poland expelled three Russian diplomats.", "SANCTION", "cty:POL", "cty:RUS"),
        ("Germany urged Israel to stop the offensive.", "REQUEST", "cty:DEU", "cty:ISR"),
        ("Iran stopped the Russian tanker Volga.", "COERCE", "cty:IRN", "cty:RUS"),
        ("The army of Israel carried out air raids on Iran.", "ASSAULT", "mil:ISR", "cty:IRN"),
        ("A Russian missile shot down an American U-2 plane over Cuba.", "ASSAULT", "mil:RUS", "cty:USA"),
        ("Israel was attacked in Haifa by Iran.", "ASSAULT", "cty:IRN", "cty:ISR"),
        ("The United States delivered a note of protest to Russia.", "ACCUSE", "cty:USA", "cty:RUS"),
        ("Ukraine accused North Korea, accusing it of helping Russia.", "AID", "cty:PRK", "cty:RUS"),
        ("Diplomats complained of atrocities committed by Russia in Ukraine.", "ASSAULT", "cty:RUS", "cty:UKR"),
        ("In its war against Ukraine, Russia lost ships.", "ASSAULT", "cty:RUS", "cty:UKR"),
    ],
)
def test_grammar_decides_who_is_who(analysis: Analysis, text: str, root: str, source: str, target: str) -> None:
    found = event(analysis, text, root)
    assert source in found.sources
    assert any(name.endswith(target.removeprefix("cty:")) for name in found.targets)


@pytest.mark.parametrize(
    ("text", "root", "modality"),
    [
        ("Iran attacked Israel on Saturday.", "ASSAULT", "actual"),
        ("Iran began to attack Israel.", "ASSAULT", "actual"),
        ("Iran will attack Israel.", "ASSAULT", "planned"),
        ("Iran plans to attack Israel.", "ASSAULT", "planned"),
        ("Iran could attack Israel.", "ASSAULT", "hypothetical"),
        ("If Iran attacks Israel, oil prices will rise.", "ASSAULT", "hypothetical"),
        ("Iran did not attack Israel.", "ASSAULT", "negated"),
        ("Iran denied attacking Israel.", "ASSAULT", "negated"),
        ("Iran refused to meet Israel.", "CONSULT", "negated"),
        ("Iran attacked Israel in 1991.", "ASSAULT", "historical"),
        ("Prices have risen since Iran's attack on Israel on Monday.", "ASSAULT", "actual"),
        ("Did Iran attack Israel?", "ASSAULT", "hypothetical"),
        ("France urged Israel to withdraw from Gaza.", "RETREAT", "requested"),
        ("Iran denies sending missiles to Russia", "AID", "negated"),
        ("Jordan became the second Arab state to sign a peace treaty with Israel.", "AGREE", "actual"),
        ("A Chinese attack on Taiwan would be a threat to Japan.", "ASSAULT", "hypothetical"),
        ("Russia walked out of a 2016 treaty with Ukraine.", "REJECT", "actual"),
    ],
)
def test_modality(analysis: Analysis, text: str, root: str, modality: str) -> None:
    assert event(analysis, text, root).modality == modality


def test_words_about_deeds_are_coded_as_words(analysis: Analysis) -> None:
    planned = event(analysis, "Iran plans to attack Israel.", "ASSAULT")
    assert (planned.type, planned.plover, planned.quad_class) == ("ASSAULT", "THREATEN", 3)
    done = event(analysis, "Iran attacked Israel.", "ASSAULT")
    assert (done.plover, done.quad_class, done.goldstein) == ("ASSAULT", 4, -10.0) or done.goldstein <= -9


def test_the_speaker_is_named(analysis: Analysis) -> None:
    body = "Ukraine said that Russia attacked Kharkiv on Monday."
    found = event(analysis, body, "ASSAULT")
    assert found.attribution is not None
    assert body[found.attribution.start : found.attribution.end] == "Ukraine"
    assert found.attribution.actor == "cty:UKR"


@pytest.mark.parametrize(
    ("text", "source"),
    [
        (
            "The Russian army said it had fired missiles. Ukraine's air force said it had shot down 52 missiles.",
            "mil:UKR",
        ),
        ("China imposed sanctions on Taiwan. Iran said it would attack Israel.", "cty:IRN"),
        ("Russia met China. Emmanuel Macron said Iran had vowed that it would attack Israel.", "cty:IRN"),
    ],
)
def test_a_pronoun_in_reported_speech_is_the_speaker(analysis: Analysis, text: str, source: str) -> None:
    """Never the subject of the sentence before."""
    assert [item.sources for item in read(analysis, text).events if item.type == "ASSAULT"][-1] == [source]


def test_a_deployment_is_no_deed_against_its_host(analysis: Analysis) -> None:
    found = event(analysis, "Russia has placed nuclear missiles in Cuba.", "MOBILIZE")
    assert (found.sources, found.targets, found.affected) == (["cty:RUS"], [], ["cty:CUB"])


@pytest.mark.parametrize(
    ("text", "root", "sources", "targets"),
    [
        ("Russia invaded Ukraine. France spoke of Russian aggression.", "ASSAULT", ["cty:RUS"], ["cty:UKR"]),
        ("Israel held talks with Syria in Oslo. The talks ended on Monday.", "CONSULT", ["cty:ISR"], ["cty:SYR"]),
        ("France accused Iran of spying. Iran rejected the report.", "REJECT", ["cty:IRN"], ["cty:FRA"]),
    ],
)
def test_the_article_tells_sides_that_a_sentence_leaves_out(
    analysis: Analysis, text: str, root: str, sources: list[str], targets: list[str]
) -> None:
    last = [item for item in read(analysis, text).events if item.type == root][-1]
    assert (last.sources, last.targets) == (sources, targets)


def test_a_war_that_is_not_the_one_told_of_takes_nothing_from_it(analysis: Analysis) -> None:
    found = read(analysis, "Russia invaded Ukraine. Analysts of Japan fear a new war.").events
    assert [item.targets for item in found if item.trigger.text == "war"] in ([], [[]])


@pytest.mark.parametrize(
    ("text", "sources", "targets"),
    [
        ("France condemned Russia's attack. The invasion of Ukraine began on Monday.", ["cty:RUS"], ["cty:UKR"]),
        ("Russia's attack went on. Israel's attack went on. The invasion of Ukraine began.", [], ["cty:UKR"]),
        ("Russia's attack went on. An invasion of Ukraine is feared.", [], ["cty:UKR"]),
    ],
)
def test_the_only_adversary_in_an_article_is_meant(
    analysis: Analysis, text: str, sources: list[str], targets: list[str]
) -> None:
    """Where two may be meant, or no particular deed is spoken of, the side stays open."""
    last = next(item for item in read(analysis, text).events if item.trigger.text == "invasion")
    assert (last.sources, last.targets) == (sources, targets)


def test_an_unknown_party_keeps_its_place(analysis: Analysis) -> None:
    """``The gunmen`` are a side, but nobody known, and no one else is put in their place."""
    found = read(analysis, "Israel bombed Syria. Gunmen killed three Syrians in a village.").events
    assert [(item.sources, item.targets) for item in found if item.trigger.text == "killed"] == [([], ["pop:SYR"])]


def test_a_name_of_a_kind_meets_a_condition(analysis: Analysis) -> None:
    """The rule asks for a place as its object, by class or by label."""
    assert event(analysis, "Russian troops captured Kyiv.", "ASSAULT").rule == "assault.territory.capture"


def test_who_takes_part_may_stand_in_a_nested_phrase(analysis: Analysis) -> None:
    found = event(analysis, "Britain praised the use of force by Israel against Syria.", "ASSAULT")
    assert (found.sources, found.targets) == (["cty:ISR"], ["cty:SYR"])


@pytest.mark.parametrize(
    ("form", "stem"),
    [("kidnapped", "kidnap"), ("raging", "rage"), ("denies", "deny"), ("overran", "overrun"), ("vetoed", "veto")],
)
def test_inflected_verbs_lead_to_their_stems(form: str, stem: str) -> None:
    assert stem in verb_stems(form)


def test_who_speaks_of_talks_takes_part_in_them(analysis: Analysis) -> None:
    found = event(analysis, "The United States said that talks with Iran went on.", "CONSULT")
    assert (found.sources, found.targets) == (["cty:USA"], ["cty:IRN"])


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("Rapid Support Forces shelled a camp in Sudan on Monday.", "SUPPORT"),
        ("Egypt proposed a pause in fighting between Israel and Hamas.", "ASSAULT"),
        ("The United States suspended military aid to Egypt.", "AID"),
        ("Denmark announced a suspension of aid to Egypt.", "AID"),
        ("Hungary vetoed military aid to Ukraine.", "AID"),
        ("Britain sent two warships to the coast of Libya.", "AID"),
        ("Japan said that North Korea had fired a missile on Wednesday.", "ASSAULT"),
        ("North Korea fired two missiles into the sea.", "ASSAULT"),
        ("The minister of Russia inspected a warship.", "COERCE"),
        ("Russia said that Washington was pushing the world to war.", "REQUEST"),
    ],
)
def test_words_that_are_no_deed_of_their_own(analysis: Analysis, text: str, absent: str) -> None:
    assert absent not in {item.type for item in read(analysis, text).events}


def test_evidence_holds_the_trigger_and_offsets_hold_in_the_article(analysis: Analysis) -> None:
    title, body = (
        "Iran attacks Israel \U0001f680",
        "Officials met.\n\nIsrael \U0001f680 said Iran attacked Haifa. Turkey condemned Iran.",
    )
    enriched = read(analysis, body, title)
    assert enriched.events
    for item in enriched.events:
        text = {"title": title, "body": body}[item.evidence.field]
        assert text[item.evidence.start : item.evidence.end] == item.evidence.text
        assert text[item.trigger.start : item.trigger.end] == item.trigger.text
        assert item.evidence.start <= item.trigger.start < item.trigger.end <= item.evidence.end


@pytest.mark.parametrize(
    "text",
    [
        "The Iranian striker fired a shot past the goalkeeper in the World Cup semifinal against Israel.",
        "France beat Germany in the final and celebrated with their fans in the stadium.",
        "Walmart opened fire on Amazon with lower prices in the United States.",
        "A shark attacked a French swimmer off Australia.",
        "Shares in the Japanese retailer tumbled as quarterly profit missed the target.",
    ],
)
def test_sport_and_business_raise_nothing(analysis: Analysis, text: str) -> None:
    enriched = read(analysis, text)
    assert not [item for item in enriched.events if item.quad_class == 4]
    assert not enriched.signals


def test_the_weaker_reading_wins() -> None:
    assert applied("planned", "negate") == "negated"
    assert applied("negated", "doubt") == "hypothetical"
    assert all(outcome != "actual" for table in OUTCOME.values() for outcome in table.values())

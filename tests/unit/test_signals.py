"""From events to signals: which category, threat or act, and what stays silent."""

import pytest

from service.analysis.pipeline import Analysis
from service.analysis.reading import Passage, Reading
from service.analysis.signals import detect_signals
from service.messages.article import Article
from service.messages.enriched import Actor, Event, Signal, Span
from service.paths import config_dir


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return Analysis.load(config_dir())


def signals(analysis: Analysis, body: str) -> dict[str, Signal]:
    article = Article(id="a", title="", body=body, published_at="2024-11-19")
    enriched = analysis.analyse(article, enriched_at="2024-11-19T00:00:00Z")
    return {signal.category: signal for signal in enriched.signals}


@pytest.mark.parametrize(
    ("text", "category", "status", "gpr"),
    [
        ("Iran fired missiles at Israel.", "war_escalation", "act", 7),
        ("Iran plans to attack Israel.", "war_threat", "threat", 1),
        ("The Kremlin warned that the step would lead to escalation.", "escalation_warning", "threat", 7),
        ("North Korea sent troops to the border with South Korea.", "troop_deployment", "act", 3),
        ("Britain allowed Ukraine to fire its cruise missiles at bases in Russia.", "strike_authorization", "act", 7),
        ("North Korea detonated a nuclear device.", "nuclear_posture", "threat", 4),
        ("Ukraine held peace talks with Russia.", "negotiation", "act", None),
        ("Turkey asked Russia to hold peace talks with Ukraine.", "negotiation", "threat", None),
        ("Poland expelled three Russian diplomats.", "diplomatic_rupture", "act", None),
        ("Pakistani soldiers opened fire on Indian troops.", "border_incident", "act", 7),
        ("Norway announced a military support package for Ukraine.", "weapons_transfer", "threat", 3),
        ("China warned Japan over Taiwan.", "escalation_warning", "threat", 7),
        ("Heavy fighting between Armenia and Azerbaijan continued on Tuesday.", "war_escalation", "act", 7),
        ("Ten people died in clashes between Kenya and Somalia.", "war_escalation", "act", 7),
        ("Chinese soldiers clashed with Indian troops on Sunday.", "war_escalation", "act", 7),
        ("The mediators fear a war between Ethiopia and Eritrea.", "war_threat", "threat", 1),
        ("Sudanese soldiers shot four rebels on Monday.", "war_escalation", "act", 7),
        ("Turkey vowed to close its ports to Greece.", "escalation_warning", "threat", 7),
        ("Turkey warned Greece of an attack unless it withdraws its ships.", "ultimatum", "threat", 1),
        ("Hamas threatened to attack Israel.", "terror_threat", "threat", 5),
        ("Boko Haram attacked a village on Monday.", "terror_act", "act", 8),
        ("Boko Haram attacked soldiers of Nigeria on Monday.", "war_escalation", "act", 7),
    ],
)
def test_category_and_status(analysis: Analysis, text: str, category: str, status: str, gpr: int | None) -> None:
    found = signals(analysis, text)
    assert category in found, found
    assert (found[category].status, found[category].gpr) == (status, gpr)
    assert found[category].events


@pytest.mark.parametrize(
    "text",
    [
        "Iran did not attack Israel.",
        "Iran attacked Israel in 1991.",
        "Iran denied attacking Israel.",
        "Ukraine marked 700 days since the Russian invasion on Tuesday.",
        "Millions have fled since Russia's full-scale invasion of Ukraine.",
        "France accused Russia of lying about its war against Ukraine.",
        "The foreign ministers of China and Japan clashed in the council over the budget.",
        "Danish police opened fire on a burglar.",
        "Critics say that Russia could lose its war against Ukraine.",
        "Joe Biden attacked the United States Senate in a speech.",
        "Soldiers of Indonesia fired flares without warning.",
    ],
)
def test_what_was_not_done_or_is_history_raises_nothing(analysis: Analysis, text: str) -> None:
    assert signals(analysis, text) == {}


def test_what_is_feared_in_a_war_that_is_told_of_is_that_war(analysis: Analysis) -> None:
    war = "Iran fired missiles at Israel on Monday."
    feared = "Iran could attack Israel."
    assert set(signals(analysis, feared)) == {"war_threat"}
    assert set(signals(analysis, f"{war} {feared}")) == {"war_escalation"}
    assert set(signals(analysis, f"{war} China could attack Japan.")) == {"war_escalation", "war_threat"}


def event(kind: str, modality: str, trigger: str, body: str, sources: list[str], targets: list[str]) -> Event:
    """A deed that no rule names, as the model alone would have found it."""
    start = body.index(trigger)
    span = Span(field="body", start=start, end=start + len(trigger), text=trigger)
    return Event.model_validate(
        {
            "id": "v0",
            "type": kind,
            "plover": kind,
            "mode": None,
            "cameo": "010",
            "quad_class": 1,
            "goldstein": 0.0,
            "sources": sources,
            "targets": targets,
            "affected": [],
            "modality": modality,
            "attribution": None,
            "date": None,
            "place": None,
            "trigger": span.model_dump(),
            "evidence": span.model_dump(),
            "rule": f"learned.{kind.lower()}",
            "confidence": 0.6,
        }
    )


def country(name: str, sector: str = "GOV", kind: str = "country") -> Actor:
    return Actor.model_validate(
        {"id": name, "name": name, "kind": kind, "country": name, "code": name, "sector": sector, "mentions": []}
        | {"salience": 1.0}
    )


@pytest.mark.parametrize(
    ("kind", "trigger", "body", "category"),
    [
        ("RETREAT", "moved", "Chad moved its troops out of the town.", "withdrawal"),
        ("RETREAT", "moved", "Chad moved its weapons out of the town.", "disarmament"),
        ("RETREAT", "moved", "Chad moved its archives out of the town.", None),
        ("SANCTION", "sent", "Chad sent the ambassador of Mali away.", "diplomatic_rupture"),
        ("SANCTION", "struck", "Chad struck Mali with a tariff.", "sanctions"),
        ("CONCEDE", "dropped", "Chad dropped its embargo on Mali.", "sanctions_relief"),
        ("CONCEDE", "dropped", "Chad dropped its objection to Mali.", None),
        ("MOBILIZE", "brought", "Chad brought missiles to the hills.", "military_buildup"),
        ("COOPERATE", "opened", "Chad opened an embassy in Mali.", "diplomatic_restoration"),
        ("ACCUSE", "blamed", "Chad blamed Mali for the troops.", None),
    ],
)
def test_a_deed_without_a_rule_is_told_by_what_its_phrase_names(
    analysis: Analysis, kind: str, trigger: str, body: str, category: str | None
) -> None:
    assert _raised(analysis, event(kind, "actual", trigger, body, ["TCD"], ["MLI"]), body) == category


def test_companies_raise_nothing_alone(analysis: Analysis) -> None:
    body = "Chad dropped its embargo on Mali."
    deed = event("CONCEDE", "actual", "dropped", body, ["BUS"], ["MLI"])
    assert _raised(analysis, deed, body) is None


def test_a_people_agrees_but_withdraws_nothing(analysis: Analysis) -> None:
    signed, left = "Chad signed the treaty.", "Chad left the base."
    assert _raised(analysis, event("AGREE", "actual", "signed", signed, ["CVL"], []), signed) == "agreement"
    assert _raised(analysis, event("RETREAT", "actual", "left", left, ["CVL"], []), left) is None


def test_what_is_unlikely_raises_nothing_and_two_witnesses_make_it_likelier(analysis: Analysis) -> None:
    body = "Chad dropped its embargo on Mali."
    deed = event("CONCEDE", "actual", "dropped", body, ["TCD"], ["MLI"]).model_copy(update={"confidence": 0.15})
    assert _raised(analysis, deed, body) is None
    assert _raised(analysis, deed, body, deed.model_copy(update={"id": "v1"})) == "sanctions_relief"


def _raised(analysis: Analysis, deed: Event, body: str, *more: Event) -> str | None:
    article = Article(id="a", title="", body=body, published_at="2024-11-19")
    passage = Passage(0, "body", 0, analysis.nlp(body), 0)
    reading = Reading(article, article.published, [passage], [])
    reading.actors = [country("TCD"), country("MLI"), country("BUS", "BUS", "organisation")]
    reading.actors.append(country("CVL", "CVL", "population"))
    reading.events = [deed, *more]
    detect_signals(reading, analysis.lexicon)
    return reading.signals[0].category if reading.signals else None


def test_events_of_one_kind_between_the_same_countries_make_one_signal(analysis: Analysis) -> None:
    found = signals(analysis, "Iran fired missiles at Israel. Iran bombed Israel again on Monday.")
    assert len(found) == 1
    assert len(found["war_escalation"].events) == 2


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("The Israeli army's bombing of Gaza continued.", "war_escalation"),
        ("A Taliban bombing in Pakistan shook the market.", "terror_act"),
    ],
)
def test_what_an_army_bombs_is_war_and_no_terror(analysis: Analysis, text: str, category: str) -> None:
    assert set(signals(analysis, text)) == {category}


def test_direction_follows_the_category(analysis: Analysis) -> None:
    assert signals(analysis, "Turkey signed an agreement with Greece.")["agreement"].direction == "de-escalatory"
    assert signals(analysis, "Iran fired missiles at Israel.")["war_escalation"].direction == "escalatory"

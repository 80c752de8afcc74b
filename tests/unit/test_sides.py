"""Who is on which side of a deed: grammar, pronouns, what the article tells elsewhere, and what the model sees."""

from collections.abc import Callable

import numpy as np
import pytest
from spacy.tokens import Doc
from spacy.vocab import Vocab

from service.analysis.completion import REACH, Completion
from service.analysis.deeds import Deed
from service.analysis.event_layer import Proposal
from service.analysis.events import is_isolated
from service.analysis.learned import corrected, judge
from service.analysis.misparses import hyphenated, is_mislabelled_subject
from service.analysis.modality import Told
from service.analysis.participants import Participant, Participants
from service.analysis.pipeline import Analysis
from service.analysis.proofs import rules_alone
from service.analysis.reading import ActorMention, Passage
from service.knowledge.lexicon import Lexicon
from service.messages.article import Article
from service.messages.enriched import Event
from service.paths import config_dir

LEXICON = Lexicon.load(config_dir() / "lexicon")
Find = Callable[[str, str], Event]


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return rules_alone(Analysis.load(config_dir()))


@pytest.fixture(scope="module")
def events(analysis: Analysis) -> Callable[[str], list[Event]]:
    def read(body: str) -> list[Event]:
        article = Article(id="a", title="", body=body, published_at="2024-11-19")
        return analysis.analyse(article, enriched_at="2024-11-19T00:00:00Z").events

    return read


@pytest.fixture(scope="module")
def find(events: Callable[[str], list[Event]]) -> Find:
    def first(body: str, root: str) -> Event:
        found = [item for item in events(body) if item.type == root]
        assert found, f"no {root} in {body!r}"
        return found[-1]

    return first


@pytest.mark.parametrize(
    ("text", "root", "sources", "targets"),
    [
        ("Criticism of Hungary from Sweden grew.", "ACCUSE", ["cty:SWE"], ["cty:HUN"]),
        ("Armenians and Azerbaijanis began to shoot at each other.", "ASSAULT", ["pop:ARM"], ["pop:AZE"]),
        ("The Nato-Ukraine summit began on Monday.", "CONSULT", ["igo:nato"], ["cty:UKR"]),
        ("The Egypt-Sudan trade talks collapsed.", "CONSULT", ["cty:EGY"], ["cty:SDN"]),
        ("Russia warned Poland.", "THREATEN", ["cty:RUS"], ["cty:POL"]),
        ("Sweden asked Norway to help.", "REQUEST", ["cty:SWE"], ["cty:NOR"]),
        ("Negotiation channels were opened by Oman with Iran.", "CONSULT", ["cty:OMN"], ["cty:IRN"]),
        ("Turkey's attack on Syria went on. Turkey fired missiles.", "ASSAULT", ["cty:TUR"], ["cty:SYR"]),
    ],
)
def test_grammar_finds_both_sides(find: Find, text: str, root: str, sources: list[str], targets: list[str]) -> None:
    found = find(text, root)
    assert (found.sources, found.targets) == (sources, targets)


@pytest.mark.parametrize(
    ("text", "root", "stranger"),
    [
        ("Rebels fired rockets at a camp, according to France.", "ASSAULT", "cty:FRA"),
        ("Hamas held captives in Egypt.", "COERCE", "cty:EGY"),
        ("Iran's attacks followed in the wake of Oman's visit.", "ASSAULT", "cty:OMN"),
        ("France said that the war in Sudan went on.", "ASSAULT", "cty:FRA"),
    ],
)
def test_who_takes_no_part_is_on_no_side(
    events: Callable[[str], list[Event]], text: str, root: str, stranger: str
) -> None:
    assert all(stranger not in (*item.sources, *item.targets) for item in events(text) if item.type == root)


def test_an_official_who_says_we_speaks_of_the_country(find: Find) -> None:
    body = (
        "Sweden's prime minister, Ulf Kristersson, visited Norway. "
        "“We have attacked Iran,” Kristersson said. Sweden has an army."
    )
    assert find(body, "ASSAULT").sources == ["cty:SWE"]


def test_he_is_no_country(find: Find) -> None:
    assert find("The United States held talks with Oman. He attacked Iran.", "ASSAULT").sources == []


def doc(*words: tuple[str, str, str, int, str]) -> Doc:
    """Words with part of speech, tag, head and label."""
    forms, parts, tags, heads, labels = (list(column) for column in zip(*words, strict=True))
    return Doc(Vocab(), words=forms, pos=parts, tags=tags, heads=heads, deps=labels, lemmas=[w.lower() for w in forms])


def test_the_subject_of_an_infinitive_stands_before_its_to() -> None:
    parsed = doc(
        ("letting", "VERB", "VBG", 0, "ROOT"),
        ("Chad", "PROPN", "NNP", 3, "obj"),
        ("to", "PART", "TO", 3, "mark"),
        ("take", "VERB", "VB", 0, "xcomp"),
        ("land", "NOUN", "NN", 3, "obj"),
    )
    assert [token.text for token in parsed if is_mislabelled_subject(token)] == ["Chad"]


def test_two_names_with_a_hyphen_however_the_parse_hangs_them() -> None:
    parsed = doc(
        ("The", "DET", "DT", 1, "det"),
        ("Chad", "PROPN", "NNP", 6, "nsubj"),
        ("-", "PUNCT", "HYPH", 3, "punct"),
        ("Niger", "PROPN", "NNP", 5, "compound"),
        ("trade", "NOUN", "NN", 5, "compound"),
        ("talks", "NOUN", "NNS", 6, "nsubj"),
        ("failed", "VERB", "VBD", 6, "ROOT"),
    )
    assert [token.text for token in hyphenated(parsed[5])] == ["Chad", "Niger"]
    assert hyphenated(parsed[1]) == []


def named(words: str, *actors: str) -> Participants:
    """A passage whose words are actors, those that are not "-"."""
    passage = Passage(0, "body", 0, Doc(Vocab(), words=words.split()))
    mentions = {i: ActorMention(0, i, i + 1, i, actor) for i, actor in enumerate(actors) if actor != "-"}
    return Participants(passage, frozenset(), by_token=mentions)


def proposal(source: list[float], target: list[float]) -> Proposal:
    sides = {"source": np.asarray(source, np.float32), "target": np.asarray(target, np.float32)}
    sides |= {role: np.zeros(len(source), np.float32) for role in ("affected", "speaker")}
    return Proposal(1, 0.9, {"ASSAULT": 1.0}, {"actual": 1.0}, sides, np.arange(len(source)))


@pytest.mark.parametrize(("doubted", "sources"), [(0.3, ["b"]), (0.6, ["a"])])
def test_an_actor_that_the_model_sees_much_rather_takes_the_side(doubted: float, sources: list[str]) -> None:
    seen = proposal([doubted, 0, 0.95], [0, 0, 0])
    given = {"source": [Participant("a", 1.0)], "target": []}
    sides = corrected(given, frozenset(), seen, named("Alfa struck Bravo", "a", "-", "b"), LEXICON.learned)
    assert [p.actor for p in sides["source"]] == sources


@pytest.mark.parametrize(("mutual", "targets"), [(True, ["b"]), (False, ["c"])])
def test_the_second_party_may_be_one_that_the_model_sees_as_source(mutual: bool, targets: list[str]) -> None:
    seen = proposal([0.9, 0.9, 0, 0], [0, 0, 0, 0.8])
    given = {"source": [Participant("a", 1.0)], "target": [Participant("b", 1.0)]}
    people = named("Alfa Bravo talks Charlie", "a", "b", "-", "c")
    sides = corrected(given, frozenset(), seen, people, LEXICON.learned, mutual=mutual)
    assert [p.actor for p in sides["target"]] == targets


def test_weak_conflict_stands_without_the_model_where_both_sides_are_named() -> None:
    rule = next(rule for rule in LEXICON.rules if rule.id == "assault.military.war")
    assert judge(rule, Told("actual"), None, LEXICON.learned) is None
    assert judge(rule, Told("actual"), None, LEXICON.learned, sided=True) is not None


def deed(sources: list[str], targets: list[str], root: str = "ASSAULT") -> Deed:
    rule = next(rule for rule in LEXICON.rules if rule.root == root)
    participants = named("trouble", "-")
    source, target = ([Participant(actor, 1.0) for actor in side] for side in (sources, targets))
    passage = participants.passage
    return Deed(passage.doc[0], rule, source, target, [], "actual", passage, participants)


def test_half_an_act_that_only_a_rule_sees_needs_other_conflict_in_the_text() -> None:
    half, whole, other = (deed(*sides) for sides in ((["a"], []), (["a"], ["b"]), (["c"], [])))
    assert not is_isolated(half, [], LEXICON), "the model was not asked"
    half.unseen = whole.unseen = True
    assert is_isolated(half, [], LEXICON)
    assert is_isolated(half, [half], LEXICON), "a deed speaks not for itself"
    assert not is_isolated(half, [other], LEXICON)
    assert not is_isolated(whole, [], LEXICON)
    half.modality = "planned"
    assert not is_isolated(half, [], LEXICON)


def test_what_tells_a_side_is_sought_nearby_only() -> None:
    """Else the time would grow with the square of the length of a text."""
    for between, found in ((REACH - 1, ["b"]), (REACH, [])):
        deeds = [deed(["a"], ["b"]), *(deed(["x"], []) for _ in range(between)), deed(["a"], [])]
        Completion({}).complete(deeds)
        assert [p.actor for p in deeds[-1].targets] == found


@pytest.mark.parametrize(("root", "sources"), [("CONSULT", ["a"]), ("ACCUSE", [])])
def test_only_what_goes_on_is_spoken_of_again_without_an_article(root: str, sources: list[str]) -> None:
    """``Talks``, but ``criticism`` may be anybody's."""
    again = deed([], [], root)
    Completion({}).complete([deed(["a"], ["b"], root), again])
    assert [p.actor for p in again.sources] == sources

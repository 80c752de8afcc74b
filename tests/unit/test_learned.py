"""What the model's proposals do to the rules' deeds: with proposals made by hand, and with the packaged model."""

from collections.abc import Callable

import numpy as np
import pytest
import spacy

from service.analysis.event_layer import Proposal, proposals
from service.analysis.language import load_language
from service.analysis.learned import judge, near, weighed
from service.analysis.modality import Told
from service.analysis.pipeline import Analysis
from service.knowledge.lexicon import Lexicon, Rule
from service.messages.article import Article
from service.messages.enriched import Event, Modality, PloverRoot
from service.paths import config_dir

LEXICON = Lexicon.load(config_dir() / "lexicon")
WORDS = LEXICON.learned
TOKENS = 4


def proposal(
    trigger: float = 0.9, token: int = 1, root: str = "ASSAULT", sure: float = 0.9, **modalities: float
) -> Proposal:
    """Of four tokens, the first the source and the last the target."""
    sides = {role: np.zeros(TOKENS, np.float32) for role in ("source", "target", "affected", "speaker")}
    sides["source"][0] = sides["target"][3] = 0.9
    return Proposal(
        token=token,
        trigger=trigger,
        roots=dict.fromkeys(WORDS.codes, 0.0) | {root: sure},
        modalities={"actual": 1.0, "planned": 0.0} | modalities,
        sides=sides,
        tokens=np.arange(TOKENS),
    )


def rule(root: PloverRoot) -> Rule:
    return next(rule for rule in LEXICON.rules if rule.root == root)


def test_every_root_has_a_code_and_a_rule_that_the_lexicon_finds() -> None:
    assert set(WORDS.codes) == {rule.root for rule in LEXICON.rules}
    for root in WORDS.codes:
        found = WORDS.rule(root)
        assert (found.root, found.cameo) == (root, WORDS.codes[root])
        assert LEXICON.rule(found.id) == found


def test_a_rule_that_the_model_agrees_with_stays_and_knows_how_sure_it_is() -> None:
    assault = rule("ASSAULT")
    judgement = judge(assault, Told("actual"), proposal(), WORDS)
    assert judgement is not None
    assert (judgement.rule, judgement.modality) == (assault, "actual")
    assert judgement.sure == pytest.approx(0.81)


def test_the_root_of_a_rule_stands() -> None:
    consult = rule("CONSULT")
    judgement = judge(consult, Told("actual"), proposal(root="ASSAULT", sure=0.99), WORDS)
    assert judgement is not None
    assert judgement.rule is consult
    assert judgement.sure == 0


def test_conflict_of_a_weak_rule_that_the_model_does_not_see_is_left_out() -> None:
    weak = rule("ASSAULT").model_copy(update={"confidence": WORDS.doubt - 0.01})
    strong = rule("ASSAULT").model_copy(update={"confidence": WORDS.doubt})
    assert judge(weak, Told("actual"), None, WORDS) is None
    assert judge(weak, Told("actual"), proposal(), WORDS) is not None
    assert judge(weak, Told("planned"), None, WORDS) is not None
    assert judge(strong, Told("actual"), None, WORDS) is not None
    assert judge(rule("CONSULT"), Told("actual"), None, WORDS) is not None


def test_a_deed_is_made_undone_more_easily_than_done() -> None:
    likely = WORDS.actual - 0.01
    told_actual = judge(rule("AID"), Told("planned"), proposal(actual=likely, planned=1 - likely), WORDS)
    told_planned = judge(rule("AID"), Told("actual"), proposal(actual=1 - likely, planned=likely), WORDS)
    assert told_actual is not None
    assert told_planned is not None
    assert (told_actual.modality, told_planned.modality) == ("planned", "planned")


def test_what_the_words_settle_the_model_does_not_change() -> None:
    sure = proposal(actual=0.0, hypothetical=0.99)
    for settled, expected in ((True, "actual"), (False, "hypothetical")):
        judgement = judge(rule("AID"), Told("actual", settled), sure, WORDS)
        assert judgement is not None
        assert judgement.modality == expected


def test_the_model_must_be_surer_of_history_and_where_the_words_see_the_deed_undone_too() -> None:
    def told(words: Modality, model: Modality, probability: float) -> Modality:
        return weighed(words, {"actual": 0.0, model: probability}, WORDS)

    between = (WORDS.modality + WORDS.undone) / 2
    assert told("actual", "planned", between) == "planned"
    assert told("hypothetical", "planned", between) == "hypothetical"
    assert told("hypothetical", "planned", WORDS.undone) == "planned"
    assert told("actual", "historical", WORDS.historical - 0.01) == "actual"
    assert told("actual", "historical", WORDS.historical) == "historical"


def test_the_probability_of_a_side_is_that_of_its_likeliest_token() -> None:
    one = proposal()
    assert one.side("source", 0, 2) == pytest.approx(0.9)
    assert one.side("target", 0, 2) == 0
    assert one.side("target", 9, 12) == 0


def test_a_proposal_of_the_next_word_in_the_phrase_counts() -> None:
    doc = spacy.tokens.Doc(
        spacy.blank("en").vocab, ["Iran", "launched", "an", "attack"], heads=[1, 1, 3, 1], deps=["dep"] * 4
    )
    proposed = {3: proposal(token=3)}
    assert near(doc[1], proposed) is proposed[3]
    assert near(doc[0], proposed) is None


def test_the_packaged_model_proposes_triggers_with_sides() -> None:
    nlp = load_language()
    doc = nlp("Ethiopian troops shelled an Eritrean outpost on Sunday.")
    found = proposals(doc)
    shelled = next(token.i for token in doc if token.text == "shelled")
    assert found is not None
    best = found[shelled]
    assert max(best.roots, key=best.roots.__getitem__) == "ASSAULT"
    assert best.trigger > WORDS.found
    assert best.side("source", 0, 2) > WORDS.side > best.side("target", 0, 2)
    assert sum(best.roots.values()) == pytest.approx(1, abs=1e-4)


def test_a_text_without_deeds_is_not_read_again() -> None:
    assert proposals(load_language()("The violin has four strings.")) == {}


@pytest.fixture(scope="module")
def events() -> Callable[[str], list[Event]]:
    analysis = Analysis.load(config_dir())

    def read(body: str) -> list[Event]:
        article = Article(id="a", title="", body=body, published_at="2024-11-19")
        return analysis.analyse(article, enriched_at="2024-11-19T00:00:00Z").events

    return read


def test_a_deed_that_no_rule_knows_is_found(events: Callable[[str], list[Event]]) -> None:
    found = [
        event for event in events("Chad gave Sudan an earful over the shelling.") if event.rule.startswith("learned.")
    ]
    assert all(0 < event.confidence < 1 and event.trigger.text in event.evidence.text for event in found)
    assert {event.type for event in found} <= set(WORDS.codes)

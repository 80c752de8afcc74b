"""Who says that a deed was done: sentences through the rules, and what the event layers hear."""

import numpy as np
import pytest
import spacy

from service.analysis.attribution import speaker_phrase
from service.analysis.event_layer import Proposal
from service.analysis.pipeline import Analysis
from service.analysis.proofs import rules_alone
from service.knowledge.lexicon import Lexicon
from service.messages.article import Article
from service.messages.enriched import Event
from service.paths import config_dir

LEXICON = Lexicon.load(config_dir() / "lexicon")


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return rules_alone(Analysis.load(config_dir()))


def said_by(analysis: Analysis, body: str, root: str) -> str | None:
    article = Article(id="a", title="", body=body, published_at="2024-11-19")
    events = analysis.analyse(article, enriched_at="2024-11-19T00:00:00Z").events
    found: Event = next(event for event in events if event.type == root)
    return body[found.attribution.start : found.attribution.end] if found.attribution else None


@pytest.mark.parametrize(
    ("text", "root", "speaker"),
    [
        ("Iran attacked Israel on Saturday.", "ASSAULT", None),
        ("Ukraine said that Russia attacked Kharkiv.", "ASSAULT", "Ukraine"),
        ("Russia attacked Kharkiv, according to Ukraine.", "ASSAULT", "Ukraine"),
        ("Ukraine accused Russia of shelling Kharkiv.", "ASSAULT", "Ukraine"),
        ("Russia could attack Moldova, diplomats fear.", "ASSAULT", "diplomats"),
        ("Chad and Sudan have signed a peace accord, Qatar said.", "AGREE", "Qatar"),
        ("Hamas claimed responsibility for an attack on Israel.", "ASSAULT", "Hamas"),
        ("Emmanuel Macron criticised Serbia after Iran attacked Israel.", "ASSAULT", None),
        ("Qatar said talks were over; Iran attacked Israel.", "ASSAULT", None),
        ("France should explain that Russia attacked Ukraine.", "ASSAULT", None),
        ("China condemned the visit to Taiwan, a Chinese spokesman said.", "ACCUSE", None),
    ],
)
def test_the_speaker(analysis: Analysis, text: str, root: str, speaker: str | None) -> None:
    assert said_by(analysis, text, root) == speaker


def test_the_model_hears_a_speaker_where_grammar_finds_none_and_silences_one() -> None:
    words = ["Word", "from", "Egypt", ":", "Chad", "shelled", "Sudan"]
    heads = [0, 2, 0, 0, 5, 0, 5]
    deps = ["ROOT", "case", "nmod", "punct", "nsubj", "appos", "obj"]
    doc = spacy.tokens.Doc(spacy.blank("en").vocab, words, heads=heads, deps=deps, pos=["NOUN"] * len(words))

    def heard(token: int, probability: float) -> Proposal:
        sides = {"speaker": np.full(len(words), 0.01, np.float32)}
        sides["speaker"][token] = probability
        return Proposal(5, 0.9, {}, {}, sides, np.arange(len(words)))

    def phrase(proposal: Proposal) -> str | None:
        found = speaker_phrase(doc[5], proposal, LEXICON.modality, LEXICON.learned)
        return found.text if found is not None else None

    assert phrase(heard(2, LEXICON.learned.speaker + 0.01)) == "Egypt"
    assert phrase(heard(2, LEXICON.learned.speaker - 0.01)) is None
    told = spacy.tokens.Doc(
        doc.vocab,
        ["Egypt", "said", "Chad", "shelled", "Sudan"],
        heads=[1, 1, 3, 1, 3],
        deps=["nsubj", "ROOT", "nsubj", "ccomp", "obj"],
        lemmas=["Egypt", "say", "Chad", "shell", "Sudan"],
        pos=["PROPN", "VERB", "PROPN", "VERB", "PROPN"],
    )
    for probability, expected in ((LEXICON.learned.silent + 0.01, "Egypt"), (LEXICON.learned.silent - 0.01, None)):
        sides = {"speaker": np.full(5, probability, np.float32)}
        proposal = Proposal(3, 0.9, {}, {}, sides, np.arange(5))
        found = speaker_phrase(told[3], proposal, LEXICON.modality, LEXICON.learned)
        assert (found.text if found is not None else None) == expected

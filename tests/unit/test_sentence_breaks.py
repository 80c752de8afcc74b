"""What is known of the beginnings of sentences without a language model."""

import pytest
import spacy

from service.analysis.sentence_breaks import Break, sentence_break_hints

NLP = spacy.blank("en")


def hints(text: str) -> dict[str, Break]:
    """The last hint for each word."""
    doc = NLP(text)
    return dict(zip((token.text for token in doc), sentence_break_hints(doc), strict=True))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Officials in the U.S. said that talks failed.", "said"),
        ("It began at 5 a.m. in Kabul.", "in"),
        ("He met Gen. Mark Milley there.", "Mark"),
        ("He met Lt. Col. James Carter there.", "Col"),
        ("He met Lt. Col. James Carter there.", "James"),
        ("Then J. D. Vance spoke.", "Vance"),
        ("Then George W. Bush spoke.", "Bush"),
        ("Resolution No. 2 was adopted.", "2"),
        ("Mr. Sharif met Dr. Khan.", "Sharif"),
        ("Mr. Sharif met Dr. Khan.", "Khan"),
        ("He waited ... and left.", "and"),
        ("He waited… and left.", "and"),
        ("“We will answer.” Putin left.", "”"),
        ("The firm, Acme Inc. of Ohio, closed.", "of"),
        ("It cost 3 million.", "."),
    ],
)
def test_no_sentence_begins(text: str, word: str) -> None:
    assert hints(text)[word] is Break.MUST_NOT


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Three points:\n• Troops leave.\n‣ Prisoners go home.", "•"),
        ("Three points:\n• Troops leave.\n‣ Prisoners go home.", "‣"),
        ("Three points:\r\n- Troops leave", "-"),
        ("Russia denied it.", "Russia"),
    ],
)
def test_a_sentence_begins(text: str, word: str) -> None:
    assert hints(text)[word] is Break.MUST


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Talks in the U.S. Russia denied it.", "Russia"),
        ("They left at 5 p.m. Nobody spoke.", "Nobody"),
        ("They lack vitamin C. Nobody helps.", "Nobody"),
        ("He left. Nobody spoke.", "Nobody"),
        ("He waited ... Nobody spoke.", "Nobody"),
        ("“We will answer.” Putin left.", "Putin"),
        ("He said no. Nobody spoke.", "Nobody"),
        ("Talks failed\nNobody spoke.", "Nobody"),
    ],
)
def test_nothing_is_known(text: str, word: str) -> None:
    assert hints(text)[word] is Break.UNKNOWN


def test_an_empty_text_has_no_hints() -> None:
    assert sentence_break_hints(NLP("")) == []

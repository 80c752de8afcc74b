"""What is known of the beginnings of sentences without a language model."""

import pytest
import spacy
from spacy.tokens import Doc

from service.analysis.sentence_breaks import may_begin, must_begin

NLP = spacy.blank("en")


def last(text: str, word: str) -> tuple[Doc, int]:
    """The text as a doc, and its last such word."""
    doc = NLP(text)
    return doc, max(token.i for token in doc if token.text == word)


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
        ("Russia, said Min. Lavrov, attacked.", "Lavrov"),
        ("He met Sec. Blinken there.", "Blinken"),
    ],
)
def test_no_sentence_begins(text: str, word: str) -> None:
    assert not may_begin(*last(text, word))


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
        ("It took 5 min. Nobody spoke.", "Nobody"),
        ("Talks failed\nNobody spoke.", "Nobody"),
    ],
)
def test_a_sentence_may_begin(text: str, word: str) -> None:
    assert may_begin(*last(text, word))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("They met in Islamabad, Pakistan. The proposal failed.", "The"),
        ("They met in Pakistan. Qalibaf left.", "Qalibaf"),
        ("He said “it is over.” The minister left.", "The"),
        ("It came from Moscow. The ministry protested.", "The"),
    ],
)
def test_a_sentence_must_begin(text: str, word: str) -> None:
    assert must_begin(*last(text, word))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Pakistan.", "Pakistan"),
        (". Pakistan", "Pakistan"),
        ("Talks in the U.S. Russia denied it.", "Russia"),
        ("He met Drs. Khan and Malik.", "Khan"),
        ("He met Gen. Milley there.", "Milley"),
        ("They lack vitamin C. Nobody helps.", "Nobody"),
        ("“Is it over?” Biden asked.", "Biden"),
        ("The site example.Com closed.", "closed"),
        ("It ended. and began.", "and"),
        ("He said no . Nobody spoke.", "Nobody"),
        ("Russia, said Min. Lavrov, attacked.", "Lavrov"),
        ("They met Atty. Gen. Garland there.", "Gen."),
        ("They met Adjut. Bianchi there.", "Bianchi"),
        ("It took approx. The whole day.", "The"),
        ("It joined NATO. Moscow protested.", "Moscow"),
    ],
)
def test_a_sentence_need_not_begin(text: str, word: str) -> None:
    assert not must_begin(*last(text, word))

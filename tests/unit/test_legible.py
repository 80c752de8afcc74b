"""What is analysed looks as the article does to a reader, and knows where in the article it stands."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.legible import legible

ODD = st.lists(
    st.one_of(
        st.text(st.characters(codec=None, categories=None), max_size=4),
        st.sampled_from(["\u200b", "\u00ad", "\ufeff", "\u202e", "\u202c", "\u200d", "e\u0301", "o\u0302\u0301", "\ufb01", "\uff21", "\u00a0", "\u0301", "\ud83d", "x"]),
    ),
    max_size=12,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("Rus\u00adsia", "Russia"),
        ("Ky\u200biv\ufeff", "Kyiv"),
        ("\u202aPutin\u202c", "Putin"),
        ("Jose\u0301 Lo\u0301pez", "José López"),
        ("\uff30\uff35\uff34\uff29\uff2e", "PUTIN"),
        ("of\ufb01cial", "official"),
        ("5\u00a0p.m.", "5 p.m."),
        ("“We’ll see,” he said", "“We’ll see,” he said"),
        ("Nguyễn Phú Trọng", "Nguyễn Phú Trọng"),
        ("Rus\x00sia", "Russia"),
        ("Ky\x07iv\x7f and\x1fLviv\x84", "Kyiv and Lviv"),
        ("Peru&#8217;s R&amp;D&nbsp;&eacute;lite", "Peru’s R&D élite"),
        ("\u200b\u200b", "\u200b\u200b"),
        ("", ""),
    ],
)
def test_what_a_reader_sees(source: str, seen: str) -> None:
    assert legible(source).text == seen


def test_a_stretch_is_found_again() -> None:
    source = "In Ky\u200biv, Jose\u0301 met of\ufb01cials."
    text = legible(source)
    for word, written in {
        "Kyiv": "Ky\u200biv",
        "José": "Jose\u0301",
        "officials": "of\ufb01cials",
        "met": "met",
    }.items():
        at = text.text.index(word)
        start, end = text.source(at, at + len(word))
        assert source[start:end] == written


@given(ODD)
def test_offsets_are_the_sources_in_order(source: str) -> None:
    text = legible(source)
    position = 0
    for at in range(len(text.text)):
        start, end = text.source(at, at + 1)
        assert 0 <= start < end <= len(source)
        assert start >= position
        position = start
    assert all(unicodedata.category(char) != "Cs" for char in text.text)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["a\u200b", "e\u0301", "\u0301", "\ufb03", "a", "\u200b"])
def test_odd_throughout_takes_linear_time(piece: str) -> None:
    legible(piece * (100_000 // len(piece)))  # a passage has 4,000 at most

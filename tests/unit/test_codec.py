"""Bytes to article and back: strict at the door, lossless on the way out."""

import contextlib
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.messages.article import Article
from service.messages.codec import decode, encode, read_article
from service.messages.errors import (
    MAX_REASON_LENGTH,
    AnalyseError,
    ArticleError,
    DecodeError,
    EncodeError,
    ValidateError,
)
from service.messages.text import MAX_BODY_LENGTH, MAX_ID_LENGTH

GOOD: dict[str, Any] = {"id": "a-1", "title": "Talks resume", "body": "They met.", "published_at": "2024-11-19"}

ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=60).map(
    lambda text: json.loads(json.dumps(text))
)
"""Any string that JSON can carry: emoji, combining marks, NUL, right-to-left, lone surrogates (but no pair of them)."""


def article_bytes(**changes: Any) -> bytes:
    """A good article with some fields changed, as JSON."""
    return json.dumps({**GOOD, **changes}).encode()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty message"),
        (b"", "empty message"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b'"\xed\xa0\xbd"', "not UTF-8"),
        (b"{", "not JSON"),
        (b'{"id": "\x01"}', "Invalid control character at line 1, column 9"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b"1" * 5000 + b"}", "4300 digits"),
        (b"[1, 2]", "an array"),
        (b"null", "null"),
        (b"true", "a boolean"),
        (b"7", "a number"),
        (b'"text"', "a string"),
    ],
)
def test_what_is_no_json_object_fails_at_decode(value: bytes | None, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason) as caught:
        read_article(value)
    assert caught.value.stage == "decode"


def test_a_byte_order_mark_is_no_part_of_the_message() -> None:
    assert decode(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_of_a_repeated_name_the_last_counts() -> None:
    assert decode(b'{"a": 1, "a": 2}') == {"a": 2}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "x" * (MAX_ID_LENGTH + 1)}, "id"),
        ({"id": True}, "id"),
        ({"id": 17}, "id"),
        ({"id": None}, "id"),
        ({"title": None}, "title"),
        ({"title": 5}, "title"),
        ({"title": "", "body": ""}, "title and body"),
        ({"title": " \n", "body": "\t"}, "title and body"),
        ({"body": None}, "body"),
        ({"body": ["text"]}, "body"),
        ({"body": "x" * (MAX_BODY_LENGTH + 1)}, "body"),
        ({"url": 1}, "url"),
        ({"source": {"name": "x"}}, "source"),
        ({"language": False}, "language"),
        ({"body": "", "body_html": 3}, "body_html"),
    ],
)
def test_a_bad_field_fails_at_validate_and_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidateError, match=field) as caught:
        read_article(article_bytes(**changes))
    assert caught.value.stage == "validate"
    assert len(caught.value.reason) <= MAX_REASON_LENGTH


@pytest.mark.parametrize("field", ["id", "title", "published_at"])
def test_a_missing_field_is_named(field: str) -> None:
    document = {name: value for name, value in GOOD.items() if name != field}
    with pytest.raises(ValidateError, match=f"{field}: Field required"):
        read_article(json.dumps(document).encode())


def test_the_reason_never_repeats_the_article() -> None:
    with pytest.raises(ValidateError) as caught:
        read_article(article_bytes(body="SECRET " * 200_000, published_at="SECRET"))
    assert "SECRET" not in caught.value.reason


@pytest.mark.parametrize(
    "moment",
    [
        "2024-11-19",
        "2024-11-19T08:30:00Z",
        "2024-11-19t08:30:00z",
        "2024-11-19 08:30:00Z",
        "2024-11-19T08:30:00.123456789+05:45",
        "2024-11-19T08:30:00-23:59",
        "2016-12-31T23:59:60Z",
        "0001-01-01",
        "9999-12-31T23:59:59Z",
    ],
)
def test_rfc_3339_is_accepted_and_kept_as_written(moment: str) -> None:
    article = read_article(article_bytes(published_at=moment))
    assert article.published_at == moment
    assert article.published.utcoffset() is not None


@pytest.mark.parametrize(
    "moment",
    [
        "", "20241119", "2024-W47-2", "2024-324", "2024-11", "2024-11-19T08:30", "2024-11-19T08:30Z",
        "2024-11-19T08:30:00", "2024-11-19T08:30:00+0100", "2024-11-19T08:30:00+1", "2024-11-19T24:00:00Z",
        "2024-11-19T08:30:00,5Z", "2024-11-19T08:30:00.Z", "2024-02-30", "2024-13-01", "2024-11-19T08:60:00Z",
        "2024-11-19T08:30:61Z", "2024-11-19T08:30:00+24:00", "2024-11-19T08:30:00Z ", "2024-11-19\n",
        "２０２４-11-19", "٢٠٢٤-11-19", "19.11.2024", "Tue, 19 Nov 2024 08:30:00 GMT", "1732005000",
        "0001-01-01T00:00:00+10:00",
    ],
)  # fmt: skip
def test_anything_else_is_no_date(moment: str) -> None:
    with pytest.raises(ValidateError, match="published_at"):
        read_article(article_bytes(published_at=moment))


@pytest.mark.parametrize("moment", [20241119, 1732005000.5, True, None, {"date": "2024-11-19"}])
def test_a_date_is_a_string(moment: Any) -> None:
    with pytest.raises(ValidateError, match="published_at"):
        read_article(article_bytes(published_at=moment))


def test_unknown_fields_are_ignored() -> None:
    assert read_article(article_bytes(wordcount=2, nested={"a": [1]})) == Article(**GOOD)


def test_a_title_alone_is_an_article_and_so_is_a_body() -> None:
    assert read_article(b'{"id": "a", "title": "War", "published_at": "2024-11-19"}').body == ""
    assert read_article(article_bytes(title="")).title == ""


@given(ANY_TEXT, ANY_TEXT)
def test_any_text_survives_the_round_trip(title: str, body: str) -> None:
    article = Article(id="x", title=f"t{title}", body=body, published_at="2024-11-19")
    assert read_article(encode(article)) == article


@given(st.binary(max_size=80))
def test_no_bytes_do_worse_than_an_article_error(value: bytes) -> None:
    with contextlib.suppress(ArticleError):
        read_article(value)


def test_text_is_written_as_it_is_and_surrogates_as_the_escapes_that_they_were() -> None:
    assert "Đà Nẵng 🚀".encode() in encode(Article(**{**GOOD, "title": "Đà Nẵng 🚀"}))
    cut = encode(Article(**{**GOOD, "title": "🚀\ud83d"}))
    assert b'\\ud83d"' in cut
    assert cut.isascii()


def test_numbers_that_json_has_no_word_for_fail_at_encode() -> None:
    class Wrong(Article):
        score: float

    with pytest.raises(EncodeError) as caught:
        encode(Wrong(**GOOD, score=float("nan")))
    assert caught.value.stage == "encode"


@pytest.mark.parametrize("kind", [DecodeError, ValidateError, AnalyseError, EncodeError])
def test_errors_cross_process_boundaries(kind: Any) -> None:
    error = kind("id: too\nlong")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.stage, copy.reason, str(copy)) == (kind, error.stage, "id: too long", "id: too long")
    base = pickle.loads(pickle.dumps(ArticleError("analyse", "timed out")))
    assert (type(base), base.stage, base.reason) == (ArticleError, "analyse", "timed out")


def test_a_long_reason_is_cut() -> None:
    assert len(DecodeError("x" * 5000).reason) == MAX_REASON_LENGTH

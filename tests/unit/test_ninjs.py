"""ninjs items and HTML bodies become articles; their extracted text is what offsets count in."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.messages.article import Article
from service.messages.codec import read_article
from service.messages.errors import ValidateError
from service.messages.html import MAX_HTML_LENGTH, html_to_text


def read(**item: Any) -> Article:
    """An item, by way of bytes."""
    return read_article(json.dumps(item).encode())


NINJS_2 = {
    "uri": "urn:newsml:agency.example:20241119:1",
    "versioncreated": "2024-11-19T10:00:00Z",
    "firstcreated": "2024-11-18T10:00:00Z",
    "language": "en-GB",
    "headlines": [{"role": "sub", "value": "A long subtitle"}, {"role": "main", "value": "Talks resume in Muscat"}],
    "bodies": [
        {"role": "html", "contenttype": "text/html; charset=utf-8", "value": "<p>Marked up.</p>"},
        {"role": "main", "contenttype": "text/plain", "value": "Envoys met.\nThey left."},
        {"role": "nitf", "contenttype": "application/xml", "value": "<nitf/>"},
    ],
    "infosources": [{"name": "Example Agency", "role": "origin"}],
    "urls": [{"value": "https://agency.example/1"}],
}

NINJS_3 = {
    "uri": "http://agency.example/items/2",
    "standard": {"name": "ninjs", "version": "3.0"},
    "contentCreated": "2024-11-19T09:00:00+01:00",
    "headlines": [{"role": "main", "value": "Ceasefire holds"}],
    "bodies": [
        {"role": "richtext", "contentType": "application/xhtml+xml", "value": "<p>It <b>held</b>.</p><p>So far.</p>"}
    ],
    "copyrightHolder": "Example Agency",
}


def test_ninjs_2_reads_plain_text_of_the_main_role() -> None:
    assert read(**NINJS_2) == Article(
        id="urn:newsml:agency.example:20241119:1",
        title="Talks resume in Muscat",
        body="Envoys met.\nThey left.",
        published_at="2024-11-19T10:00:00Z",
        url="https://agency.example/1",
        source="Example Agency",
        language="en-GB",
    )


def test_ninjs_3_reads_camel_case_and_markup() -> None:
    assert read(**NINJS_3) == Article(
        id="http://agency.example/items/2",
        title="Ceasefire holds",
        body="It held.\nSo far.",
        published_at="2024-11-19T09:00:00+01:00",
        url="http://agency.example/items/2",
        source="Example Agency",
        language=None,
    )


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({"body_text": "Plain."}, "Plain."),
        ({"body_html": "<p>One.</p><p>Two.</p>"}, "One.\nTwo."),
        ({"body_xhtml": "<div><p>One.</p></div>"}, "One."),
        ({"bodyText": "Plain."}, "Plain."),
    ],
)
def test_single_headline_and_body_of_older_items(fields: dict[str, str], body: str) -> None:
    article = read(uri="urn:x", headline="Title", firstcreated="2024-11-19T10:00:00Z", **fields)
    assert (article.title, article.body) == ("Title", body)


def test_an_item_with_an_id_is_the_contracts_own_article() -> None:
    with pytest.raises(ValidateError, match="title: Field required"):
        read(id="a", uri="urn:x", headline="T", versioncreated="2024-11-19T10:00:00Z")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"versioncreated": None, "firstcreated": None}, "versioncreated"),
        ({"versioncreated": "yesterday"}, "published_at"),
        ({"headlines": "Talks"}, "headlines"),
        ({"bodies": ["text"]}, "bodies"),
        ({"bodies": [{"contenttype": "text/html", "value": 5}]}, "bodies"),
        ({"bodies": [{"contenttype": "text/plain", "value": 5}]}, "body"),
        ({"headlines": [{"value": None}]}, "title"),
        ({"uri": 7}, "id"),
        ({"infosources": "AFP"}, "infosources"),
    ],
)
def test_a_broken_item_is_refused_and_the_field_named(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidateError, match=reason):
        read(**{**NINJS_2, **changes})


def test_an_own_article_may_bring_html() -> None:
    html = "<html><head><title>Site</title></head><body><nav>Home</nav><p>Troops <a href='/x'>left</a> the town.</p></body></html>"
    article = read(id="a", title="T", published_at="2024-11-19", body_html=html)
    assert "Troops left the town." in article.body
    assert "<" not in article.body


def test_a_plain_body_wins_over_html() -> None:
    assert read(id="a", title="T", published_at="2024-11-19", body="Plain.", body_html="<p>Rich.</p>").body == "Plain."


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<p></p>", ""),
        ("Just text &amp; more", "Just text & more"),
        ("<p>A <em>b</em> c.</p>", "A b c."),
        ("<p>One.<br>Two.</p>", "One.\nTwo."),
        ("<p>Seen.</p><script>hidden()</script><style>p{}</style><!-- x -->", "Seen."),
        ("<p>a\x00b\ud83d</p>", "ab"),
        ('<?xml version="1.0" encoding="utf-8"?><html><body><p>Declared.</p></body></html>', "Declared."),
    ],
)
def test_html_to_text(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_too_much_markup_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(ValidateError, match="body_html: HTML should have at most"):
        html_to_text("x" * (MAX_HTML_LENGTH + 1))


def test_text_of_markup_is_bounded_like_any_body() -> None:
    with pytest.raises(ValidateError, match="body: String should have at most"):
        read(id="a", title="T", published_at="2024-11-19", body_html=f"<p>{'x' * 1_000_001}</p>")


@given(st.text(st.sampled_from("<>/pbdiv!-&;#x \n\x00\ud800é'\"="), max_size=80))
def test_no_markup_breaks_the_reader(html: str) -> None:
    assert isinstance(html_to_text(html), str)

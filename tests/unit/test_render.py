"""What a person reads: complete, in order, and harmless to the terminal."""

import io
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from service.commands.render import (
    ScoreBar,
    event_sentence,
    marked_text,
    read_enriched,
    render_article,
    safe,
)
from service.messages.codec import encode
from service.messages.enriched import EnrichedArticle, Escalation

TITLE = "Ruritania warns Sylvania"
BODY = "President Rudolf threatened Sylvania with war on Tuesday.\n\nGive to our paper."


def span(text: str, field: str = "body") -> dict[str, Any]:
    start = (TITLE if field == "title" else BODY).index(text)
    return {"field": field, "start": start, "end": start + len(text), "text": text}


def article(**changes: Any) -> EnrichedArticle:
    event = {
        "id": "v0", "type": "THREATEN", "plover": "THREATEN", "mode": "military", "cameo": "138", "quad_class": 3,
        "goldstein": -7.0, "sources": ["per:rudolf"], "targets": ["cty:SYL"], "affected": [], "modality": "actual",
        "attribution": None, "date": {"value": "2024-11-19", "precision": "day", "text": "Tuesday"}, "place": None,
        "trigger": span("threatened"), "evidence": span(BODY.split("\n")[0]), "rule": "threaten.military",
        "confidence": 0.82,
    }  # fmt: skip
    signal = {
        "id": "s0", "category": "war_threat", "direction": "escalatory", "status": "threat", "gpr": 1,
        "events": ["v0"], "actors": ["per:rudolf", "cty:SYL"], "evidence": span("with war"), "rule": "signal.war",
    }  # fmt: skip
    document = {
        "article": {
            "id": "a1", "title": TITLE, "body": BODY, "url": None, "source": "Gazette", "language": "en",
            "published_at": "2024-11-20",
        },
        "boilerplate": [
            {"field": "body", "start": BODY.index("Give"), "end": len(BODY), "reason": "donation"},
        ],
        "entities": [
            {"id": "e0", "label": "GPE", "actor": None, **span("Ruritania", "title")},
            {"id": "e1", "label": "PERSON", "actor": "per:rudolf", **span("Rudolf")},
        ],
        "actors": [
            {
                "id": "per:rudolf", "name": "Rudolf V", "kind": "person", "country": "RUR", "code": "RURGOV",
                "sector": "GOV", "role": {"title": "President", "since": "2020", "until": None}, "mentions": ["e1"],
                "salience": 0.6,
            },
            {
                "id": "cty:SYL", "name": "Sylvania", "kind": "country", "country": "SYL", "code": "SYL", "sector": None,
                "role": None, "mentions": [], "salience": 0.4,
            },
        ],
        "events": [event],
        "signals": [signal],
        "escalation": {
            "score": 41.5, "level": "elevated", "drivers": [{"ref": "s0", "contribution": 41.5}],
            "dyads": [{"pair": ["RUR", "SYL"], "score": 31.0, "events": ["v0"]}],
        },
        "provenance": {"service": "0", "model": "m", "knowledge": "k", "enriched_at": "2024-11-20T00:00:00Z"},
    }  # fmt: skip
    return EnrichedArticle.model_validate(document | changes)


def printed(renderable: Any, *, width: int = 100, terminal: bool = False, encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace", newline="")
    console = Console(file=stream, width=width, force_terminal=terminal, color_system="truecolor" if terminal else None)
    console.print(renderable)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)


def test_a_pipe_gets_everything_in_plain_words() -> None:
    text = printed(render_article(article()))
    assert "\x1b" not in text
    for part in (
        "Ruritania‹GPE› warns Sylvania",
        "President Rudolf‹PERSON RURGOV› threatened",
        "‹left out: donation› Give to our paper.",
        "President (since 2020)",
        "v0 Rudolf V — threatens → Sylvania [actual, 2024-11-19, 82%]",
        "▲ war threat [threat]: Rudolf V, Sylvania",
        "“with war” signal.war",
        "+41.5 elevated",
        "RUR–SYL +31.0",
    ):
        assert part in text, part


def test_boilerplate_that_goes_on_is_labelled_once() -> None:
    start = BODY.index("Give")
    parts = [
        {"field": "body", "start": a, "end": b, "reason": "donation"} for a, b in ((0, 9), (10, 16), (start, len(BODY)))
    ]
    text = marked_text(article(boilerplate=parts), "body").plain
    assert text.startswith("‹left out: donation› President Rudolf‹")
    assert text.endswith("‹left out: donation› Give to our paper.")  # after a paragraph that is none
    assert text.count("left out") == 2


def test_a_terminal_gets_colour_and_the_same_words() -> None:
    coloured = printed(render_article(article()), terminal=True)
    assert "\x1b[" in coloured
    assert "\x1b[4;36mRudolf\x1b[0m" in coloured  # underlined, cyan


def test_narrow_terminals_wrap() -> None:
    assert max(len(line) for line in printed(render_article(article()), width=40).splitlines()) <= 40


@pytest.mark.parametrize(
    ("modality", "words"),
    [
        ("actual", "threatens"),
        ("historical", "threatens"),
        ("planned", "plans to threaten"),
        ("requested", "is asked to threaten"),
        ("hypothetical", "might threaten"),
        ("negated", "does not threaten"),
    ],
)
def test_modality_is_part_of_the_sentence(modality: str, words: str) -> None:
    event = article().events[0].model_copy(update={"modality": modality})
    assert (
        event_sentence(event, {"per:rudolf": "Rudolf", "cty:SYL": "Sylvania"}).plain == f"Rudolf — {words} → Sylvania"
    )


def test_the_preposition_comes_with_the_target() -> None:
    event = article().events[0].model_copy(update={"type": "AGREE"})
    names = {"per:rudolf": "Rudolf", "cty:SYL": "Sylvania"}
    assert event_sentence(event, names).plain == "Rudolf — agrees with → Sylvania"
    assert event_sentence(event.model_copy(update={"targets": []}), names).plain == "Rudolf — agrees"


def test_an_unknown_source_is_somebody_and_a_missing_target_is_left_out() -> None:
    event = article().events[0].model_copy(update={"sources": [], "targets": []})
    assert event_sentence(event, {}).plain == "somebody — threatens"


@pytest.mark.parametrize(
    ("score", "bar"),
    [
        (0.0, "-100 ....................|.................... +100  +0.0 calm"),
        (50.0, "-100 ....................|##########.......... +100  +50.0 calm"),
        (-100.0, "-100 ####################|.................... +100  -100.0 calm"),
        (0.4, "-100 ....................|#................... +100  +0.4 calm"),
    ],
)
def test_score_bar(score: float, bar: str) -> None:
    escalation = Escalation(score=score, level="calm", drivers=[], dyads=[])
    assert printed(ScoreBar(escalation), encoding="ascii").rstrip() == bar


def test_rich_markup_in_an_article_is_text() -> None:
    document = article().model_dump(by_alias=True)
    document["article"]["title"] = "[bold]Ruri[/red]"
    document["entities"] = []
    document["actors"][0]["name"] = "[/nothing]"
    text = printed(render_article(EnrichedArticle.model_validate(document)))
    assert "[bold]Ruri[/red]" in text
    assert "[/nothing]" in text


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(st.characters(codec=None)))  # surrogates too
def test_safe_keeps_every_place_and_lets_no_control_through(text: str) -> None:
    cleaned = safe(text)
    assert len(cleaned) == len(text)
    assert not {char for char in cleaned if char != "\n" and unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}}
    assert not set(cleaned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(st.characters(codec=None), max_size=60), st.data())
def test_any_text_is_shown_with_its_spans(body: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, len(body)))
    document = article().model_dump(by_alias=True)
    document["article"]["body"] = body
    document["boilerplate"] = []
    document["events"] = document["signals"] = []
    entity = {"id": "e0", "label": "ORG", "actor": None, "field": "body", "start": start, "end": end}
    document["entities"] = [{**entity, "text": body[start:end]}]
    enriched = read_enriched(encode(EnrichedArticle.model_validate(document)))
    assert enriched.article.body == body
    cleaned = safe(body)
    assert marked_text(enriched, "body").plain == cleaned[:end] + "‹ORG›" + cleaned[end:]
    assert "\x1b" not in printed(render_article(enriched))

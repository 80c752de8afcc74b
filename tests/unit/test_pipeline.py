"""The whole analysis: spans that hold for any Unicode, the same bytes for the same article, and the contract's shape."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.analysis.pipeline import Analysis, digest
from service.analysis.text import dateline
from service.messages.article import Article
from service.messages.codec import encode, read_article
from service.messages.enriched import InputPosition
from service.paths import config_dir

AT = "2024-11-19T12:00:00Z"

SNIPPETS = [
    "Russia attacked Ukraine on Tuesday. ", "President Joe Biden threatened Iran with sanctions. ", "ATACMS ", "the Kremlin’s ",
    "“We will strike back,” Putin said. ", "\n", "\r\n", "\r", "\u2028", "\u2029", "\x00", "\x85", "\t", "👩‍👩‍👧‍👦", "🇺🇦", "e\u0301", "Z͑ͫ̓ͪ̂", "שלום ",
    "القدس ", "\u202eRussia\u202c ", "\ufeff", "\u200b", "\ud83d", "\udc00", "北京 ", "\U0010ffff", "AFP contributed reporting.", "Read more: x\n",
    "Dear readers,\nSupport us.\nContinue\n", "KYIV (Reuters) – ", "Nov. 19, 2024 ", "U.S. ", "ﬁ ", "İ", "ß",
]  # fmt: skip

TEXTS = st.lists(
    st.one_of(st.sampled_from(SNIPPETS), st.text(st.characters(codec=None, categories=None), max_size=8)), max_size=14
).map("".join)


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return Analysis.load(config_dir())


def enrich(analysis: Analysis, value: bytes) -> dict[str, Any]:
    """Bytes in, a decoded message out."""
    enriched = analysis.analyse(read_article(value), enriched_at=AT)
    message: dict[str, Any] = json.loads(encode(enriched))
    return message


def spans(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of the message, at any depth, that points into the article."""
    if isinstance(value, dict):
        if {"field", "start", "end"} <= value.keys():
            yield value
        for child in value.values():
            yield from spans(child)
    elif isinstance(value, list):
        for child in value:
            yield from spans(child)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(title=TEXTS, body=TEXTS)
def test_every_span_is_the_articles_own_text(analysis: Analysis, title: str, body: str) -> None:
    sent = {"id": "x", "title": f"War {title}", "body": body, "published_at": "2024-11-19"}
    received = json.loads(json.dumps(sent))
    message = enrich(analysis, json.dumps(sent).encode())
    assert {name: message["article"][name] for name in received} == received
    for span in spans(message):
        text = received[span["field"]]
        assert 0 <= span["start"] < span["end"] <= len(text)
        assert span.get("text", text[span["start"] : span["end"]]) == text[span["start"] : span["end"]]
    for one in message["boilerplate"]:
        for entity in message["entities"]:
            assert entity["field"] != one["field"] or entity["end"] <= one["start"] or entity["start"] >= one["end"]


ARTICLE = Article(
    id="a-1",
    title="Kremlin warns Washington over missiles",
    body="MOSCOW (Reuters) – Russia warned the United States on Tuesday that it would retaliate if ATACMS struck its territory.\n"
    "President Vladimir Putin met Chinese Foreign Minister Wang Yi in Moscow.\n\n"
    "Ukraine asked NATO for more weapons.\nAFP contributed reporting.",
    published_at="2024-11-19T08:30:00Z",
    source="Example",
)


def test_the_same_article_gives_the_same_bytes(analysis: Analysis) -> None:
    first = encode(analysis.analyse(ARTICLE, enriched_at=AT))
    analysis.analyse(
        Article(id="b", title="Floods in Brazil", body="Rain fell.", published_at="2020-01-01"), enriched_at=AT
    )
    assert encode(analysis.analyse(ARTICLE, enriched_at=AT)) == first
    assert encode(Analysis.load(config_dir()).analyse(ARTICLE, enriched_at=AT)) == first


def test_only_time_and_position_differ_between_two_runs(analysis: Analysis) -> None:
    position = InputPosition(topic="articles", partition=2, offset=7)
    one = json.loads(encode(analysis.analyse(ARTICLE, enriched_at=AT)))
    other = json.loads(encode(analysis.analyse(ARTICLE, enriched_at="2025-01-01T00:00:00Z", position=position)))
    assert other["provenance"].pop("input") == {"topic": "articles", "partition": 2, "offset": 7}
    assert one["provenance"].pop("input") is None
    assert one["provenance"].pop("enriched_at") != other["provenance"].pop("enriched_at")
    assert one == other


def test_the_message_has_the_contracts_shape(analysis: Analysis) -> None:
    message = enrich(analysis, encode(ARTICLE))
    assert list(message) == [
        "schema", "article", "boilerplate", "entities", "actors", "events", "signals", "escalation", "provenance",
        "unread",
    ]  # fmt: skip
    assert message["schema"] == "harbinger.enriched-article.v1"
    assert list(message["article"]) == ["id", "title", "body", "url", "source", "language", "published_at"]
    assert message["article"]["url"] is None
    assert message["boilerplate"][0]["reason"] == "agency_credit"
    assert message["provenance"]["knowledge"].startswith("sha256:")
    actors = {actor["id"] for actor in message["actors"]}
    entities = {entity["id"] for entity in message["entities"]}
    assert {"cty:RUS", "cty:USA", "cty:UKR", "per:vladimir-putin", "igo:nato"} <= actors
    for actor in message["actors"]:
        assert set(actor["mentions"]) <= entities
    for entity in message["entities"]:
        assert entity["actor"] is None or entity["actor"] in actors
    for event in message["events"]:
        assert {*event["sources"], *event["targets"], *event["affected"]} <= actors


def test_an_article_in_another_language_is_passed_on_unread(analysis: Analysis) -> None:
    sent = {"id": "x", "title": "Guerra en Ucrania", "body": "Rusia atacó a Ucrania.", "published_at": "2024-11-19"}
    message = enrich(analysis, json.dumps({**sent, "language": "es"}).encode())
    assert message["unread"] == {"reason": "language", "language": "es"}
    assert message["entities"] == message["boilerplate"] == message["events"] == []
    assert enrich(analysis, encode(ARTICLE))["unread"] is None
    for english in ("en", "en-GB", "EN_us", "eng", "und"):
        assert enrich(analysis, encode(ARTICLE.model_copy(update={"language": english})))["entities"]


def test_nothing_is_read_in_boilerplate(analysis: Analysis) -> None:
    appeal = "A message from The Harbour Ledger:\nDear readers,\nRussia attacked us, and we need your help.\nDonate"
    message = enrich(
        analysis, json.dumps({"id": "x", "title": "", "body": appeal, "published_at": "2024-11-19"}).encode()
    )
    assert (message["entities"], message["actors"], message["events"], message["signals"]) == ([], [], [], [])
    assert {one["reason"] for one in message["boilerplate"]} == {"donation"}


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("KYIV (Reuters) – Russia struck.", "KYIV (Reuters) – "),
        ("KYIV, Ukraine (AP) — Russia struck.", "KYIV, Ukraine (AP) — "),
        ("MINSK, 16 February (BelTA) – No one left.", "MINSK, 16 February (BelTA) – "),
        ("AUSTIN, Texas, March 30, 2026 (WIRE) -- The company", "AUSTIN, Texas, March 30, 2026 (WIRE) -- "),
        ("Kyiv (Reuters) - Russia struck.", "Kyiv (Reuters) - "),
        ("SEOUL — South Korea said", "SEOUL — "),
        ("MOSCOW, November 19. /TASS/. Russia said", "MOSCOW, November 19. /TASS/. "),
        ("MOSCOW. Nov 19 (Interfax) - Russia said", "MOSCOW. Nov 19 (Interfax) - "),
        ("Seoul, Nov. 19 (Yonhap) -- South Korea said", "Seoul, Nov. 19 (Yonhap) -- "),
        ("Paris, Nov 19, 2024 (AFP) - France said", "Paris, Nov 19, 2024 (AFP) - "),
        ("DUBAI, United Arab Emirates (AP) — Iran said", "DUBAI, United Arab Emirates (AP) — "),
        ("WASHINGTON/LONDON, Nov 19 (Reuters) - Britain said", "WASHINGTON/LONDON, Nov 19 (Reuters) - "),
        ("SÃO PAULO — Brazil said", "SÃO PAULO — "),
        ("N'DJAMENA, Chad — Troops left", "N'DJAMENA, Chad — "),
        ("BERLIN (dpa) - Germany said", "BERLIN (dpa) - "),
        ("London CNN  — Britain said", "London CNN  — "),
        ("Tehran, IRNA – Iran said", "Tehran, IRNA – "),
        ("Nov. 19 (UPI) -- The army left", "Nov. 19 (UPI) -- "),
        ("(Reuters) - Russia struck.", "(Reuters) - "),
        ("Putin — The man who", ""),
        ("Russia (and Belarus) – They said", ""),
        ("President Joe Biden (D) – He said", ""),
        ("PUTIN: We will answer", ""),
        ("Iran said - No", ""),
        ("NATO - the alliance - said", ""),
        ("US-led forces left.", ""),
        ("NATO’s chief left.", ""),
        ("Russia - which struck Kyiv - left.", ""),
    ],
)
def test_datelines(text: str, ends: str) -> None:
    assert text[: dateline(text)] == ends


def test_the_digest_covers_names_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    first = digest(tmp_path)
    (tmp_path / "a.csv").write_text("y")
    second = digest(tmp_path)
    (tmp_path / "a.csv").rename(tmp_path / "b.csv")
    assert len({first, second, digest(tmp_path)}) == 3
    (tmp_path / "README.md").write_text("not knowledge")
    assert digest(tmp_path) == digest(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "KYIV, Ukraine (Reuters) – ", "KYIV, November 18. /TASS/. ", "Kyiv, Nov 18, 2024 (AFP) - ", "KYIV — ", "Kyiv, Ukraine CNN — ",
        "KYIV/MOSCOW, Nov 18 (Reuters) - ",
    ],
)  # fmt: skip
def test_a_dateline_is_neither_actor_nor_place(analysis: Analysis, line: str) -> None:
    sent = {"id": "x", "title": "", "body": f"{line}France attacked Germany on Monday.", "published_at": "2024-11-19"}
    message = enrich(analysis, json.dumps(sent).encode())
    agencies = {actor["id"] for actor in message["actors"] if actor["sector"] == "MED"}
    assert {actor["id"] for actor in message["actors"]} - agencies == {"cty:FRA", "cty:DEU"}
    assert all(agencies.isdisjoint((*event["sources"], *event["targets"])) for event in message["events"])
    assert message["events"]
    assert all(
        (event["place"] or {}).get("name") not in {"Kyiv", "KYIV", "Ukraine", "Moscow"} for event in message["events"]
    )


def test_a_dateline_names_no_actor(analysis: Analysis) -> None:
    body = "KYIV, Ukraine (Reuters) – France and Germany met on Monday.\nParis said so."
    message = enrich(
        analysis, json.dumps({"id": "x", "title": "", "body": body, "published_at": "2024-11-19"}).encode()
    )
    assert {"cty:FRA", "cty:DEU"} <= {actor["id"] for actor in message["actors"]}
    assert "cty:UKR" not in {actor["id"] for actor in message["actors"]}
    assert "Ukraine" in {entity["text"] for entity in message["entities"]}

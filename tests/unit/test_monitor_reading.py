"""From the bytes of an enriched article to reports, and what is no enriched article."""

import json
from typing import Any

import pytest

from service.knowledge.weights import Weights
from service.monitor.opponents import HALF_KNOWN
from service.monitor.reading import NotEnriched, Read, Reader
from service.monitor.report import EVIDENCE_MAX, Deed, decode, encode
from service.monitor.times import date_of, day_of
from service.paths import config_dir
from tests.unit.monitor_cases import enriched, event


@pytest.fixture(scope="module")
def weights() -> Weights:
    return Weights.load(config_dir() / "scoring.yaml")


@pytest.fixture(scope="module")
def reader(weights: Weights) -> Reader:
    return Reader(weights)


def only(read: Read) -> Deed:
    (report,) = read.reports.values()
    (deed,) = report.deeds
    return deed


def signal(category: str, status: str = "act", *events: str) -> dict[str, Any]:
    return {"category": category, "direction": "escalatory", "status": status, "events": list(events or ("v0",))}


def test_an_article_becomes_a_report_for_each_pair(reader: Reader) -> None:
    read = reader.read(
        enriched(
            event(),
            event(id="v1", sources=["gov:RUS"], targets=["gov:USA", "gov:CUB"]),
            source="wire",
            published_at="2024-11-19T23:30:00-02:00",
        )
    )
    assert {pair: [deed.event_id for deed in report.deeds] for pair, report in read.reports.items()} == {
        ("CUB", "USA"): ["v0"],
        ("RUS", "USA"): ["v1"],
        ("CUB", "RUS"): ["v1"],
    }
    assert {(report.article_id, report.source) for report in read.reports.values()} == {("a1", "wire")}
    assert date_of(day_of(read.published)) == "2024-11-20"
    for report in read.reports.values():
        assert decode(encode(report)) == report


def test_those_affected_count_where_nobody_is_the_target(reader: Reader) -> None:
    assert list(reader.read(enriched(event(targets=[], affected=["gov:CUB"]))).reports) == [("CUB", "USA")]
    both = event(targets=["gov:RUS"], affected=["gov:CUB"])
    assert list(reader.read(enriched(both)).reports) == [("RUS", "USA")]


@pytest.mark.parametrize(
    "changes",
    [
        {"targets": ["gov:USA"]},
        {"targets": ["igo:nato"]},
        {"targets": ["unknown"]},
        {"sources": []},
        {"targets": []},
        {"modality": "negated"},
        {"modality": "historical"},
        {"modality": "unheard-of"},
        {"goldstein": 0.0},
    ],
)
def test_what_says_nothing_of_two_countries_is_no_report(reader: Reader, changes: dict[str, Any]) -> None:
    assert reader.read(enriched(event(**changes))).reports == {}


def test_points_are_those_of_the_strongest_signal(reader: Reader, weights: Weights) -> None:
    deed = only(reader.read(enriched(event(), signals=[signal("border_incident"), signal("war_begin")])))
    assert (deed.kind, deed.points) == ("act", weights.signals["war_begin"])


def test_a_signal_that_threatens_is_a_threat_and_one_that_relieves_is_relief(reader: Reader, weights: Weights) -> None:
    threat = only(reader.read(enriched(event(), signals=[signal("ultimatum", "threat")])))
    relief = only(reader.read(enriched(event(), signals=[signal("ceasefire")])))
    assert (threat.kind, threat.points) == ("threat", weights.signals["ultimatum"])
    assert (relief.kind, relief.points) == ("relief", -weights.signals["ceasefire"])


@pytest.mark.parametrize(
    ("changes", "kind", "goldstein"),
    [
        ({}, "act", -10),
        ({"quad_class": 3, "goldstein": -4.0}, "threat", -4),
        ({"quad_class": 2, "goldstein": 7.0}, "relief", 7),
    ],
)
def test_without_a_signal_points_come_from_goldstein(
    reader: Reader, weights: Weights, changes: dict[str, Any], kind: str, goldstein: float
) -> None:
    deed = only(reader.read(enriched(event(**changes))))
    assert (deed.kind, deed.points) == (kind, abs(goldstein) * weights.event)


def test_what_is_not_done_weighs_less_and_is_a_threat(reader: Reader, weights: Weights) -> None:
    deed = only(reader.read(enriched(event(modality="planned"))))
    assert deed.kind == "threat"
    assert deed.points == pytest.approx(10 * weights.event * weights.modality["planned"])


@pytest.mark.parametrize(
    ("date", "day"),
    [
        (None, "2024-11-19"),
        ({"value": "2024-11-17", "precision": "day"}, "2024-11-17"),
        ({"value": "2024-11-17T22:00:00Z", "precision": "day"}, "2024-11-17"),
        ({"value": "2024-11-25", "precision": "day"}, "2024-11-19"),
        ({"value": "2024-10", "precision": "month"}, "2024-11-19"),
        ({"value": "next week", "precision": "day"}, "2024-11-19"),
        ({"value": "", "precision": "day"}, "2024-11-19"),
        ({"value": "2024-02-30", "precision": "day"}, "2024-11-19"),
        ({"value": "1962-10-22", "precision": "day"}, "1962-10-22"),
    ],
)
def test_a_deed_lies_on_its_own_day_where_the_text_gives_one_before_publication(
    reader: Reader, date: dict[str, Any] | None, day: str
) -> None:
    assert date_of(only(reader.read(enriched(event(date=date)))).day) == day


def test_what_is_done_to_a_territory_is_done_to_its_state(weights: Weights) -> None:
    value = enriched(event(sources=["gov:RUS"], targets=["gov:CUB"]))
    assert list(Reader(weights, {"CUB": "USA"}).read(value).reports) == [("RUS", "USA")]
    assert Reader(weights, {"CUB": "USA"}).read(enriched(event())).reports == {}


def test_an_article_without_a_source_is_one_of_its_own(reader: Reader) -> None:
    for source in (None, ""):
        (report,) = reader.read(enriched(event(), source=source)).reports.values()
        assert report.source == "article:a1"


def test_evidence_is_cut(reader: Reader) -> None:
    text = "é" * 2 * EVIDENCE_MAX
    deed = only(reader.read(enriched(event(evidence={"field": "body", "start": 0, "end": len(text), "text": text}))))
    assert deed.evidence == "é" * EVIDENCE_MAX


def test_lone_surrogates_pass(reader: Reader) -> None:
    value = enriched(event(), title="Half an emoji \ud83d", body="\udc00 rockets")
    assert b"\\ud83d" in value
    read = reader.read(value)
    (report,) = read.reports.values()
    assert decode(encode(report)) == report
    cut = event(evidence={"text": "\ud83d cut"})
    assert only(reader.read(enriched(cut))).evidence == "\ufffd cut"


def without(*path: str) -> bytes:
    value = json.loads(enriched(event(), signals=[signal("seizure")]))
    place = value
    for step in path[:-1]:
        place = place[step][0] if isinstance(place[step], list) else place[step]
    del place[path[-1]]
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "truncated"),
        (b"not json", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b"[]", "Expected `object`"),
        (b"null", "Expected `object`"),
        (b"[" * 100_000, "Expected `object`"),
        (b'{"events":' + b"[" * 100_000, "`$.events[0]`"),
        (b'{"other":' + b"[" * 100_000, "recursion"),
        (enriched(event()).replace(b"article.v1", b"article.v2"), "schema: 'harbinger.enriched-article.v2'"),
        (without("schema"), "`schema`"),
        (without("article"), "`article`"),
        (without("events"), "`events`"),
        (without("article", "published_at"), "`published_at` - at `$.article`"),
        (without("events", "goldstein"), "`goldstein` - at `$.events[0]`"),
        (without("signals", "events"), "`events` - at `$.signals[0]`"),
        (enriched(event(), id=7), "Expected `str`, got `int` - at `$.article.id`"),
        (enriched(event(), id=""), "`$.article.id`"),
        (enriched(event(), id="x" * 513), "`$.article.id`"),
        (enriched(event(), published_at="yesterday"), "article.published_at: "),
        (enriched(event(), published_at="2024-11-19T10:00:00"), "article.published_at: "),
        (enriched(event(type="DANCE")), "`$.events[0].type`"),
        (enriched(event(confidence=1.5)), "`$.events[0].confidence`"),
        (enriched(event(goldstein=-11)), "`$.events[0].goldstein`"),
        (enriched(event(goldstein=float("nan"))), "malformed"),
        (enriched(event(goldstein=float("nan")), title="\ud83d"), "malformed"),
        (enriched(event(goldstein=None), title="\ud83d"), "`$.events[0].goldstein`"),
        (enriched(event(goldstein="X")).replace(b'"X"', b"-1e999"), "`$.events[0].goldstein`"),
    ],
)
def test_what_is_no_enriched_article_is_refused_with_field_and_reason(
    reader: Reader, value: bytes, reason: str
) -> None:
    with pytest.raises(NotEnriched) as refused:
        reader.read(value)
    assert reason in str(refused.value)


def half_known(*signals: dict[str, Any]) -> bytes:
    """The United States act on nobody, in a sentence that names Cuba; another one names Russia."""
    sentence = {"field": "body", "start": 10, "end": 60, "text": "Washington orders a blockade over Cuba."}
    entities = [
        {"id": "e0", "field": "body", "start": 10, "end": 20, "actor": "gov:USA"},
        {"id": "e1", "field": "body", "start": 44, "end": 48, "actor": "gov:CUB"},
        {"id": "e2", "field": "body", "start": 70, "end": 76, "actor": "gov:RUS"},
        {"id": "e3", "field": "title", "start": 12, "end": 18, "actor": "gov:RUS"},
        {"id": "e4", "field": "body", "start": 50, "end": 55, "actor": None},
    ]
    value = json.loads(enriched(event(targets=[], evidence=sentence), signals=signals))
    return json.dumps(value | {"entities": entities}).encode()


def test_a_sign_with_one_known_side_counts_half_for_the_countries_of_its_sentence(
    reader: Reader, weights: Weights
) -> None:
    read = reader.read(half_known(signal("blockade")))
    assert list(read.reports) == [("CUB", "USA")]
    assert only(read).points == weights.signals["blockade"] * HALF_KNOWN


def test_a_sign_in_a_sentence_without_another_country_counts_half_for_whom_the_article_sets_against_it(
    reader: Reader, weights: Weights
) -> None:
    rest = {"field": "body", "start": 100, "end": 130, "text": "The shelling began again."}
    shelling = event(id="v1", sources=[], targets=["gov:CUB"], evidence=rest)
    read = reader.read(enriched(shelling, event(date=None), signals=[signal("border_incident", "act", "v1")]))
    points = {deed.event_id: deed.points for deed in read.reports["CUB", "USA"].deeds}
    assert read.reports.keys() == {("CUB", "USA")}
    assert max(points.values()) == pytest.approx(weights.signals["border_incident"] * HALF_KNOWN)


@pytest.mark.parametrize("modality", ["requested", "hypothetical"])
def test_relief_that_somebody_asks_for_is_none(reader: Reader, modality: str) -> None:
    asked = enriched(event(modality=modality), signals=[signal("withdrawal")])
    assert reader.read(asked).reports == {}
    assert only(reader.read(enriched(event(modality="planned"), signals=[signal("withdrawal")]))).kind == "relief"


@pytest.mark.parametrize("signals", [[], [signal("negotiation")]], ids=["no sign", "relief"])
def test_what_relieves_or_is_no_sign_needs_both_sides(reader: Reader, signals: list[dict[str, Any]]) -> None:
    assert reader.read(half_known(*signals)).reports == {}

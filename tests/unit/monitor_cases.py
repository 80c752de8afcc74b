"""Reports, rules and enriched articles for the tests of the monitor, with everything left out that a test does not speak of."""

import json
from collections.abc import Iterable
from typing import Any

import yaml

from service.messages.alert import EscalationAlert
from service.monitor.report import Deed, Kind, Report, encode, report_key
from service.monitor.rules import Pair, Rules, RulesFile
from service.monitor.similarity import signature
from service.monitor.state import Row
from service.monitor.times import DAY_MS, start_of
from service.monitor.watch import PairWatch
from service.paths import config_dir

PAIR = ("CUB", "USA")
DAY = 20_000
"""The day that most tests begin with, in days since 1970."""
HOUR = DAY_MS // 24
TEXTS = [
    "Missiles struck the harbour of Mariel and burned three warehouses, coastguards reported early Tuesday",
    "Ambassador recalled after parliament condemned the expulsion of eleven consular employees in Santiago",
    "Bombers crossed the strait and circled the airfield before turning back towards Florida, witnesses told radio",
    "Negotiators signed an armistice in Geneva and promised to withdraw artillery behind the demarcation line",
    "Treasury freezes shipping companies and forbids insurance for tankers carrying petroleum to the island",
]
"""Stories that have next to no word in common."""


def alert_rules(rule: dict[str, Any] | None = None, silences: Iterable[dict[str, Any]] = (), **index: float) -> Rules:
    """The rules that are shipped, with one rule for all pairs, which ``rule`` and ``index`` change in part."""
    file = yaml.safe_load((config_dir() / "alerts.yaml").read_text("utf-8"))
    every_pair = {
        "name": "every-pair",
        "pairs": ["*"],
        "levels": {"high": {"index": 45, "zscore": 3}, "severe": {"index": 90, "zscore": 5}},
        "clear": 0.5,
    }
    text = {
        "index": file["index"] | index,
        "rules": [every_pair | (rule or {})],
        "silences": list(silences),
    }
    return Rules(RulesFile.model_validate(text), {"*": frozenset(PAIR) | {"IRN", "ISR"}})


def deed(
    event_id: str = "v0",
    points: float = 20.0,
    kind: Kind = "act",
    root: str = "ASSAULT",
    confidence: float = 1.0,
    day: int = DAY,
) -> Deed:
    """A deed that is certain and happened on the first day."""
    return Deed(event_id, root, kind, points, confidence, day, f"The sentence of {event_id}.")


def report(
    article_id: str = "a", *deeds: Deed, at: float = 0.0, source: str | None = None, text: str | None = None
) -> Report:
    """A report of a text like no other, ``at`` so many days after the first day began."""
    published = start_of(DAY) + round(at * DAY_MS)
    words = text if text is not None else " ".join(f"{article_id}word{number}" for number in range(40))
    return Report(article_id, source or f"desk of {article_id}", published, signature("", words), list(deeds))


def add(watch: PairWatch, *reports: Report) -> list[str]:
    """Give reports to a watch, which says of each whether it was new."""
    return [watch.add(report_key(each.article_id), encode(each), each.published) for each in reports]


def judged(rules: Rules, reports: Iterable[Report], until: float) -> PairWatch:
    """A watch that was given all reports and judged once, ``until`` so many days after the first day began."""
    watch = PairWatch(PAIR, rules)
    add(watch, *reports)
    watch.judge(start_of(DAY) + round(until * DAY_MS))
    return watch


def alerts(watch: PairWatch) -> list[EscalationAlert]:
    """The alerts without their days."""
    return [alert for _, alert in watch.alerts]


def said(watch: PairWatch, since: int = -(2**62)) -> tuple[dict[int, Row], list[tuple[int, bytes]]]:
    """All that leaves a watch, for comparison bit by bit: figures and alerts since a day."""
    return (
        {day: row for day, row in watch.rows.items() if day >= since},
        [(day, alert.model_dump_json().encode()) for day, alert in watch.alerts if day >= since],
    )


def event(**changes: Any) -> dict[str, Any]:
    """An event of an enriched article: the United States attack Cuba."""
    return {
        "id": "v0",
        "type": "ASSAULT",
        "quad_class": 4,
        "goldstein": -10.0,
        "modality": "actual",
        "confidence": 0.8,
        "sources": ["gov:USA"],
        "targets": ["gov:CUB"],
        "affected": [],
        "evidence": {"field": "body", "start": 0, "end": 6, "text": "Attack"},
        "date": None,
    } | changes


def enriched(*events: dict[str, Any], signals: Iterable[dict[str, Any]] = (), **article: Any) -> bytes:
    """An enriched article as bytes, with the parts that the monitor reads."""
    value = {
        "schema": "harbinger.enriched-article.v1",
        "article": {"id": "a1", "title": "Title", "body": "Body", "published_at": "2024-11-19T10:00:00Z"} | article,
        "actors": [
            {"id": "gov:USA", "country": "USA"},
            {"id": "gov:CUB", "country": "CUB"},
            {"id": "gov:RUS", "country": "RUS"},
            {"id": "igo:nato", "country": None},
        ],
        "events": list(events),
        "signals": list(signals),
    }
    return json.dumps(value).encode()


def attack(identity: str, pair: Pair, published_at: str, text: str, evidence: str = "attack") -> dict[str, Any]:
    """An enriched article with one attack of the first country on the second, which begins a war."""
    told = event(confidence=0.9, sources=["a"], targets=["b"], evidence={"text": evidence})
    return {
        "schema": "harbinger.enriched-article.v1",
        "article": {"id": identity, "title": "", "body": text, "source": None, "published_at": published_at},
        "actors": [{"id": "a", "country": pair[0]}, {"id": "b", "country": pair[1]}],
        "events": [told],
        "signals": [{"category": "war_begin", "direction": "escalatory", "status": "act", "events": [told["id"]]}],
    }

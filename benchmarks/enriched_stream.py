"""Made-up enriched articles of realistic size for the benchmarks of the monitor: the same for the same seed."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from service.knowledge.records import Country
from service.knowledge.tables import read_table
from service.knowledge.weights import Weights
from service.monitor.reading import Reader
from service.monitor.report import encode, report_key
from service.monitor.rules import Pair
from service.paths import config_dir, samples_dir

PAIRS: Final = 200
DAYS: Final = 90
WORDS: Final = 400
"""Words in a body, as news has."""
ENTITIES: Final = 25
_START: Final = datetime(2024, 1, 1, tzinfo=UTC)
_KINDS: Final = (
    ("THREATEN", 3, "138", -7.0, "war_threat", "threat"),
    ("ASSAULT", 4, "190", -10.0, "war_escalation", "act"),
    ("MOBILIZE", 4, "150", -7.2, "mobilization", "act"),
    ("SANCTION", 4, "163", -8.0, "sanctions", "act"),
    ("CONSULT", 1, "040", 1.0, None, None),
    ("AGREE", 1, "050", 3.5, "agreement", "act"),
)
"""Root, quad class, CAMEO code, Goldstein value, signal and its status."""


def pairs(count: int = PAIRS) -> list[Pair]:
    """So many different pairs of countries."""
    codes = sorted(row.iso3 for _, row in read_table(config_dir() / "knowledge" / "countries.csv", Country))
    every = [(a, b) for a in codes for b in codes if a < b]
    return random.Random(7).sample(every, count)


def articles(count: int, seed: int, *, days: int = DAYS) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of enriched articles in order of publication, each on two pairs."""
    chooser, watched = random.Random(seed), pairs()
    vocabulary = (samples_dir() / "articles.jsonl").read_text("utf-8").split()
    for number in range(count):
        moment = _START + timedelta(days=days) * (number / count)
        document = _document(chooser, f"bench-{seed}-{number}", moment, chooser.sample(watched, 2), vocabulary)
        yield document["article"]["id"].encode(), json.dumps(document).encode()


def reports(count: int, seed: int) -> Iterator[tuple[Pair, str, bytes]]:
    """Pair, key and bytes of reports, as the changelog holds them, of the last ``evidence_days``."""
    reader = Reader(Weights.load(config_dir() / "scoring.yaml"))
    made = 0
    for _, value in articles((count + 1) // 2, seed, days=30):
        for pair, report in reader.read(value).reports.items():
            yield pair, report_key(report.article_id), encode(report)
            made += 1
            if made == count:
                return


def _document(
    chooser: random.Random, identity: str, moment: datetime, told: list[Pair], vocabulary: list[str]
) -> dict[str, Any]:
    body = " ".join(chooser.choices(vocabulary, k=WORDS))
    kinds = [chooser.choice(_KINDS) for _ in told]
    span = {"field": "body", "start": 0, "end": 160, "text": body[:160]}
    actors = [_actor(code) for code in sorted({code for pair in told for code in pair})]
    entities = [
        {"id": f"e{n}", "label": "GPE", "text": body[n * 9 : n * 9 + 8], "field": "body", "start": n * 9, "end": n * 9 + 8,
         "actor": actors[n % len(actors)]["id"]}
        for n in range(ENTITIES)
    ]  # fmt: skip
    events = [_event(n, kind, pair, span, chooser) for n, (kind, pair) in enumerate(zip(kinds, told, strict=True))]
    signals = [
        {"id": f"s{n}", "category": kind[4], "direction": "escalatory" if kind[3] < 0 else "de-escalatory",
         "status": kind[5], "gpr": None, "events": [f"v{n}"], "actors": [], "evidence": span, "rule": "bench"}
        for n, kind in enumerate(kinds) if kind[4]
    ]  # fmt: skip
    time = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return {
        "schema": "harbinger.enriched-article.v1",
        "article": {
            "id": identity, "title": body[:70], "body": body, "url": None,
            "source": f"source {chooser.randrange(60)}", "language": "en", "published_at": time,
        },
        "boilerplate": [], "entities": entities, "actors": actors, "events": events, "signals": signals,
        "escalation": {"score": 0.0, "level": "calm", "drivers": [], "dyads": []},
        "provenance": {"service": "bench", "model": "bench", "knowledge": "bench", "enriched_at": time, "input": None},
    }  # fmt: skip


def _actor(code: str) -> dict[str, Any]:
    return {
        "id": f"cty:{code}", "name": code, "kind": "country", "country": code, "code": code, "sector": "GOV",
        "role": None, "mentions": [], "salience": 0.5,
    }  # fmt: skip


def _event(
    number: int, kind: tuple[Any, ...], pair: Pair, span: dict[str, Any], chooser: random.Random
) -> dict[str, Any]:
    root, quad_class, cameo, goldstein, *_ = kind
    return {
        "id": f"v{number}", "type": root, "plover": root, "mode": None, "cameo": cameo, "quad_class": quad_class,
        "goldstein": goldstein, "sources": [f"cty:{pair[0]}"], "targets": [f"cty:{pair[1]}"], "affected": [],
        "modality": "actual", "attribution": None, "date": None, "place": None, "trigger": span, "evidence": span,
        "rule": "bench", "confidence": round(chooser.uniform(0.5, 0.9), 2),
    }  # fmt: skip

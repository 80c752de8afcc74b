"""One enriched article as the contract wants it, from the deeds that it tells of.

The enrichment itself is not what is tried here, and thousands of articles through it would take minutes.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.chaos.monitor.deeds import COUNTRIES, Occurrence

_FRAMES = (
    "{deed} near {place}.",
    "Officials in {place} said that {deed}.",
    "{deed}, a spokesman in {place} said.",
    "At {place}, two diplomats said, {deed}.",
)
_IDLE = "The harvest festival drew larger crowds than last year."

_CIRCUMSTANCES = (6, 9)
"""How many of a deed's circumstances an article mentions: so two that tell of it are alike, and seldom the same."""

_DATED_BACK = 0.1
"""Share of the deeds that an article dates to the day before it."""

_LEVELS = ((65, "severe"), (45, "high"), (10, "elevated"), (-8, "calm"))
"""The thresholds of ``config/scoring.yaml``."""

_CONFIDENCES = (0.61, 0.72, 0.81)

Json = dict[str, Any]


def enriched_article(
    chooser: random.Random, identity: str, source: str, moment: datetime, told: Sequence[Occurrence]
) -> Json:
    """An article of one sentence a deed. Scores are multiples of 0.25, so that sums are exact in any order."""
    time = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    made = _Analysis(chooser, moment)
    for occurrence in told:
        made.tell(occurrence)
    article = {
        "id": identity,
        "title": "",
        "body": made.body or _IDLE,
        "url": None,
        "source": source,
        "language": "en",
        "published_at": time,
    }
    total = sum(driver["contribution"] for driver in made.drivers)
    level = next((level for bound, level in _LEVELS if total >= bound), "de-escalating")
    return {
        "schema": "harbinger.enriched-article.v1",
        "article": article,
        "boilerplate": [],
        "entities": made.entities,
        "actors": _actors(made.entities),
        "events": made.events,
        "signals": made.signals,
        "escalation": {"score": total, "level": level, "drivers": made.drivers, "dyads": list(made.dyads.values())},
        "provenance": {"service": "none", "model": "none", "knowledge": "none", "enriched_at": time, "input": None},
    }


class _Analysis:
    """The text so far, and everything that refers to it."""

    def __init__(self, chooser: random.Random, moment: datetime) -> None:
        self._chooser = chooser
        self._moment = moment
        self.body = ""
        self.entities: list[Json] = []
        self.events: list[Json] = []
        self.signals: list[Json] = []
        self.drivers: list[Json] = []
        self.dyads: dict[tuple[str, str], Json] = {}

    def tell(self, occurrence: Occurrence) -> None:
        """Add a sentence, and what is read in it."""
        deed = occurrence.deed
        actor, other = COUNTRIES[occurrence.source], COUNTRIES[occurrence.target]
        clause = f"{actor} {deed.words} {other}"
        sentence = self._chooser.choice(_FRAMES).format(deed=clause, place=occurrence.place)
        start = len(self.body) + sentence.index(clause)
        evidence = _span(len(self.body), sentence)
        mentioned = self._chooser.sample(occurrence.circumstances, self._chooser.randint(*_CIRCUMSTANCES))
        self.body += f"{sentence} Reports mention: {', '.join(mentioned)}. "
        self._name(occurrence.source, start)
        self._name(occurrence.target, start + len(clause) - len(other))
        event = self._event(occurrence, _span(start + len(actor) + 1, deed.words), evidence)
        self.events.append(event)
        if deed.category is not None:
            self.signals.append(_signal(f"s{len(self.signals)}", occurrence, event))
        score = round(deed.points * event["confidence"] * 4) / 4
        if score:
            cause = self.signals[-1]["id"] if deed.category else event["id"]
            self.drivers.append({"ref": cause, "contribution": score})
        dyad = self.dyads.setdefault(occurrence.pair, {"pair": list(occurrence.pair), "score": 0.0, "events": []})
        dyad["score"] += score
        dyad["events"].append(event["id"])

    def _name(self, country: str, start: int) -> None:
        entity = {"id": f"e{len(self.entities)}", "label": "GPE", "actor": f"cty:{country}"}
        self.entities.append(entity | _span(start, COUNTRIES[country]))

    def _event(self, occurrence: Occurrence, trigger: Json, evidence: Json) -> Json:
        deed = occurrence.deed
        date = None
        if self._chooser.random() < _DATED_BACK:
            day_before = self._moment - timedelta(days=1)
            date = {"value": f"{day_before:%Y-%m-%d}", "precision": "day", "text": None}
        return {
            "id": f"v{len(self.events)}",
            "type": deed.type,
            "plover": deed.type,
            "mode": deed.mode,
            "cameo": deed.cameo,
            "quad_class": deed.quad_class,
            "goldstein": deed.goldstein,
            "sources": [f"cty:{occurrence.source}"],
            "targets": [f"cty:{occurrence.target}"],
            "affected": [],
            "modality": "actual",
            "attribution": None,
            "date": date,
            "place": {"name": occurrence.place, "country": None, "latitude": None, "longitude": None},
            "trigger": trigger,
            "evidence": evidence,
            "rule": deed.rule,
            "confidence": self._chooser.choice(_CONFIDENCES),
        }


def _signal(identity: str, occurrence: Occurrence, event: Json) -> Json:
    deed = occurrence.deed
    return {
        "id": identity,
        "category": deed.category,
        "direction": "escalatory" if deed.points > 0 else "de-escalatory",
        "status": "threat" if deed.threat else "act",
        "gpr": deed.gpr,
        "events": [event["id"]],
        "actors": [*event["sources"], *event["targets"]],
        "evidence": event["evidence"],
        "rule": deed.rule,
    }


def _actors(entities: list[Json]) -> list[Json]:
    """One row a country that is named."""
    mentions: dict[str, list[str]] = {}
    for entity in entities:
        mentions.setdefault(entity["actor"].removeprefix("cty:"), []).append(entity["id"])
    return [
        {
            "id": f"cty:{country}",
            "name": COUNTRIES[country],
            "kind": "country",
            "country": country,
            "code": country,
            "sector": "GOV",
            "role": None,
            "mentions": found,
            "salience": round(1 / len(mentions), 4),
        }
        for country, found in mentions.items()
    ]


def _span(start: int, text: str) -> Json:
    return {"field": "body", "start": start, "end": start + len(text), "text": text}

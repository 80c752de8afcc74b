"""The escalation score: a sum of what each signal and event contributes, and nothing else (docs/scoring.md).

    raw(event)    = points x modality x confidence x reach x position x salience
    raw(signal)   = sum over its events, each further one at a share of the one before
    score         = 100 tanh(raw / saturation), raw being the sum of all
    contribution  = raw x (score / raw): every part scaled by the same factor, so that the parts add up

Scores and contributions are multiples of a quarter point, which binary floating point holds exactly: the drivers add up
to the score to the last bit, in whatever order they are added.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.analysis.reading import Reading
from service.knowledge.weights import Weights
from service.messages.enriched import Actor, Driver, DyadScore, Escalation, Event

QUANTUM = 0.25


@dataclass(frozen=True, slots=True)
class _Part:
    """What one signal or event gives before saturation, and for which pairs of countries."""

    ref: str
    raw: float
    by_event: Mapping[str, float]


def score(reading: Reading, weights: Weights) -> None:
    """Set ``reading.escalation`` from signals, events, actors and passages."""
    actors = {actor.id: actor for actor in reading.actors}
    events = {event.id: event for event in reading.events}
    factors = {event.id: _factor(event, reading, actors, weights) for event in reading.events}
    parts = _parts(reading, events, factors, weights)
    total, contributions = saturated([part.raw for part in parts], weights.saturation)
    drivers = [
        Driver(ref=part.ref, contribution=contribution)
        for part, contribution in zip(parts, contributions, strict=True)
        if contribution
    ]
    drivers.sort(key=lambda driver: (-abs(driver.contribution), driver.ref))
    reading.escalation = Escalation(
        score=total,
        level=weights.levels.of(total),
        drivers=drivers,
        dyads=_dyads(parts, events, actors, weights),
    )


def saturated(raw: Sequence[float], saturation: float) -> tuple[float, list[float]]:
    """The score, and what each part contributes: multiples of `QUANTUM` that add up to it exactly.

    The score is ``100 tanh(sum / saturation)``, so within -100 to 100; parts are scaled by one common factor and rounded
    by largest remainders, so that none is off by more than one quantum.
    """
    total = math.fsum(raw)
    target = 100 * math.tanh(total / saturation)
    factor = target / total if abs(total) > 1e-9 else 100 / saturation
    scaled = [part * factor / QUANTUM for part in raw]
    steps = [math.floor(part) for part in scaled]
    missing = round(target / QUANTUM) - sum(steps)
    by_remainder = sorted(range(len(raw)), key=lambda i: (steps[i] - scaled[i], i))
    for i in by_remainder[: max(missing, 0)]:
        steps[i] += 1
    for i in by_remainder[::-1][: max(-missing, 0)]:
        steps[i] -= 1
    return sum(steps) * QUANTUM, [step * QUANTUM for step in steps]


def _parts(
    reading: Reading, events: Mapping[str, Event], factors: Mapping[str, float], weights: Weights
) -> list[_Part]:
    found: list[_Part] = []
    used: set[str] = set()
    for signal in reading.signals:
        share, points = 1.0, weights.signals[signal.category]
        by_event: dict[str, float] = {}
        for name in sorted(signal.events, key=lambda name: -factors[name]):
            by_event[name] = points * share * factors[name]
            share *= weights.repetition
        used.update(signal.events)
        found.append(_Part(signal.id, math.fsum(by_event.values()), by_event))
    repeated: dict[tuple[str, tuple[str, ...]], float] = {}
    for name, event in events.items():
        if name not in used:
            kind = (event.plover, (*event.sources, *event.targets))
            share = repeated.get(kind, 1.0)
            repeated[kind] = share * weights.repetition
            raw = -event.goldstein * weights.event * share * factors[name]
            found.append(_Part(name, raw, {name: raw}))
    return found


def _factor(event: Event, reading: Reading, actors: Mapping[str, Actor], weights: Weights) -> float:
    return (
        weights.modality[event.modality]
        * event.confidence
        * _reach(event, actors, weights)
        * _position(event, reading, weights)
        * _salience(event, actors, weights)
    )


def _countries(names: Sequence[str], actors: Mapping[str, Actor]) -> set[str]:
    """Countries of actors; one without a country (an organisation, a movement) stands for itself."""
    return {(actors[name].country if name in actors else None) or name for name in names}


def _reach(event: Event, actors: Mapping[str, Actor], weights: Weights) -> float:
    sources, targets = _countries(event.sources, actors), _countries(event.targets, actors)
    if not sources or not targets:
        return weights.reach.one_side_known
    return weights.reach.within_one_country if sources == targets else weights.reach.between_countries


def _position(event: Event, reading: Reading, weights: Weights) -> float:
    if event.trigger.field == "title":
        return weights.position.title
    share = min(1.0, event.trigger.start / max(reading.body_end, 1))
    return weights.position.lede + (weights.position.end - weights.position.lede) * share


def _salience(event: Event, actors: Mapping[str, Actor], weights: Weights) -> float:
    highest = max((actor.salience for actor in actors.values()), default=0.0)
    named = (*event.sources, *event.targets)
    own = max((actors[name].salience for name in named if name in actors), default=0.0)
    share = own / highest if highest else 1.0
    return weights.salience.least + (1 - weights.salience.least) * share


def _dyads(
    parts: Sequence[_Part], events: Mapping[str, Event], actors: Mapping[str, Actor], weights: Weights
) -> list[DyadScore]:
    """The same sum for each pair of countries, over the events between them; an event between more counts for each pair."""
    raw: dict[tuple[str, str], dict[str, float]] = {}
    for part in parts:
        for name, points in part.by_event.items():
            for pair in _pairs(events[name], actors) if points else ():
                raw.setdefault(pair, {})[name] = points
    return [
        DyadScore(pair=pair, score=saturated(list(points.values()), weights.saturation)[0], events=list(points))
        for pair, points in sorted(raw.items())
    ]


def _pairs(event: Event, actors: Mapping[str, Actor]) -> set[tuple[str, str]]:
    def countries(names: Sequence[str]) -> set[str]:
        return {actor.country for name in names if (actor := actors.get(name)) and actor.country}

    sources, others = countries(event.sources), countries((*event.targets, *event.affected))
    return {(min(a, b), max(a, b)) for a in sources for b in others if a != b}

"""Signs of escalation and de-escalation: events whose rule names a category, grouped by category and countries.

A negated or historical deed raises nothing. A deed that is planned, asked for or feared raises a threat: for some
categories another one (an attack that is only threatened is ``war_threat``). Which category an event raises is in `signal_kinds`.
"""

import math
from dataclasses import dataclass, field
from typing import Literal

from service.analysis.reading import Reading
from service.analysis.signal_kinds import category_of
from service.analysis.signal_sides import VIOLENT
from service.knowledge.lexicon import ESCALATORY, Lexicon, SignalCategory, SignalWords
from service.messages.enriched import Actor, Event, Signal

Status = Literal["threat", "act"]


@dataclass(slots=True)
class _Group:
    """Events that make one signal."""

    category: SignalCategory
    status: Status
    rule: str
    events: list[Event] = field(default_factory=list)

    @property
    def feared(self) -> bool:
        """Whether it is violence, but none that was done."""
        return all(event.type == "ASSAULT" and event.modality != "actual" for event in self.events)


def detect_signals(reading: Reading, lexicon: Lexicon) -> None:
    """Fill ``reading.signals`` from ``reading.events``, in the order of the text."""
    reading.signals.clear()
    actors = {actor.id: actor for actor in reading.actors}
    groups: dict[tuple[str, Status, tuple[str, ...]], _Group] = {}
    threatened = {
        (event.evidence.start, source)
        for event in reading.events
        if event.type == "THREATEN"
        for source in event.sources
    }
    for event in reading.events:
        if (
            event.type == "ASSAULT"
            and event.modality != "actual"
            and any((event.evidence.start, source) in threatened for source in event.sources)
        ):
            continue
        category = category_of(event, lexicon.rule(event.rule), reading, actors, lexicon.signals)
        if category is None:
            continue
        status: Status = "act" if event.modality == "actual" and category not in lexicon.signals.threats else "threat"
        group = groups.setdefault((category, status, _sides(event, actors)), _Group(category, status, event.rule))
        group.events.append(event)
    at_war = [set(sides) for (category, status, sides) in groups if category in VIOLENT and status == "act"]
    for (_, _, sides), group in groups.items():
        if group.feared and any(set(sides) <= fighting for fighting in at_war):
            continue  # what is feared in a war that is told of is that war
        if _doubt(group) > 1 - lexicon.signals.least:
            continue
        reading.signals.append(_signal(f"s{len(reading.signals)}", group, lexicon.signals))


def _doubt(group: _Group) -> float:
    """The probability that none of the events is as told."""
    return math.prod(1 - event.confidence for event in group.events)


def _sides(event: Event, actors: dict[str, Actor]) -> tuple[str, ...]:
    """The countries on both sides, sorted; an actor without a country stands for itself."""
    named = (*event.sources, *event.targets)
    return tuple(sorted({(actors[name].country if name in actors else None) or name for name in named}))


def _signal(name: str, group: _Group, words: SignalWords) -> Signal:
    first = group.events[0]
    involved = dict.fromkeys(
        name for event in group.events for name in (*event.sources, *event.targets, *event.affected)
    )
    return Signal(
        id=name,
        category=group.category,
        direction="escalatory" if group.category in ESCALATORY else "de-escalatory",
        status=group.status,
        gpr=words.gpr.get(group.category),
        events=[event.id for event in group.events],
        actors=list(involved),
        evidence=first.evidence,
        rule=group.rule,
    )

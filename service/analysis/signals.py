"""Signs of escalation and de-escalation: events whose rule names a category, grouped by category and countries.

A negated or historical deed raises nothing. A deed that is planned, asked for or feared raises a threat: for some
categories another one (an attack that is only threatened is ``war_threat``). Violence is a signal only between actors
that wage war or terror; what police and criminals do is not.
"""

from dataclasses import dataclass, field
from typing import Literal

from service.analysis.reading import Reading
from service.knowledge.lexicon import ESCALATORY, Lexicon, Rule, SignalCategory, SignalWords
from service.messages.enriched import Actor, Event, Signal

SILENT = frozenset({"negated", "historical"})
VIOLENT = frozenset({"war_escalation", "war_begin", "terror_act"})
CIVIL = frozenset({"GOV", "IGO"})
"""Sectors that wage war, but that an attack by nobody known need not mean: an office may be attacked with words, or by a thief."""
Status = Literal["threat", "act"]


@dataclass(slots=True)
class _Group:
    """Events that make one signal."""

    category: SignalCategory
    status: Status
    rule: str
    events: list[Event] = field(default_factory=list)


def detect_signals(reading: Reading, lexicon: Lexicon) -> None:
    """Fill ``reading.signals`` from ``reading.events``, in the order of the text."""
    reading.signals.clear()
    actors = {actor.id: actor for actor in reading.actors}
    groups: dict[tuple[str, Status, tuple[str, ...]], _Group] = {}
    for event in reading.events:
        category = _category(event, lexicon.rule(event.rule), actors, lexicon.signals)
        if category is None:
            continue
        status: Status = "act" if event.modality == "actual" and category not in lexicon.signals.threats else "threat"
        group = groups.setdefault((category, status, _sides(event, actors)), _Group(category, status, event.rule))
        group.events.append(event)
    for group in groups.values():
        reading.signals.append(_signal(f"s{len(reading.signals)}", group, lexicon.signals))


def _category(event: Event, rule: Rule, actors: dict[str, Actor], words: SignalWords) -> SignalCategory | None:
    category = rule.signal
    if category is None or event.modality in SILENT or event.modality in words.silent_modalities.get(category, ()):
        return None
    if category in VIOLENT and not _is_armed(event, actors, words):
        return None
    if category == "terror_act" and _is_of_state(event, actors, words):
        category = "war_escalation"
    return category if event.modality == "actual" else words.undone.get(category, category)


def _is_armed(event: Event, actors: dict[str, Actor], words: SignalWords) -> bool:
    """Whether somebody wages war here: who does it, or, where that is not known, whom it is done to."""
    by = [actors[name] for name in event.sources if name in actors]
    armed = words.armed_sectors if by else words.armed_sectors - CIVIL
    named = by or [actors[name] for name in event.targets if name in actors]
    return any(actor.sector in armed or actor.kind == "country" for actor in named)


def _is_of_state(event: Event, actors: dict[str, Actor], words: SignalWords) -> bool:
    """Whether states alone did it: what an army bombs is war, whatever the word."""
    by = [actors[name] for name in event.sources if name in actors]
    return bool(by) and all(
        actor.kind == "country" or actor.sector in words.armed_sectors - words.terror_sectors for actor in by
    )


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

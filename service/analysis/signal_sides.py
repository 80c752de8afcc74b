"""Who must be acting for a category of signal to stand, and what becomes of it by who acts.

Companies and people out of office raise none alone. Violence is a signal only between those that wage war or terror; what police and
criminals do is not. What an army bombs is war, whatever the word; what rebels do to civilians is terror; an office is not at war with its own state.
"""

from collections.abc import Iterable, Mapping

from service.knowledge.lexicon import SignalCategory, SignalWords
from service.messages.enriched import Actor, Event

VIOLENT = frozenset({"war_escalation", "war_begin", "terror_act"})
FORCEFUL = VIOLENT | {"war_threat"}
MENACES = frozenset({"war_threat", "escalation_warning"})
CIVIL = frozenset({"GOV", "IGO"})
"""Sectors that wage war, but that an attack by nobody known need not mean: an office may be attacked with words, or by a thief."""

Actors = Mapping[str, Actor]


def by_actors(category: SignalCategory, event: Event, actors: Actors, words: SignalWords) -> SignalCategory | None:
    """What becomes of the category by who acts and upon whom; None: they cannot raise it."""
    sources, targets = _known(event.sources, actors), _known(event.targets, actors)
    if all(_is_private(actor, words) for actor in sources or targets):
        return None
    if category in words.of_forces and sources and all(actor.sector in words.private_sectors for actor in sources):
        return None
    if category in words.between_states and not _is_between_states(sources, targets):
        return None
    if category in FORCEFUL and _is_of_one_state(sources, targets, words):
        return None
    if category in VIOLENT and not _is_armed(sources, targets, words) and (sources or category != "terror_act"):
        return None
    if category == "terror_act" and sources and all(_is_of_state(actor, words) for actor in sources):
        return "war_escalation"
    if sources and all(actor.sector in words.terror_sectors for actor in sources):
        if category in MENACES:
            return "terror_threat"
        if category == "war_escalation" and all(actor.sector in words.private_sectors for actor in targets):
            return "terror_act"
    return category


def _is_private(actor: Actor, words: SignalWords) -> bool:
    """Whether the actor is a company, a medium, a person out of office; a people that acts as one is not."""
    return actor.sector in words.private_sectors and actor.kind != "population"


def _known(names: Iterable[str], actors: Actors) -> list[Actor]:
    return [actors[name] for name in names if name in actors]


def _is_between_states(sources: list[Actor], targets: list[Actor]) -> bool:
    """Whether both sides are known, and not of one country."""
    return bool(sources and targets) and {actor.country for actor in sources} != {actor.country for actor in targets}


def _is_of_one_state(sources: list[Actor], targets: list[Actor], words: SignalWords) -> bool:
    """Whether both sides are of one state and none bears arms: what attacks there are words."""
    everybody = [*sources, *targets]
    civil = all(actor.sector not in words.armed_sectors - CIVIL for actor in everybody)
    return bool(sources and targets) and civil and len({actor.country for actor in everybody}) == 1


def _is_armed(sources: list[Actor], targets: list[Actor], words: SignalWords) -> bool:
    """Whether somebody wages war here: who does it, or, where that is not known, whom it is done to. An office does so with another side only."""
    armed = words.armed_sectors if sources and targets else words.armed_sectors - CIVIL
    return any(actor.sector in armed or actor.kind == "country" for actor in sources or targets)


def between_armed(event: Event, actors: Actors, words: SignalWords) -> bool:
    """Whether both sides are known and all of them may wage war; where ministers clash, they do so in words."""
    sources, targets = _known(event.sources, actors), _known(event.targets, actors)
    everybody = [*sources, *targets]
    armed = all(actor.sector in words.armed_sectors or actor.kind == "country" for actor in everybody)
    in_words = all(actor.kind == "person" and actor.sector in CIVIL for actor in everybody)
    return bool(sources and targets) and armed and not in_words


def by_fighters(event: Event, actors: Actors, words: SignalWords) -> bool:
    """Whether soldiers or armed groups, and nobody else, did it."""
    sources = _known(event.sources, actors)
    return bool(sources) and all(actor.sector == "MIL" or actor.sector in words.terror_sectors for actor in sources)


def _is_of_state(actor: Actor, words: SignalWords) -> bool:
    """Whether a state's army or office did it: what an army bombs is war, whatever the word."""
    return actor.kind == "country" or actor.sector in words.armed_sectors - words.terror_sectors

"""Sides of a war that only the article as a whole tells: it speaks of ``Russia's attack`` here, of ``the invasion of Ukraine`` there.

Each of the two names what the other lacks. Where the article knows one adversary of a country and no other, that one fills
the empty side of the country's deeds that a noun names. Nothing is filled from general knowledge.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from service.analysis.completion import TOLD_ELSEWHERE, Sided
from service.analysis.misparses import is_verb
from service.analysis.participants import Participant

FIGHTING: Final = "ASSAULT"
INDEFINITE: Final = frozenset({"a", "an", "any", "another", "no", "such"})


def pair_halves(deeds: Sequence[Sided], countries: Mapping[str, str]) -> None:
    """Fill, in place, the empty side of deeds of violence whose other side has one adversary in the article.

    ``countries`` maps an actor to its country; an actor without one stands for itself.
    """
    fights = [deed for deed in deeds if deed.rule.root == FIGHTING]
    against = {id(deed): _adversary(deed, fights, countries) for deed in fights if _is_half(deed)}
    for deed in fights:
        adversary = against.get(id(deed))
        if adversary is not None:
            weaker = [Participant(adversary.actor, adversary.certainty * TOLD_ELSEWHERE)]
            deed.sources, deed.targets = deed.sources or weaker, deed.targets or weaker


def _is_half(deed: Sided) -> bool:
    named = bool(deed.sources) != bool(deed.targets) and not is_verb(deed.trigger)
    return named and not any(child.lower_ in INDEFINITE for child in deed.trigger.children)


def _adversary(deed: Sided, fights: Sequence[Sided], countries: Mapping[str, str]) -> Participant | None:
    """The only country that stands on the other side of the article's deeds against, or by, the deed's known side."""
    own = {countries.get(p.actor, p.actor) for p in (*deed.sources, *deed.targets)}
    found: dict[str, Participant] = {}
    for other in fights:
        for facing in _facing(other, own, countries, struck=bool(deed.sources)):
            found.setdefault(countries.get(facing.actor, facing.actor), facing)
    return next(iter(found.values())) if len(found) == 1 else None


def _facing(other: Sided, own: set[str], countries: Mapping[str, str], *, struck: bool) -> list[Participant]:
    """Who, of another deed, may be the adversary of ``own``: its targets (``struck``) or its sources."""
    near, far = (other.sources, other.targets) if struck else (other.targets, other.sources)
    if near and own.isdisjoint({countries.get(p.actor, p.actor) for p in near}):
        return []
    return [p for p in far if countries.get(p.actor, p.actor) not in own]

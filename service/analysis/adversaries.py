"""Sides of a war that only the article as a whole tells: it speaks of ``Russia's attack`` here, of ``the invasion of Ukraine`` there.

Each of the two names what the other lacks. Where the article knows one adversary of a country and no other, that one fills
the empty side of the country's deeds that a noun names. Nothing is filled from general knowledge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from service.analysis.completion import TOLD_ELSEWHERE, Sided
from service.analysis.misparses import is_verb
from service.analysis.participants import Participant

HOSTILE: Final = frozenset({"ASSAULT", "THREATEN"})
INDEFINITE: Final = frozenset({"a", "an", "any", "another", "no", "such"})
Role = Literal["source", "target"]


@dataclass(slots=True)
class _Facing:
    """Who stands on the other side of an article's violence and threats, by role and by the country on this side ("" for nobody)."""

    countries: Mapping[str, str]
    found: dict[tuple[Role, str], dict[str, Participant]] = field(default_factory=dict)

    def add(self, deed: Sided) -> None:
        self._add("source", deed.sources, deed.targets)
        self._add("target", deed.targets, deed.sources)

    def _add(self, role: Role, near: Sequence[Participant], far: Sequence[Participant]) -> None:
        for side in sorted({self.side(p) for p in near}) or [""]:
            others = self.found.setdefault((role, side), {})
            for participant in far:
                others.setdefault(self.side(participant), participant)

    def side(self, participant: Participant) -> str:
        return self.countries.get(participant.actor, participant.actor)

    def adversary(self, role: Role, known: Sequence[Participant]) -> Participant | None:
        """The only one, not of their own side, who faces those known in the role; None where there are more or none."""
        own = {self.side(p) for p in known}
        others: dict[str, Participant] = {}
        for side in (*sorted(own), ""):
            for name, participant in self.found.get((role, side), {}).items():
                if name not in own:
                    others.setdefault(name, participant)
        return next(iter(others.values())) if len(others) == 1 else None


def pair_halves(deeds: Sequence[Sided], countries: Mapping[str, str]) -> None:
    """Fill, in place, the empty side of violence and threats whose other side has one adversary in the article.

    ``countries`` maps an actor to its country; an actor without one stands for itself.
    """
    facing = _Facing(countries)
    fights = [deed for deed in deeds if deed.rule.root in HOSTILE]
    for deed in fights:
        facing.add(deed)
    for deed in filter(_is_half, fights):
        adversary = facing.adversary("source" if deed.sources else "target", deed.sources or deed.targets)
        if adversary is not None:
            weaker = [Participant(adversary.actor, adversary.certainty * TOLD_ELSEWHERE)]
            deed.sources, deed.targets = deed.sources or weaker, deed.targets or weaker


def _is_half(deed: Sided) -> bool:
    known = deed.sources or (deed.targets and not is_verb(deed.trigger))
    named = bool(known) and not (deed.sources and deed.targets)
    return named and not any(child.lower_ in INDEFINITE for child in deed.trigger.children)

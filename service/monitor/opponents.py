"""Which pairs a deed is told of: whose deed it is and against whom, or, where a text leaves one side unsaid, whom it may have been against.

News is elliptic: "Kennedy orders a quarantine to make Moscow withdraw its missiles from Cuba" speaks of three countries whatever the
grammar says, and a report from a front names the other army once and then only its bunkers. The analysis names no target that it does not
know. The index needs no certainty about one sentence, so a sign of escalation with one known side counts half

* for each other country that its sentence names;
* where that names none, for the one country that the article sets against the known side.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from service.monitor.rules import Pair

HALF_KNOWN: Final = 0.5
"""Share of its points that a deed with one known side counts for a country that it may have been told of."""
PROTAGONISTS: Final = 0.9
"""Share of the salience of all countries that two must have together for the article to be about the two of them."""


class Span(Protocol):
    """A stretch of a field of the article."""

    field: str
    start: int
    end: int


class Named(Span, Protocol):
    """A name in the text, and whose it is."""

    actor: str | None


class Sided(Protocol):
    """The sides of an event, as ids of actors, and its sentence."""

    sources: list[str]
    targets: list[str]
    affected: list[str]

    @property
    def evidence(self) -> Span:
        """Its clause or sentence."""


def pairs_of(event: Sided, countries: Mapping[str, str]) -> Collection[Pair]:
    """Who deals with whom: each source's country with each target's, or with those affected where nobody is the target."""
    sources = _codes(event.sources, countries)
    if not sources:
        return ()
    others = _codes(event.targets, countries) or _codes(event.affected, countries)
    if len(sources) == len(others) == 1:  # as almost always
        (a,), (b,) = sources, others
        return () if a == b else (_pair(a, b),)
    return {_pair(a, b) for a in sources for b in others if a != b}


@dataclass(slots=True)
class Opponents:
    """The other side of an article's deeds of which one side is known.

    Args:
        countries: the country of each actor.
        salience: of each country, 0 to 1; what is missing to 1 belongs to actors of no country.
        entities: the names in the text.
    """

    countries: Mapping[str, str]
    salience: Mapping[str, float]
    entities: Sequence[Named]
    facing: dict[str, set[str]] = field(default_factory=dict)
    """The countries that each one is at odds with in the article, in so many words."""
    _names: "_Names | None" = None

    def face(self, pairs: Iterable[Pair]) -> None:
        """Take the pairs of a hostile deed whose two sides are known."""
        for a, b in pairs:
            self.facing.setdefault(a, set()).add(b)
            self.facing.setdefault(b, set()).add(a)

    def of(self, event: Sided) -> list[Pair]:
        """The pairs that a deed with one known side may have been told of."""
        known = {*_codes(event.sources, self.countries), *_codes(event.targets or event.affected, self.countries)}
        if len(known) != 1:
            return []
        (one,) = known
        others = self._sentence(event.evidence) - known or self._adversary(one)
        return [_pair(one, other) for other in others]

    def _adversary(self, one: str) -> Collection[str]:
        """The country that the article sets against this one: the only one at odds with it, or the other of its two protagonists."""
        facing = self.facing.get(one, set())
        if len(facing) == 1:
            return facing
        two = set(sorted(self.salience, key=lambda code: (-self.salience[code], code))[:2])
        others = two - {one}
        if one not in two or (facing and not others <= facing):
            return ()
        about = sum(self.salience[code] for code in two) >= PROTAGONISTS * sum(self.salience.values())
        return others if about else ()

    def _sentence(self, sentence: Span) -> set[str]:
        """The countries that a sentence names."""
        if self._names is None:
            self._names = _names(self.entities, self.countries)
        starts, ends = self._names.get(sentence.field, ((), ()))
        first, last = bisect_left(starts, sentence.start), bisect_left(starts, sentence.end)
        return {code for end, code in ends[first:last] if end <= sentence.end}


_Names = Mapping[str, tuple[Sequence[int], Sequence[tuple[int, str]]]]
"""Of each field the starts of the names that stand for a country, in order, and with each its end and the country."""


def _names(entities: Sequence[Named], countries: Mapping[str, str]) -> _Names:
    fields: dict[str, list[tuple[int, int, str]]] = {}
    for entity in entities:
        code = countries.get(entity.actor or "")
        if code is not None:
            fields.setdefault(entity.field, []).append((entity.start, entity.end, code))
    for found in fields.values():
        found.sort()
    return {
        name: ([each[0] for each in found], [(each[1], each[2]) for each in found]) for name, found in fields.items()
    }


def _codes(names: Sequence[str], countries: Mapping[str, str]) -> Collection[str]:
    if not names:
        return ()
    if len(names) == 1:  # as almost always; a set would take longer than all the rest
        code = countries.get(names[0])
        return (code,) if code else ()
    return {countries[name] for name in names if name in countries}


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)

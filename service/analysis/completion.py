"""Sides of a deed that its own sentence leaves unsaid and the article tells elsewhere: ``the war``, ``Russian aggression``.

A noun that speaks of a deed again takes the missing side from the nearest deed of its kind whose known sides agree. A
reply takes its target from what it replies to. Nothing is completed from general knowledge.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from spacy.tokens import Token

from service.analysis.misparses import is_verb
from service.analysis.participants import Participant
from service.analysis.syntax import Arguments
from service.knowledge.lexicon import Rule

TOLD_ELSEWHERE: Final = 0.8  # certainty kept by a side that another sentence names
FAMILIES: Final[Mapping[str, str]] = {"AGREE": "talks", "CONSULT": "talks", "COOPERATE": "talks"}
REPLIES: Final[Mapping[str, frozenset[str]]] = {
    "REJECT": frozenset({"ACCUSE", "REQUEST", "THREATEN", "SANCTION"}),
}
BOTH: Final = frozenset(
    {"side", "country", "nation", "party", "neighbour", "neighbor", "rival", "capital", "both", "two", "pair"}
)
LASTING: Final = frozenset({"AGREE", "CONSULT", "COOPERATE", "ASSAULT", "SANCTION", "AID"})
REACH: Final = 20  # deeds before and after among which one that tells the sides is sought
DEFINITE: Final = frozenset({"the", "this", "that", "these", "those", "both"})
INDEFINITE: Final = frozenset({"a", "an", "no", "any", "another", "some", "new", "possible", "future"})


def may_be_completed(trigger: Token, roles: Arguments, rule: Rule) -> bool:
    """Whether the article may tell the sides: of a noun, or of a mutual verb whose subject is ``the two sides``."""
    if not is_verb(trigger):
        return True
    return rule.mutual and any(head.lemma_.lower() in BOTH for head in roles.subjects)


class Sided(Protocol):
    """What completion reads and fills of a deed."""

    trigger: Token
    rule: Rule
    sources: list[Participant]
    targets: list[Participant]


@dataclass(frozen=True, slots=True)
class Completion:
    """Fills the missing sides of an article's deeds; ``countries`` maps an actor to its country."""

    countries: Mapping[str, str]

    def complete(self, deeds: Sequence[Sided]) -> None:
        """Fill in place, in the order of the text, so that what was completed helps those after it."""
        for position, deed in enumerate(deeds):
            if deed.sources and deed.targets:
                continue
            for other in _nearest(deeds, position):
                if self._completed(deed, other):
                    break

    def _completed(self, deed: Sided, other: Sided) -> bool:
        if not (other.sources and other.targets):
            return False
        if deed.rule.root in REPLIES and other.rule.root in REPLIES[deed.rule.root]:
            return self._replied(deed, other)
        if _family(deed) != _family(other) or (is_verb(deed.trigger) and (deed.sources or deed.targets)):
            return False
        if not deed.sources and not deed.targets:
            if not _is_known(deed):
                return False
            deed.sources, deed.targets = _weaker(other.sources), _weaker(other.targets)
            return True
        turned = deed.rule.mutual and other.rule.mutual
        pairs = (
            [(other.sources, other.targets), (other.targets, other.sources)]
            if turned
            else [(other.sources, other.targets)]
        )
        for sources, targets in pairs:
            if deed.sources and not deed.targets and self._same(deed.sources, sources):
                deed.targets = self._others(deed.sources, targets)
            elif deed.targets and not deed.sources and self._same(deed.targets, targets):
                deed.sources = self._others(deed.targets, sources)
            else:
                continue
            return bool(deed.sources and deed.targets)
        return False

    def _replied(self, deed: Sided, other: Sided) -> bool:
        if not deed.sources or deed.targets or not self._same(deed.sources, other.targets):
            return False
        deed.targets = self._others(deed.sources, other.sources)
        return bool(deed.targets)

    def _side(self, participant: Participant) -> str:
        return self.countries.get(participant.actor, participant.actor)

    def _same(self, some: list[Participant], others: list[Participant]) -> bool:
        return not {self._side(p) for p in some}.isdisjoint({self._side(p) for p in others})

    def _others(self, known: list[Participant], found: list[Participant]) -> list[Participant]:
        """``found`` without those who are on the known side already."""
        sides = {self._side(p) for p in known}
        return _weaker([p for p in found if self._side(p) not in sides])


def _weaker(participants: list[Participant]) -> list[Participant]:
    return [Participant(p.actor, p.certainty * TOLD_ELSEWHERE) for p in participants]


def _family(deed: Sided) -> str:
    return FAMILIES.get(deed.rule.root, deed.rule.root)


def _is_known(deed: Sided) -> bool:
    """Whether the word may speak of a deed that the reader knows already: ``the war``, ``these talks``, not ``a war``.

    What goes on for long is spoken of again without an article as well, ``talks``; ``criticism`` may be anybody's.
    """
    own = {child.lower_ for child in deed.trigger.children}
    return not own & INDEFINITE and (deed.rule.root in LASTING or bool(own & DEFINITE))


def _nearest(deeds: Sequence[Sided], position: int) -> Iterator[Sided]:
    """The deeds before, nearest first, then those after; none that is far away."""
    yield from reversed(deeds[max(position - REACH, 0) : position])
    yield from deeds[position + 1 : position + 1 + REACH]

"""People and the offices that they hold, held or will hold, by date."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from service.knowledge.records import Office

LEADERS: Final = frozenset({"head_of_state", "head_of_government", "leader"})
"""Kinds of office whose holders lead a state; ``leader`` is a ruling party's, where the party rules the state."""

_RANKS: Final = {"head_of_state": 5, "head_of_government": 5, "leader": 4, "vice_president": 4, "heir_apparent": 4}
_GENERATION: Final = 25
"""Years; of two former holders of one name the one of a later generation is meant."""

_SECTOR_RANKS: Final = {"GOV": 3, "MIL": 3, "IGO": 3, "REB": 3, "SPY": 3, "LEG": 2, "OPP": 2, "JUD": 2}


class Tenure(IntEnum):
    """How an office stands to a day; a higher value is a better reason to take a person for its holder."""

    FUTURE = 0
    FORMER = 1
    CURRENT = 2


def rank(office: Office) -> int:
    """1 to 5: which of several offices held at once names the person (a president who chairs the council is the president)."""
    return _RANKS.get(office.office or "", _SECTOR_RANKS.get(office.sector, 1))


def tenure(office: Office, day: str) -> Tenure:
    """Whether the office is held on ``day`` (YYYY-MM-DD)."""
    if office.since is not None and day < office.since:
        return Tenure.FUTURE
    return Tenure.FORMER if office.until is not None and office.until <= day else Tenure.CURRENT


@dataclass(frozen=True, slots=True)
class Person:
    """A person with dated offices; ``offices`` are in order of their beginning."""

    id: str
    name: str
    family_name: str
    offices: tuple[Office, ...]

    @property
    def leads(self) -> bool:
        """Whether the person was ever a head of state or government."""
        return any(office.office in LEADERS for office in self.offices)

    def office_on(self, day: str) -> tuple[Office, Tenure]:
        """The office that names the person on ``day``: the highest of those held, else the last one held, else the first to come."""

        def preference(office: Office) -> tuple[int, int, str]:
            standing = tenure(office, day)
            if standing is Tenure.CURRENT:
                return standing, rank(office), office.since or ""
            if standing is Tenure.FORMER:
                return standing, _recency(office, day), office.until or ""
            return standing, -int((office.since or "9999")[:4]), ""

        best = max(self.offices, key=preference)
        return best, tenure(best, day)


def _recency(office: Office, day: str) -> int:
    """Of past offices the highest names the person ("former president"), unless it ended 20 years before."""
    years = int(day[:4]) - int((office.until or day)[:4])
    return rank(office) if years < 20 else 0


def standing(person: Person, day: str) -> tuple[int, int, int, str]:
    """Sorts people of one name on ``day``: holders of office first, the highest of them first; then former holders, leaders before
    others and the latest before earlier ones; last who will hold one later."""
    office, held = person.office_on(day)
    if held is Tenure.FORMER:
        return -held, -int((office.until or day)[:4]) // _GENERATION, -rank(office), person.id
    return -held, -rank(office), -int((office.since or "0")[:4]), person.id

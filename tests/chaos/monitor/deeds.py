"""What happens between the countries of the made-up world: which deeds there are, and how they come and go.

Each pair has a daily share of the news, and some have crises: days on which deeds of war pile up, then days on which they
are taken back. So indexes rise through the alert levels and fall again, on several pairs at once.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from service.messages.enriched import DeEscalatoryCategory, EscalatoryCategory, PloverRoot

COUNTRIES = {
    "ARM": "Armenia", "AZE": "Azerbaijan", "CHN": "China", "EGY": "Egypt", "ETH": "Ethiopia", "IND": "India",
    "IRN": "Iran", "ISR": "Israel", "PAK": "Pakistan", "RUS": "Russia", "UKR": "Ukraine", "USA": "America",
}  # fmt: skip

PLACES = (
    "Abovyan", "Akhtala", "Bakhmut", "Balat", "Chaman", "Dobele", "Gavar", "Gwadar", "Hatta", "Imst", "Jolfa", "Kars",
    "Khost", "Lachin", "Marand", "Mekele", "Nagar", "Omsk", "Penza", "Quba", "Rafah", "Sarab", "Taba", "Wagah",
)  # fmt: skip

CIRCUMSTANCES = (
    "airfield", "ambulance", "anchorage", "archive", "avalanche", "barracks", "bazaar", "bridge", "canal", "caravan",
    "checkpoint", "chimney", "convoy", "customs", "depot", "dispatch", "embassy", "ferry", "fishery", "floodlight",
    "garrison", "glacier", "granary", "harbour", "helmet", "hospital", "inspector", "interpreter", "island", "journal",
    "junction", "kitchen", "ladder", "lighthouse", "market", "meadow", "minefield", "monastery", "orchard", "outpost",
    "parade", "pipeline", "plateau", "pontoon", "quarry", "radar", "railway", "ravine", "reservoir", "runway",
    "shepherd", "signal", "smoke", "station", "summit", "telegram", "tunnel", "valley", "viaduct", "warehouse",
)  # fmt: skip
"""Words that tell one deed from another of its kind."""

Pair = tuple[str, str]
"""Sorted country codes."""

PAIRS: tuple[Pair, ...] = tuple(combinations(sorted(COUNTRIES), 2))[::2]

DAYS = 60

_CRISES = 8
"""Pairs that heat up; some of them twice."""

_RISE, _FALL = (3, 7), (3, 5)
"""Shortest and longest stretch of escalation and of what takes it back, in days."""

_CRISIS_WEIGHT = 14.0
"""Articles about a pair on a day of crisis, for each one on an ordinary day."""


@dataclass(frozen=True, slots=True)
class Deed:
    """A kind of deed as the lexicon codes it: ``rule`` is the rule's name, ``points`` those of the score."""

    words: str
    type: PloverRoot
    mode: str | None
    cameo: str
    quad_class: int
    goldstein: float
    points: float
    rule: str
    category: EscalatoryCategory | DeEscalatoryCategory | None = None
    threat: bool = False
    gpr: int | None = None


HOSTILE = (
    Deed("fired rockets at", "ASSAULT", "heavy-weapons", "194", 4, -10.0, 22, "assault.heavy-weapons.fire-at", "war_escalation", gpr=7),
    Deed("invaded", "ASSAULT", "territory", "192", 4, -9.5, 30, "assault.territory.invade", "war_begin", gpr=6),
    Deed("threatened retaliation against", "THREATEN", "violence", "138", 3, -7.0, 14, "threaten.military.retaliation", "war_threat", True, 1),
    Deed("gave an ultimatum to", "THREATEN", "violence", "137", 3, -7.0, 16, "threaten.ultimatum.give", "ultimatum", True, 1),
    Deed("expelled diplomats of", "SANCTION", "expel", "161", 4, -4.0, 10, "sanction.expel.diplomats", "diplomatic_rupture"),
    Deed("imposed sanctions on", "SANCTION", "discontinue", "163", 4, -6.5, 8, "sanction.discontinue.impose", "sanctions"),
    Deed("warned", "THREATEN", None, "130", 3, -4.4, 1.1, "threaten.general.warn"),
)  # fmt: skip

FRIENDLY = (
    Deed("negotiated with", "CONSULT", None, "046", 1, 7.0, -10, "consult.meet.peace-talks", "negotiation"),
    Deed("held talks with", "CONSULT", None, "046", 1, 7.0, -10, "consult.meet.talks", "negotiation"),
    Deed("lifted sanctions on", "CONCEDE", "ease", "085", 2, 7.0, -10, "concede.ease.lift-sanctions", "sanctions_relief"),
    Deed("hammered out a plan with", "AGREE", None, "030", 1, 4.0, -12, "agree.approve.recognise-deal", "agreement"),
    Deed("telephoned", "CONSULT", "phone", "041", 1, 1.0, -0.25, "consult.phone.telephone"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A deed done by one country of the pair to the other, on a day (0 to :data:`DAYS` - 1) at a minute of it."""

    pair: Pair
    source: str
    target: str
    deed: Deed
    place: str
    circumstances: tuple[str, ...]
    day: int
    minute: int


def occurrences(chooser: random.Random) -> Iterator[Occurrence]:
    """Deeds without end, in no order of time, drawn from one course of events."""
    tempers = _tempers(chooser)
    where = [(pair, day) for pair in PAIRS for day in range(DAYS)]
    weights = [1.0 if (pair, day) not in tempers else _CRISIS_WEIGHT for pair, day in where]
    while True:
        ((pair, day),) = chooser.choices(where, weights)
        hostile = tempers.get((pair, day), 0.4)
        source, target = chooser.sample(pair, 2)
        deed = chooser.choice(HOSTILE if chooser.random() < hostile else FRIENDLY)
        circumstances = tuple(chooser.sample(CIRCUMSTANCES, 9))
        minute = chooser.randrange(24 * 60)
        yield Occurrence(pair, source, target, deed, chooser.choice(PLACES), circumstances, day, minute)


def _tempers(chooser: random.Random) -> dict[tuple[Pair, int], float]:
    """Share of hostile deeds on the days of crisis, by pair and day."""
    tempers: dict[tuple[Pair, int], float] = {}
    for pair in chooser.sample(PAIRS, _CRISES):
        day = chooser.randint(10, 20)
        for _ in range(chooser.choice((1, 2))):
            rise, fall = chooser.randint(*_RISE), chooser.randint(*_FALL)
            tempers |= {(pair, day + number): 0.9 for number in range(rise)}
            tempers |= {(pair, day + rise + number): 0.05 for number in range(fall)}
            day += rise + fall + chooser.randint(8, 14)
    return {(pair, day): share for (pair, day), share in tempers.items() if day < DAYS}

"""Ships by name: in "the Soviet tanker Bucharest" neither the city acts nor Romania, and "the Bucharest" later on is the tanker."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from spacy.tokens import Doc, Token

from service.analysis.actor_names import Name, is_possessive
from service.analysis.reading import Mention

_VESSELS: Final = frozenset(
    """battleship coaster corvette cruiser destroyer ferry freighter frigate gunboat liner merchantman minesweeper ship steamer
    steamship submarine tanker trawler tugboat vessel warship yacht""".split()  # noqa: SIM905
)
"""Nouns of ships. A carrier is left out unless it is an aircraft carrier: airlines are carriers, too."""

_NAVIES: Final = {
    "USS": "USA", "USNS": "USA", "HMS": "GBR", "RFA": "GBR", "HMCS": "CAN", "HMAS": "AUS", "HMNZS": "NZL", "ROKS": "KOR",
    "TCG": "TUR", "ARA": "ARG",
}  # fmt: skip
"""Prefixes of ships that one navy alone uses (INS is India's and Israel's)."""

_QUOTES: Final = frozenset({'"', "“", "”", "'", "‘", "’", "``", "''"})
_NAME_TAGS: Final = frozenset({"NNP", "NNPS"})
_MISTAKEN_TAGS: Final = frozenset({"NN", "NNS", "JJ"})
_MAX_WORDS: Final = 5


@dataclass(frozen=True, slots=True)
class Ship:
    """Tokens ``start`` to ``end`` (half-open) that name a ship, a prefix with them; ``noun`` is the token index of the noun
    of vessels before it, ``navy`` the country that the prefix tells. One of the two is there."""

    start: int
    end: int
    noun: int | None
    navy: str | None

    def name(self, doc: Doc) -> str:
        """What the ship is called without the prefix of its navy."""
        return doc[self.start + (self.navy is not None) : self.end].text


def find_ships(doc: Doc, names: list[Name], mentions: list[Mention]) -> list[Ship]:
    """All ships that are named after a noun of vessels or a navy's prefix."""
    dates = {i for mention in mentions if mention.label == "DATE" for i in range(mention.start, mention.end)}
    states = {name.start for name in names if name.ref("country", "adjective", "people") is not None}
    found: list[Ship] = []
    for token in doc:
        if found and token.i < found[-1].end:
            continue
        navy = _NAVIES.get(token.text)
        noun = token.i if _is_vessel(token) else None
        if navy is None and noun is None:
            continue
        start = token.i if navy is not None else token.i + 1
        while noun is not None and start < len(doc) and doc[start].text in _QUOTES and not is_possessive(doc[start]):
            start += 1
        end = _end(doc, token.i + 1 if navy is not None else start, dates, lax=token.is_lower)
        if end > token.i + 1 and start < end and start not in states:
            found.append(Ship(start, end, noun, _NAVIES.get(doc[start].text)))
    return found


def _is_vessel(token: Token) -> bool:
    if token.pos_ not in {"NOUN", "PROPN"}:
        return False
    before = token.doc[token.i - 1].lower_ if token.i > 0 else ""
    return token.lower_.removesuffix("s") in _VESSELS or (token.lower_ == "carrier" and before == "aircraft")


def _end(doc: Doc, start: int, dates: set[int], *, lax: bool) -> int:
    """Where a name that begins at ``start`` ends: proper nouns and initials, and if ``lax``, as after a noun that is not
    capitalised itself, whatever the tagger makes of a rare name."""
    tags = _NAME_TAGS | _MISTAKEN_TAGS if lax else _NAME_TAGS
    at = start
    while (
        at < min(len(doc), start + _MAX_WORDS)
        and at not in dates
        and doc[at].text[:1].isupper()
        and doc[at].tag_ in tags
    ):
        at += 1
    return at


def named_again(doc: Doc, ships: dict[str, str], taken: set[int]) -> Iterator[tuple[int, int, str]]:
    """Where "the Bucharest" stands for a ship that the article has named: tokens, and what ``ships`` says of the name."""
    for token in doc:
        if token.i and token.doc[token.i - 1].lower_ == "the" and token.i not in taken and token.text in ships:
            yield token.i, token.i + 1, ships[token.text]

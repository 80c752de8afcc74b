"""Names as they are looked up: folded to plain lower-case words, found longest first.

"Sana'a", "Sanaa" and "SANAA" are one name, and so are "U.S." and "US"; but "us" is no country and "who" no organisation:
a name that is written in capitals must stand in capitals in the text, one that begins with a capital with a capital.
"""

import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

_SPECIAL: Final = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
)
_DROPPED: Final = re.compile(r"['’‘ʼʻ`.]")
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_WORD: Final = re.compile(r"[^\W_]+")
_CACHE_SIZE: Final = 1 << 15  # folded tokens, some 4 MB


@lru_cache(maxsize=_CACHE_SIZE)
def fold(text: str) -> tuple[str, ...]:
    """The words of ``text`` without case, accents, apostrophes and full stops; punctuation alone has none."""
    if text.isascii():
        plain = text.lower()
    else:
        visible = _INVISIBLE.sub("", text)
        decomposed = unicodedata.normalize("NFKD", visible).casefold().translate(_SPECIAL)
        plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return tuple(_WORD.findall(_DROPPED.sub("", plain)))


class Sense(NamedTuple):
    """What a name can mean: ``kind`` says in which table ``ref`` is found."""

    kind: str
    ref: str


class NameSense(NamedTuple):
    """A sense, and how the name must be written for it: in ``capitals``, or at least with a ``capital`` at its beginning."""

    sense: Sense
    capitals: bool
    capital: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """The longest name that begins at a place: how many words it has and what it can mean."""

    length: int
    senses: tuple[Sense, ...]


class NameIndex:
    """Finds the longest known name at a place in a sequence of words. Memory: about 150 bytes a name."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, ...], tuple[NameSense, ...]] = {}
        self._longest: dict[str, int] = {}

    @classmethod
    def of(cls, names: Iterable[tuple[str, Sense]]) -> "NameIndex":
        """An index of these names; of several senses of a name, the first given comes first."""
        index = cls()
        for name, sense in names:
            index.add(name, sense)
        return index

    def __len__(self) -> int:
        return len(self._names)

    def add(self, name: str, sense: Sense) -> None:
        """Let ``name`` mean ``sense``, beside what it means already; a leading lower-case "the" is left away."""
        written = name.removeprefix("the ")
        words = tuple(
            map(sys.intern, fold.__wrapped__(written))
        )  # the words of names recur; what is folded here is not met in texts
        if not words:
            return
        entry = NameSense(sense, len(words) == 1 and _is_abbreviation(written), written[:1].isupper())
        known = self._names.get(words, ())
        twin = next((other for other in known if other.sense == sense), None)
        if twin is None:
            self._names[words] = (*known, entry)
        else:  # "NATO" and "Nato": the laxer way of writing holds
            laxer = NameSense(sense, twin.capitals and entry.capitals, twin.capital and entry.capital)
            self._names[words] = tuple(laxer if other is twin else other for other in known)
        self._longest[words[0]] = max(len(words), self._longest.get(words[0], 0))

    def exact(self, words: tuple[str, ...]) -> tuple[Sense, ...]:
        """What these words mean, however they are written."""
        return tuple(entry.sense for entry in self._names.get(words, ()))

    def longest(self, words: Sequence[str], texts: Sequence[str], at: int) -> Hit | None:
        """The longest name whose words begin at ``at``; ``texts`` are the words as they stand in the text."""
        most = self._longest.get(words[at])
        if most is None:
            return None
        for length in range(min(most, len(words) - at), 0, -1):
            entries = self._names.get(tuple(words[at : at + length]))
            if entries:
                senses = tuple(entry.sense for entry in entries if _is_written_so(entry, texts[at : at + length]))
                if senses:
                    return Hit(length, senses)
        return None


def _is_abbreviation(word: str) -> bool:
    letters = [char for char in word if char.isalpha()]
    return len(letters) <= 6 and all(char.isupper() for char in letters)


def _is_written_so(entry: NameSense, texts: Iterable[str]) -> bool:
    if entry.capitals:
        return all(text.isupper() for text in texts)
    return not entry.capital or next(iter(texts))[:1].isupper()

"""Tokens as the encoder reads them: pieces of a fixed vocabulary, and the shape of the word that they are part of.

The vocabulary is that of the uncased BERT models: it knows no capitals, so each piece is accompanied by the shape of its
word, which is what a headline in capitals and a sentence about the Turkish army differ in from plain words.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.analysis.caches import BoundedCache

CLS: Final = 101
SEP: Final = 102
UNKNOWN: Final = 100
MAX_PIECES_OF_A_WORD: Final = 24
"""More pieces say nothing of a word; a thousand letters without a space must not cost a thousand places."""

LONGEST_PIECE: Final = 20  # code points

ASCII_SYMBOLS: Final = frozenset("$+<=>^`|~")
"""Punctuation to BERT, symbols to Unicode."""

CACHE_SIZE: Final = 20_000  # entries, about 6 MB: nearly all words of a stream of news

LOWER, TITLE, UPPER, LETTER, MIXED, DIGITS = range(6)
SHAPES: Final = 8
"""Rows of the table of shapes; the last two are not used."""

QUOTES: Final = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"', "‑": "-", "…": "."})


@dataclass(frozen=True, slots=True)
class Pieces:
    """The piece numbers of one token, at least one, and the shape of the whole token."""

    ids: tuple[int, ...]
    shape: int


class Wordpieces:
    """Turns tokens into pieces and remembers the common ones.

    Wu et al. 2016 as BERT has it: without capitals and accents, punctuation apart, then the longest known beginning again
    and again. (The library that has it brings a client of a model hub along; a service that is offline by design has no use for one.)
    """

    def __init__(self, vocabulary: Path) -> None:
        """Load ``vocabulary``, a piece a line; "##" in front says that it continues a word. Raises OSError when it is not there."""
        lines = vocabulary.read_text(encoding="utf-8").splitlines()
        self._numbers = {piece: number for number, piece in enumerate(lines)}
        self._known: BoundedCache[str, Pieces] = BoundedCache(CACHE_SIZE)

    def __call__(self, words: Iterable[str]) -> list[Pieces]:
        """The pieces of each word."""
        known = self._known
        return [known.get(word) or self._learn(word) for word in words]

    def _learn(self, word: str) -> Pieces:
        ids = [number for part in _parts(word) for number in self._pieces(part)]
        pieces = Pieces(tuple(ids[:MAX_PIECES_OF_A_WORD]) or (UNKNOWN,), shape(word))
        self._known[word] = pieces
        return pieces

    def _pieces(self, part: str) -> list[int]:
        found: list[int] = []
        start = 0
        while start < len(part) and len(found) < MAX_PIECES_OF_A_WORD:
            prefix = "##" if start else ""
            for end in range(min(len(part), start + LONGEST_PIECE), start, -1):
                number = self._numbers.get(prefix + part[start:end])
                if number is not None:
                    found.append(number)
                    start = end
                    break
            else:
                return [UNKNOWN]
        return found


def _parts(word: str) -> list[str]:
    """A token as the vocabulary writes it, punctuation and ideographs each a part of its own."""
    plain = unicodedata.normalize("NFKC", word).translate(QUOTES).lower()
    parts = [""]
    for char in unicodedata.normalize("NFD", plain):
        kind = unicodedata.category(char)
        if kind == "Mn" or kind[0] == "C":
            continue
        if kind[0] == "P" or char in ASCII_SYMBOLS or "\u4e00" <= char <= "\u9fff":
            parts += [char, ""]
        elif char.isspace():
            parts.append("")
        else:
            parts[-1] += char
    return [part for part in parts if part]


def shape(word: str) -> int:
    """How a word is written, 0 to 5: without capitals, Capitalised, CAPITALS, a single capital, miXed, digits."""
    if word.isdigit():
        return DIGITS
    if word.islower() or not any(char.isalpha() for char in word):
        return LOWER
    if word.isupper():
        return LETTER if sum(char.isalpha() for char in word) == 1 else UPPER
    return TITLE if word[0].isupper() and word[1:].islower() else MIXED

"""The text as a reader sees it: without invisible characters, one way to write each letter.

A soft hyphen or a zero-width space inside "Rus\u00adsia", an accent written as a character of its own, a full-width letter, a ligature, a
no-break space, a control character, a tag or an entity of HTML make another word of it for tokenizer, model and every list of names, and
none for a reader. So what is analysed is the legible text, and each of its code points remembers which of the article's own it stands
for: offsets keep pointing into the article.
"""

import html
import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Final

from service.analysis.markup import ENTITY, INLINE_TAG
from service.messages.text import scalar_values

_ODD_ASCII: Final = re.compile(rf"[\x00-\x08\x0e-\x1f\x7f]|{INLINE_TAG}|{ENTITY}")
_ODD: Final = re.compile(
    f"{_ODD_ASCII.pattern}|[\x80-\x84\x86-\x9f]"
    "|[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"  # invisible
    "|[^\\W\\d_][\u0300-\u036f]+"  # a letter and its accents
    "|[\u00a0\u2000-\u200a\u202f\u205f\u3000]"  # spaces that are no U+0020
    "|[\ufb00-\ufb06\uff01-\uff5e]",  # ligatures, full-width forms
)


@dataclass(frozen=True, slots=True)
class Legible:
    """A legible text; code point ``i`` stands for the source's ``starts[i]`` to ``ends[i]`` (None: for the same one)."""

    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Half-open offsets into the source of a stretch of the text that is not empty."""
        if self.starts is None or self.ends is None or start >= end:
            return start, end
        return self.starts[start], self.ends[end - 1]


def legible(source: str) -> Legible:
    """Make a text legible, lone surrogates replaced one for one. Linear; most texts have nothing odd and come back as they are."""
    source = scalar_values(source)
    odd_ones = _ODD_ASCII if source.isascii() else _ODD
    if odd_ones.search(source) is None:
        return Legible(source)
    parts: list[str] = []
    starts, ends = array("l"), array("l")
    position = 0
    for odd in odd_ones.finditer(source):
        parts.append(source[position : odd.start()])
        starts.extend(range(position, odd.start()))
        ends.extend(range(position + 1, odd.start() + 1))
        plain = _plain(odd.group())
        parts.append(plain)
        starts.extend(repeat(odd.start(), len(plain)))
        ends.extend(repeat(odd.end(), len(plain)))
        position = odd.end()
    parts.append(source[position:])
    starts.extend(range(position, len(source)))
    ends.extend(range(position + 1, len(source) + 1))
    text = "".join(parts)
    return Legible(text, starts, ends) if text.strip() else Legible(source)


def _plain(odd: str) -> str:
    """What a reader sees: nothing, a space, or the letter. An accent that no letter carries stays out."""
    if odd[0] == "<":
        return ""
    if odd[0] == "&":
        named = html.unescape(odd)
        return (
            odd if named == odd else "".join(_plain(c) if _ODD.match(c) else " " if c.isspace() else c for c in named)
        )
    if unicodedata.category(odd[0]) in {"Cc", "Cf", "Mn"}:
        return " " if odd.isspace() else ""
    composed = unicodedata.normalize("NFKC", odd)
    return composed if composed.isascii() or len(odd) == 1 else composed[0]

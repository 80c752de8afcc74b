"""How alike two news texts are: MinHash (Broder 1997) over their words, kept in 128 bytes.

The Jaccard similarity of two sets is the chance that their least elements under a random hash are the same, so the share
of equal minima over 64 hashes estimates it, with a standard error of at most 0.0625. Of each minimum the low 16 bits are
kept (b-bit minwise hashing, Li and König 2010); two different ones agree by chance once in 65,536.
"""

import re
import struct
from typing import Final

from rensa import RMinHash

HASHES: Final = 64
_SEED: Final = 1962
_FORMAT: Final = struct.Struct(f"<{HASHES}H")
_LOW: Final = int.from_bytes(b"\xff\x7f" * HASHES, "little")
_HIGH: Final = int.from_bytes(b"\x00\x80" * HASHES, "little")
_WORD: Final = re.compile(r"[^\W_]{4,}")
"""Words of four letters and more: most function words of English are shorter."""
_STEM: Final = 6
"""Letters of a word that count, so that "dismantling" and "dismantled" are one."""
_COMMON: Final = frozenset(
    word[:_STEM]
    for word in [
        "about",
        "after",
        "against",
        "also",
        "because",
        "been",
        "before",
        "being",
        "between",
        "could",
        "during",
        "from",
        "government",
        "have",
        "into",
        "more",
        "most",
        "news",
        "official",
        "over",
        "said",
        "same",
        "says",
        "some",
        "spokesman",
        "statement",
        "than",
        "that",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "through",
        "today",
        "under",
        "until",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "will",
        "with",
        "would",
        "year",
        "years",
        "yesterday",
    ]
)
"""Stems that say nothing of the story; "said" stands in every one."""
WORDS: Final = 120
"""Words of the text that count: news tells the story first, and the rest is background."""


def signature(title: str, body: str) -> bytes:
    """The signature of an article: 128 bytes, the same for the same words in any order. Empty when there are no words."""
    stems = _stems(title) | _stems(" ".join(body.split(maxsplit=WORDS)[:WORDS]))
    if not stems:
        return b""
    minhash = RMinHash(num_perm=HASHES, seed=_SEED)
    minhash.update(sorted(stems))
    return _FORMAT.pack(*(minimum & 0xFFFF for minimum in minhash.digest()))


def similarity(one: bytes, other: bytes) -> float:
    """The estimated Jaccard similarity of two signatures, 0 to 1; nothing is like an empty one.

    The share of 16-bit lanes of their exclusive or that are 0. Adding 0x7FFF to the low 15 bits of a lane carries into its
    highest bit unless they are all 0 (Warren, Hacker's Delight, 6-1), so no loop over the lanes is needed.
    """
    if not one or not other:
        return 0.0
    different = int.from_bytes(one, "little") ^ int.from_bytes(other, "little")
    return 1 - ((((different & _LOW) + _LOW) | different) & _HIGH).bit_count() / HASHES


def _stems(text: str) -> set[str]:
    return {match.group().casefold()[:_STEM] for match in _WORD.finditer(text)} - _COMMON

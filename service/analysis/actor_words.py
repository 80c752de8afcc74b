"""Words that say what kind of organisation a name is, and words that are in the names of many: both tell no country."""

from typing import Final

_SECTORS: Final = {
    "GOV": "ministry department government embassy consulate commission agency authority cabinet presidency administration office secretariat treasury citizenship bureau directorate municipality council service foreign mfa",
    "MIL": "army navy military forces brigade regiment battalion division corps squadron fleet command infantry marines militia troops guard guards",
    "LEG": "parliament senate assembly congress legislature duma council committee chamber",
    "JUD": "court tribunal prosecutor prosecutors judiciary",
    "COP": "police constabulary gendarmerie sheriff",
    "SPY": "intelligence",
    "PTY": "party movement alliance coalition front bloc",
    "EDU": "university college institute school academy centre center laboratory thinktank faculty",
    "MED": "times post news newspaper daily herald journal tribune gazette television tv radio press broadcasting agency magazine observer telegraph guardian chronicle mail",
    "BUS": "company corporation corp inc ltd plc bank airlines airways group holdings industries oil energy motors exchange gas petroleum steel telecom electric technologies systems co airline railways",
    "NGO": "foundation society association federation charity campaign watch relief crescent cross rights",
    "LAB": "union unions",
    "HLH": "hospital clinic",
    "REL": "church mosque diocese patriarchate",
}  # fmt: skip
SECTOR_BY_WORD: Final = {word: sector for sector, words in _SECTORS.items() for word in words.split()}
"""Sector by the folded word."""

_COMMON_WORDS: Final = frozenset(
    """air armed border central chiefs coast conservative constitutional defence defense democratic deputies development federal
    general house interior internal joint justice labor labour liberal lower national people peoples progressive public
    representatives republican royal security social socialist special staff state supreme unity upper workers of the and for""".split()  # noqa: SIM905
)
"""Words of bodies' names beside the word for their kind that tell no country either."""


_LEADING: Final = frozenset({"ministry", "department", "university", "bank", "court", "embassy"})
"""Kinds that a name begins with: "Ministry of Intelligence"."""


def is_kind_word(word: str) -> bool:
    """Whether the folded word says what kind of organisation it is ("ministry", "bank"), not which."""
    return word in SECTOR_BY_WORD


def is_generic(words: tuple[str, ...]) -> bool:
    """Whether a body's name could be that of any country: "Democratic Party", "Security Council"."""
    return all(word in SECTOR_BY_WORD or word in _COMMON_WORDS for word in words)


def kind_sector(words: tuple[str, ...]) -> str | None:
    """The sector that a body's name tells: the last word of its kind before "of", else the last at all."""
    if words and words[0] in _LEADING:
        return SECTOR_BY_WORD[words[0]]
    head = words[: next((at for at, word in enumerate(words) if at and word in {"of", "for"}), len(words))]
    return next(
        (SECTOR_BY_WORD[word] for part in (head, words) for word in reversed(part) if word in SECTOR_BY_WORD), None
    )

"""Names of one alphabet as the press of different countries writes them: Polish "Surowikin" is English "Surovikin"."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import product
from typing import Final

_SOUNDS: Final = (("szcz", "shĉ"), ("sz", "sh"), ("cz", "ĉ"), ("rz", "zh"), ("w", "v"))
"""Letters of Polish and German transcriptions, and what English ones have for them."""

_DOUBTFUL: Final = (
    ("ch", ("kh", "ch")),
    ("j", ("y", "i")),
    ("ie", ("e", "ye", "ie")),
    ("ia", ("ya", "ia")),
    ("iu", ("yu", "iu")),
    ("ks", ("x", "ks")),
    ("ski", ("sky", "skyy")),
)
_SAME_GIVEN_NAME: Final = 0.6
"""Ratio of SequenceMatcher from which two given names of one surname are taken for one, when they begin alike."""


def spellings(name: str) -> Iterator[str]:
    """English spellings of a folded name; nothing when it is spelt so already."""
    plain = name
    for letters, sound in _SOUNDS:
        plain = plain.replace(letters, sound)
    doubtful = [(letters, sounds) for letters, sounds in _DOUBTFUL if letters in plain]
    for chosen in product(*(sounds for _, sounds in doubtful)):
        spelt = plain
        for (letters, _), sound in zip(doubtful, chosen, strict=True):
            spelt = spelt.replace(letters, sound)
        spelt = spelt.replace("ĉ", "ch")
        if spelt != name:
            yield spelt


def given_names_agree(name: str, other: str) -> bool:
    """Whether two folded given names may be spellings of one: "Aleksiej" and "Alexei"."""
    return any(
        spelt[:1] == other[:1] and SequenceMatcher(None, spelt, other).ratio() >= _SAME_GIVEN_NAME
        for spelt in (name, *spellings(name))
    )

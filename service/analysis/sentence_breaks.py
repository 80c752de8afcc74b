"""Where a sentence surely begins or surely does not, whatever the model thinks.

Only what holds in any text: after "U.S.", "Gen." or the "J." of "J. D. Vance" none begins that goes on in lower case, in a figure or in a
name; after a word of some length and a full stop that is not its own, one begins with a capital. Everything else is left to the language model.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from spacy.tokens import Doc, Token

SHORT: Final = 3
LONG: Final = 7
"""Letters of a word that is no abbreviation: before a word that is no name, before any."""

OPENERS: Final = frozenset(
    """The This That These Those There They He She It Its His Her Their We Our You I In On At But And However Meanwhile Since While When
    After Before As If For From With By Although Though According Some Many Most No Not What Why How Who Mr Mr. Mrs Mrs. Ms Ms.""".split()  # noqa: SIM905
)
"""Words that begin a sentence, and no name after an abbreviation."""

Flags = npt.NDArray[np.bool_]

BEFORE_NAMES: Final = frozenset(
    """gen. lt. col. maj. capt. cmdr. cpl. sgt. adm. brig. pvt. cpt. gov. sen. rep. rev. hon. pres. amb. mr. mrs. ms. dr. prof. st. ste. fr.
    sr. drs. messrs. mme. mlle. supt. insp. det. spc. ssgt. vs. v. min. sec. dep. asst. atty. lieut. cdr. comdr. msgr. dott. shri. smt. ayat.
    hojjat. dist. univ.""".split()  # noqa: SIM905
)
"""Abbreviations that never end a sentence, unless a figure stands before ("5 min."): a name follows."""

BEFORE_FIGURES: Final = frozenset(
    """approx. art. c. ca. ch. fig. no. nos. nr. op. p. para. pp. sec. vol.""".split()  # noqa: SIM905
)
"""Abbreviations after which a figure goes on with the sentence."""

_INITIAL: Final = re.compile(r"[^\W\d_]\.", re.UNICODE)
_DOTTED: Final = re.compile(r"(?:[^\W\d_]{1,3}\.){1,4}|[^\W\d_]{1,5}\.")
"""An abbreviation: U.S., a.m., Ph.D., Inc., approx."""

_CLOSING: Final = frozenset("\"'”’»)]}…")
_QUOTES: Final = frozenset({'"', "”", "’", "'"})
_STOPS: Final = frozenset(".!?…:;")


def settled(words: Sequence[tuple[Doc, int]], likely: Flags) -> Flags:
    """Where sentences begin among the words (tokens of some docs, in order), given where a model thinks that they do."""
    begins = likely.copy()
    stops = np.array([False, False, *(doc[index].orth_ == "." for doc, index in words)])
    after_stop = stops[1:-1] | stops[:-2]
    for word in map(int, np.flatnonzero(likely | after_stop)):
        begins[word] = may_begin(*words[word]) if likely[word] else must_begin(*words[word])
    return begins


def may_begin(doc: Doc, index: int) -> bool:
    """Whether a sentence may begin with the token. Needs nothing but the tokens."""
    token = doc[index]
    if not index or token.is_space:
        return not index
    before = doc[index - 1]
    if before.is_space:
        return True
    if token.text[0] in _CLOSING and not before.whitespace_:
        return False  # a closing quotation mark belongs to what it closes
    if token.text[0] in ".,;:!?%" or (not before.whitespace_ and before.text[-1] not in _STOPS | _CLOSING):
        return False
    return not _goes_on(doc, token, before)


def must_begin(doc: Doc, index: int) -> bool:
    """Whether a sentence surely begins with the token: a capital after a full stop and a space, and before the stop no abbreviation.

    None is as long as "Pakistan."; where a word goes on that is no name ("Moscow. The"), hardly any of three letters is. Needs nothing but the tokens.
    """
    end = index - 1
    if index and doc[end].whitespace_ and doc[end].text in _QUOTES and not doc[end - 1].whitespace_:
        end -= 1
    if end < 1 or doc[end].text != "." or doc[end - 1].whitespace_ or not doc[index - 1].whitespace_:
        return False
    word, next_word = doc[end - 1].text, doc[index].text
    if not word.isalpha() or not next_word[0].isupper() or f"{word.lower()}." in BEFORE_FIGURES:
        return False
    return len(word) >= (SHORT if next_word in OPENERS else LONG) and may_begin(doc, index)


def _goes_on(doc: Doc, token: Token, before: Token) -> bool:
    """Whether the sentence goes on after a word with a full stop, or after three dots."""
    apart = before.text == "." and before.i > 0 and not doc[before.i - 1].whitespace_
    first = before.i - apart
    word = doc[first].lower_ + "." * apart
    if word in BEFORE_NAMES and not (first > 0 and doc[first - 1].text[0].isdigit()):
        return True
    if token.text[0].islower() and (_DOTTED.fullmatch(word) or word in {"…", "..."}):
        return True
    if token.text[0].isdigit() and word in BEFORE_FIGURES:
        return True
    return token.text[0].isupper() and _is_initial(doc, before, word)


def _is_initial(doc: Doc, before: Token, word: str) -> bool:
    """Whether ``before`` is the initial of a name: "J. D. Vance", "George W. Bush", and not the end of "vitamin C."."""
    if not _INITIAL.fullmatch(word) or not before.text[0].isupper():
        return False
    if before.i == 0:
        return True
    earlier = doc[before.i - 1]
    return earlier.is_title or earlier.is_punct or earlier.is_space or bool(_INITIAL.fullmatch(earlier.lower_))

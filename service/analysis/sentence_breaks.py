"""Where a sentence surely begins and where it surely does not, whatever the parser thinks.

Only what holds in any text: a line that begins with a bullet is a sentence of its own, and after "U.S.", "Gen." or the "J." of "J. D. Vance" none
begins that goes on in lower case, in a figure or in a name. Everything else is left to the language model.
"""

import re
from enum import Enum
from typing import Final

from spacy.tokens import Doc, Token


class Break(Enum):
    """What is known of a token: a sentence begins with it, none does, or nothing is known."""

    MUST = "must"
    MUST_NOT = "must not"
    UNKNOWN = "unknown"


BULLETS: Final = frozenset("•‣▪▫◦●○■□►▶➤➢–—-*·")
"""Characters that stand for an item of a list at the beginning of a line."""

BEFORE_NAMES: Final = frozenset(
    """gen. lt. col. maj. capt. cmdr. cpl. sgt. adm. brig. pvt. cpt. gov. sen. rep. rev. hon. pres. amb. mr. mrs. ms. dr. prof. st. ste. fr.
    sr. messrs. mme. mlle. supt. insp. det. spc. ssgt. vs. v.""".split()  # noqa: SIM905
)
"""Abbreviations that never end a sentence: a name follows."""

BEFORE_FIGURES: Final = frozenset(
    """approx. art. c. ca. ch. fig. no. nos. nr. op. p. para. pp. sec. vol.""".split()  # noqa: SIM905
)
"""Abbreviations after which a figure goes on with the sentence."""

_INITIAL: Final = re.compile(r"[^\W\d_]\.", re.UNICODE)
_DOTTED: Final = re.compile(r"(?:[^\W\d_]{1,3}\.){1,4}|[^\W\d_]{1,5}\.")
"""An abbreviation: U.S., a.m., Ph.D., Inc., approx."""

_CLOSING: Final = frozenset("\"'”’»)]}…")
_STOPS: Final = frozenset(".!?…:;")


def sentence_break_hints(doc: Doc) -> list[Break]:
    """For each token whether a sentence must begin with it, must not, or nothing is known. Linear; needs nothing but the tokens."""
    return [Break.MUST if not token.i else _hint(doc, token) for token in doc]


def _hint(doc: Doc, token: Token) -> Break:
    before = doc[token.i - 1]
    if _begins_item(doc, token):
        return Break.MUST
    if token.is_space or before.is_space:
        return Break.MUST_NOT if token.is_space or not _breaks_line(before) else Break.UNKNOWN
    if token.text[0] in _CLOSING and not before.whitespace_:
        return Break.MUST_NOT  # a closing quotation mark belongs to what it closes
    if token.text[0] in ".,;:!?%" or (not before.whitespace_ and before.text[-1] not in _STOPS | _CLOSING):
        return Break.MUST_NOT
    return _after_a_stop(doc, token, before)


def _after_a_stop(doc: Doc, token: Token, before: Token) -> Break:
    """What is known after a word with a full stop, and after three dots."""
    word = (
        before.lower_
        if before.text != "." or before.i == 0 or doc[before.i - 1].whitespace_
        else doc[before.i - 1].lower_ + "."
    )
    if word in BEFORE_NAMES:
        return Break.MUST_NOT
    if token.text[0].islower() and (_DOTTED.fullmatch(word) or word in {"…", "..."}):
        return Break.MUST_NOT
    if token.text[0].isdigit() and word in BEFORE_FIGURES:
        return Break.MUST_NOT
    if token.text[0].isupper() and _is_initial(doc, before, word):
        return Break.MUST_NOT
    return Break.UNKNOWN


def _is_initial(doc: Doc, before: Token, word: str) -> bool:
    """Whether ``before`` is the initial of a name: "J. D. Vance", "George W. Bush", and not the end of "vitamin C."."""
    if not _INITIAL.fullmatch(word) or not before.text[0].isupper():
        return False
    first = before.i if before.text != "." else before.i - 1
    if first == 0:
        return True
    earlier = doc[first - 1]
    return earlier.is_title or earlier.is_punct or earlier.is_space or bool(_INITIAL.fullmatch(earlier.lower_))


def _begins_item(doc: Doc, token: Token) -> bool:
    """Whether the token is a bullet, or "1." or "a)", that begins a line, with something after it."""
    before = doc[token.i - 1]
    if not _breaks_line(before):
        return False
    follows = token.i + 1 < len(doc) and not doc[token.i + 1].is_space
    return follows and token.text in BULLETS


def _breaks_line(token: Token) -> bool:
    return token.is_space and any(char in "\n\r\v\f\x85\u2028\u2029" for char in token.text)

"""When a deed happens: the date expression that belongs to its trigger."""

from typing import Final

from spacy.tokens import Token

from service.analysis.reading import Mention, Passage, Reading
from service.messages.enriched import EventDate

MAX_CLIMB: Final = 40
"""Steps up the parse; deeper trees are lists, not sentences."""

_CLAUSES: Final = frozenset({"ROOT", "ccomp", "advcl", "acl", "acl:relcl", "parataxis", "conj"})


def date_of(trigger: Token, passage: Passage, reading: Reading) -> EventDate | None:
    """The resolved date that stands in the trigger's own phrase or clause; None when there is none.

    Of several, the one that hangs nearest under the trigger, then the nearest in the text. A date in the main clause
    ("said on Tuesday that ... had struck") is when something was said, and is not taken for the deed under it.
    """
    best: tuple[int, int, int] | None = None
    chosen: EventDate | None = None
    clause, sentence = _clause_of(trigger), trigger.sent
    for mention in reading.mentions_in(passage.index):
        resolved = reading.dates.get(mention.id)
        if resolved is None or not sentence.start <= mention.start < sentence.end:
            continue
        head = _head(passage, mention)
        steps = _steps_up(head, trigger)
        if steps is None and _clause_of(head).i != clause.i:
            continue
        rank = (MAX_CLIMB if steps is None else steps, abs(head.i - trigger.i), head.i)
        if best is None or rank < best:
            best, chosen = rank, resolved
    return chosen


def _head(passage: Passage, mention: Mention) -> Token:
    """The word of a date expression that hangs outside of it."""
    root: Token = passage.doc[mention.start : mention.end].root
    return root


def _steps_up(token: Token, target: Token) -> int | None:
    """How many steps up the parse lead from ``token`` to ``target``; None when they lead past it or into another clause."""
    for steps in range(MAX_CLIMB):
        if token.i == target.i:
            return steps
        if token.head is token or token.head.i == token.i or (steps and token.dep_ in _CLAUSES):
            return None
        token = token.head
    return None


def _clause_of(token: Token) -> Token:
    """The verb (or other root) of the clause that the token stands in."""
    for _ in range(MAX_CLIMB):
        if token.head.i == token.i or (token.dep_ in _CLAUSES and token.pos_ in ("VERB", "AUX")):
            break
        token = token.head
    return token

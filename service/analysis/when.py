"""When a deed happens: the date expression that belongs to its trigger."""

from typing import Final

from spacy.tokens import Token

from service.analysis.reading import Mention, Passage, Reading
from service.analysis.scene import steps_between
from service.analysis.syntax import preposition
from service.messages.enriched import EventDate

BOUNDS: Final = frozenset({"after", "before", "since", "until", "till", "than", "for", "from", "to", "by", "between"})
"""A date behind these is where a time begins or ends, or what a thing is meant for: not when the deed was done."""

COARSENESS: Final = {"day": 0, "month": 1, "year": 2}


def date_of(trigger: Token, passage: Passage, reading: Reading) -> EventDate | None:
    """The resolved date that stands in the trigger's own phrase or clause; None when there is none.

    Of several, the one with the shortest way through the parse, then the most precise, then the nearest in the text. A date in the main clause
    ("said on Tuesday that ... had struck") is when something was said, and is not taken for the deed under it.
    """
    best: tuple[int, int, int, int] | None = None
    chosen: EventDate | None = None
    sentence = trigger.sent
    for mention in reading.mentions_in(passage.index):
        resolved = reading.dates.get(mention.id)
        if resolved is None or not sentence.start <= mention.start < sentence.end:
            continue
        word = _outer_word(passage, mention)
        if preposition(word) in BOUNDS:
            continue
        steps = steps_between(word, trigger)
        if steps is None:
            continue
        rank = (steps, COARSENESS[resolved.precision], abs(word.i - trigger.i), word.i)
        if best is None or rank < best:
            best, chosen = rank, resolved
    return chosen


def _outer_word(passage: Passage, mention: Mention) -> Token:
    """The word of a date expression that hangs outside of it."""
    root: Token = passage.doc[mention.start : mention.end].root
    return root

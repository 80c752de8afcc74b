"""The words and shapes that dates are written in: vocabulary of the grammar in ``dates``."""

import re
from typing import Final

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY: Final = {name: index for index, name in enumerate(WEEKDAYS)} | {
    short: index
    for index, shorts in enumerate(
        ("mon.", "tue. tues.", "wed. weds.", "thu. thur. thurs.", "fri.", "sat.", "sun."),
    )
    for short in shorts.split()
}
MONTHS: Final = (
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
MONTH: Final = {name: index for index, name in enumerate(MONTHS, start=1)} | {
    short: index
    for index, shorts in enumerate(
        ("jan", "feb", "mar", "apr", "", "jun", "jul", "aug", "sep sept", "oct", "nov", "dec"), start=1
    )
    for word in shorts.split()
    for short in (word, f"{word}.")
}
AMBIGUOUS_MONTHS: Final = frozenset({"may", "march", "mar", "jan", "jun", "dec", "sep", "apr", "august"})
"""Also a verb, an adjective or a name: a month only beside a day or year or after a word that wants a date."""

NUMBER: Final = {
    word: number
    for number, words in enumerate(
        "zero;one a an;two;three;four;five;six;seven;eight;nine;ten;eleven;twelve".split(";")  # noqa: SIM905
    )
    for word in words.split()
}
PARTS_OF_DAY: Final = frozenset({"morning", "afternoon", "evening", "night"})
SEASONS: Final = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
DATE_PREPOSITIONS: Final = frozenset(
    {
        "in",
        "since",
        "until",
        "till",
        "by",
        "from",
        "during",
        "before",
        "after",
        "through",
        "around",
        "of",
        "for",
        "between",
    }
)
EDGES: Final = frozenset({"early", "late", "mid", "mid-"})
FUTURE_AUXILIARIES: Final = frozenset({"will", "shall", "'ll", "’ll", "wo"})
FUTURE_WORDS: Final = frozenset({"schedule", "due", "expect", "plan", "slate", "upcoming", "set", "intend"})
FUTURE_PARTICIPLES: Final = frozenset({"starting", "beginning"})
"""What starts on a day that the article names is still to start: ``free for a month, starting on Thursday``."""
ORDINAL: Final = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?")
YEAR: Final = re.compile(r"(?:1[89]|20)[0-9][0-9]")
DECADE: Final = re.compile(r"(?:(?:1[89]|20)[0-9]0|'[0-9]0|’[0-9]0)s")
EDGE_YEAR: Final = re.compile(r"(?:early|mid|late)-((?:1[89]|20)[0-9][0-9])")
ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
OPENERS: Final = frozenset(
    {*WEEKDAY, *MONTH, *NUMBER, *EDGES, "last", "next", "this", "coming", "past", "earlier", "later", "today", "tonight",
     "yesterday", "tomorrow"}
)  # fmt: skip
OPENER: Final = re.compile(r"[0-9]|['’][0-9]|(?:early|mid|late)-")
"""What an expression begins with, so that the rules need not be tried at every word."""

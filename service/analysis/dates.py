"""Dates in the text, resolved against the day of publication.

A small grammar over tokens, tried at each token in turn and never looking more than a few tokens ahead: linear and
deterministic. It knows what news says: "Tuesday", "Nov. 19, 2024", "last week", "two years ago", "in 2014". Where the words
do not tell past from future, news tells of the past, unless the verb over them is in the future.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from spacy.tokens import Doc, Token

from service.analysis.date_words import (
    AMBIGUOUS_MONTHS,
    DATE_PREPOSITIONS,
    DECADE,
    EDGE_YEAR,
    EDGES,
    FUTURE_AUXILIARIES,
    FUTURE_PARTICIPLES,
    FUTURE_WORDS,
    ISO,
    MONTH,
    NUMBER,
    OPENER,
    OPENERS,
    ORDINAL,
    PARTS_OF_DAY,
    SEASONS,
    WEEKDAY,
    YEAR,
)

Precision = Literal["day", "month", "year"]


@dataclass(frozen=True, slots=True)
class DateExpression:
    """Tokens ``start`` to ``end`` (half-open) that name a point in time.

    ``value`` is ISO 8601 cut to ``precision`` (2024-11-19, 2024-11, 2024); None for words that name no single one of these
    ("the 1990s"). A week is given as the month that its Thursday lies in, as ISO 8601 gives weeks to years.
    """

    start: int
    end: int
    value: str | None
    precision: Precision


PAST_DISCOUNT: Final = 0.3
"""A day without a year may lie three times as far in the past as in the future: in November, "19 March" is last March."""
MAX_CLIMB: Final = 4
"""Steps from a date up the parse to the verb that it dates."""


def find_dates(doc: Doc, published: date) -> list[DateExpression]:
    """All date expressions of a passage, in order, none overlapping another."""
    reader = _Reader(doc, published)
    found: list[DateExpression] = []
    index = 0
    while index < len(doc):
        expression = reader.at(index)
        if expression is None:
            index += 1
        else:
            found.append(expression)
            index = expression.end
    return found


class _Reader:
    """The grammar: each ``_rule`` reads an expression that begins at a token, or nothing."""

    def __init__(self, doc: Doc, published: date) -> None:
        self.doc = doc
        self.words = [token.lower_ for token in doc]
        self.published = published
        self.rules: tuple[Callable[[int], DateExpression | None], ...] = (
            self._iso,
            self._calendar_date,
            self._weekday,
            self._relative_period,
            self._ago,
            self._day_word,
            self._year,
        )

    def at(self, start: int) -> DateExpression | None:
        """The longest expression that begins at token ``start``; among equals, that of the rule named first."""
        word = self.words[start]
        if word not in OPENERS and not OPENER.match(word):
            return None
        readings = [reading for rule in self.rules if (reading := rule(start)) is not None]
        return max(readings, key=lambda reading: reading.end, default=None)

    def word(self, index: int) -> str:
        return self.words[index] if 0 <= index < len(self.words) else ""

    # -- absolute -----------------------------------------------------------------------------------------------------

    def _iso(self, start: int) -> DateExpression | None:
        """2024-11-19, which the tokenizer may have cut at the hyphens."""
        for end in (start + 1, start + 3, start + 5):
            match = ISO.fullmatch("".join(self.words[start:end]))
            if match is not None and end <= len(self.words):
                return self._day(start, end, int(match[1]), int(match[2]), int(match[3]))
        return None

    def _calendar_date(self, start: int) -> DateExpression | None:
        """[Tuesday,] 19 November [2024]; [Tuesday,] November 19[, 2024]; [late] November [2024]."""
        index = start
        if self.word(index) in WEEKDAY:
            index += 1
            index += self.word(index) == ","
            return self._day_and_month(start, index)
        if self.word(index) in EDGES:
            index += 1
            index += self.word(index) == "-"
            return self._month(start, index)
        return self._day_and_month(start, index) or self._month(start, index)

    def _day_and_month(self, start: int, index: int) -> DateExpression | None:
        day = self._day_number(index)
        if day is not None:
            after = index + 1 + (self.word(index + 1) == "of")
            month = MONTH.get(self.word(after))
            end = after + 1
        else:
            month, end = MONTH.get(self.word(index)), index + 2
            day = self._day_number(index + 1)
        if month is None or day is None or not self.doc[end - 1].text[:1].isalnum():
            return None
        if not any(token.is_title or token.is_upper for token in self.doc[index:end]):
            return None
        end, year = self._year_after(end)
        if year is None:
            return self._nearest_day(start, end, month, day)
        return self._day(start, end, year, month, day)

    def _month(self, start: int, index: int) -> DateExpression | None:
        """November 2024; November, after a word that wants a date or by its look alone when it is unmistakable."""
        month = MONTH.get(self.word(index))
        if month is None or not self.doc[index].is_title:
            return None
        end = index + 1 + (self.word(index + 1) == "of" and self._is_year(index + 2))
        end, year = self._year_after(end)
        if year is None:
            clear = self.word(start - 1) in DATE_PREPOSITIONS or start < index
            if not clear and (self.word(index) in AMBIGUOUS_MONTHS or self.word(index).endswith(".")):
                return None
            if self.doc[index].ent_type_ in ("PERSON", "GPE", "ORG"):
                return None
            end = index + 1
            year = self._year_of_month(start, month)
        return self._in_month(start, end, year, month)

    def _year(self, start: int) -> DateExpression | None:
        """2014 after a preposition or [early], or before a noun after a determiner ("the 2014 referendum"); the 1990s."""
        index = start
        edge = EDGE_YEAR.fullmatch(self.word(index))
        if edge is not None:
            return DateExpression(start, index + 1, edge[1], "year")
        if self.word(index) in EDGES:
            index += 1
            index += self.word(index) == "-"
        before, after = self.word(start - 1), self.word(index + 1)
        if DECADE.fullmatch(self.word(index)):
            return DateExpression(start, index + 1, None, "year") if before in ("the", "early", "late") else None
        if not self._is_year(index):
            return None
        wanted = (
            index > start
            or before in DATE_PREPOSITIONS
            or (before in {"(", "and", "to", "-", "–", ","} and self._dated(start))
        )
        modifier = before in ("the", "a", "its", "their", "his", "her", "'s", "’s") and after.isalpha()
        counted = self._counts(index)
        if counted or not (wanted or modifier):
            return None
        return DateExpression(start, index + 1, self.word(index), "year")

    def _dated(self, start: int) -> bool:
        """Whether the year two tokens back was one, as in "2014 and 2015"."""
        return self._is_year(start - 2) and self.word(start - 3) in DATE_PREPOSITIONS

    def _counts(self, index: int) -> bool:
        """A number before a plural noun is a quantity ("of 2000 soldiers")."""
        following = self.doc[index + 1] if index + 1 < len(self.doc) else None
        return following is not None and following.tag_ == "NNS" and self.word(index - 1) not in ("the", "'s", "’s")

    # -- relative -----------------------------------------------------------------------------------------------------

    def _weekday(self, start: int) -> DateExpression | None:
        """[last | next | this | early | late] Tuesday [morning]."""
        index = start
        modifier = ""
        if self.word(index) in {"last", "next", "this", "coming", "early", "late", "past"}:
            modifier = self.word(index)
            index += 1
        weekday = WEEKDAY.get(self.word(index))
        if weekday is None or not self.doc[index].is_title:
            return None
        end = index + 1 + (self.word(index + 1) in PARTS_OF_DAY)
        back = (self.published.weekday() - weekday) % 7
        ahead = (weekday - self.published.weekday()) % 7
        if modifier == "next" or (modifier not in ("last", "past") and self._in_future(index)):
            days = ahead or 7 * (modifier == "next")
        elif modifier in ("this", "coming"):
            days = ahead
        elif modifier in ("last", "past"):
            days = -(back or 7)
        else:
            days = -back
        return self._offset(start, end, days, "day")

    def _relative_period(self, start: int) -> DateExpression | None:
        """[earlier | later] last | this | next  week | month | year | weekend | November | summer | night | morning."""
        index = start + (self.word(start) in {"earlier", "later", "early", "late"})
        if self.word(index) == "the" and self.word(index + 1) in {"previous", "following", "past"}:
            return None
        direction = {"last": -1, "this": 0, "next": 1}.get(self.word(index))
        unit = self.word(index + 1)
        if direction is None:
            return None
        end = index + 2
        if unit in PARTS_OF_DAY:
            days = direction if direction or unit != "night" else 0
            return self._offset(start, end, days, "day")
        if unit in ("week", "weekend"):
            return self._offset(start, end, 3 - self.published.weekday() + 7 * direction, "month")
        if unit == "month":
            return self._months_away(start, end, direction)
        if unit == "year":
            return self._years_away(start, end, direction)
        if unit in SEASONS:
            return self._season(start, end, direction, SEASONS[unit])
        if unit in MONTH and self.doc[index + 1].is_title:
            month = MONTH[unit]
            turn = {-1: -(month >= self.published.month), 0: 0, 1: int(month <= self.published.month)}[direction]
            return self._in_month(start, end, self.published.year + turn, month)
        return None

    def _season(self, start: int, end: int, direction: int, begins: int) -> DateExpression | None:
        """Last summer, in the year that it began in; ``begins`` is its first month."""
        over = self.published.month >= begins + 3
        begun = self.published.month >= begins
        turn = {-1: -(not over), 0: 0, 1: int(begun)}[direction]
        return self._in_year(start, end, self.published.year + turn)

    def _ago(self, start: int) -> DateExpression | None:
        """[about] two weeks ago; a decade ago; more than three years ago."""
        number = self._quantity(start)
        unit = self.word(start + 1).removesuffix("s")
        if number is None or self.word(start + 2) != "ago":
            return None
        end = start + 3
        match unit:
            case "day":
                return self._offset(start, end, -number, "day")
            case "week":
                return self._offset(start, end, -7 * number, "month")
            case "month":
                return self._months_away(start, end, -number)
            case "year" | "decade" | "century":
                return self._years_away(start, end, -number * {"year": 1, "decade": 10, "century": 100}[unit])
        return None

    def _day_word(self, start: int) -> DateExpression | None:
        """Today, yesterday, tomorrow, tonight."""
        index = start + (self.word(start) in {"earlier", "later", "late", "early"})
        days = {"today": 0, "tonight": 0, "yesterday": -1, "tomorrow": 1}.get(self.word(index))
        if days is None:
            return None
        end = index + 1 + (self.word(index + 1) in PARTS_OF_DAY)
        return self._offset(start, end, days, "day")

    # -- pieces -------------------------------------------------------------------------------------------------------

    def _day_number(self, index: int) -> int | None:
        match = ORDINAL.fullmatch(self.word(index))
        return int(match[1]) if match is not None and 1 <= int(match[1]) <= 31 else None

    def _is_year(self, index: int) -> bool:
        return YEAR.fullmatch(self.word(index)) is not None

    def _year_after(self, end: int) -> tuple[int, int | None]:
        """``(end, year)`` with the year that follows, after a comma or not."""
        comma = self.word(end) == ","
        if self._is_year(end + comma):
            return end + comma + 1, int(self.word(end + comma))
        return end, None

    def _quantity(self, index: int) -> int | None:
        word = self.word(index)
        if word in NUMBER:
            return NUMBER[word]
        return int(word) if word.isascii() and word.isdigit() and len(word) <= 3 else None

    def _year_of_month(self, start: int, month: int) -> int:
        ahead = self._in_future(start)
        if ahead:
            return self.published.year + (month < self.published.month)
        return self.published.year - (month > self.published.month)

    def _nearest_day(self, start: int, end: int, month: int, day: int) -> DateExpression | None:
        """A day without a year: the nearest one, in the future when the verb is."""
        years = (self.published.year + step for step in (0, -1, 1) if 1 <= self.published.year + step <= 9999)
        candidates = [found for year in years if (found := _date(year, month, day)) is not None]
        if self._in_future(start):
            candidates = [found for found in candidates if found >= self.published] or candidates
        if not candidates:
            return None
        return self._of(start, end, min(candidates, key=self._strangeness), "day")

    def _strangeness(self, found: date) -> float:
        """Days from publication; news looks back further than ahead."""
        days = (found - self.published).days
        return days if days >= 0 else -days * PAST_DISCOUNT

    def _in_future(self, index: int) -> bool:
        """Whether the verb over the token is in the future, or the word over it says that the thing is still to come."""
        token: Token = self.doc[index]
        for _ in range(MAX_CLIMB):
            if token.pos_ in ("VERB", "AUX", "ADJ") or token.dep_ == "ROOT":
                lemma = token.lemma_.lower()
                future = any(child.lower_ in FUTURE_AUXILIARIES for child in token.children)
                if future or lemma in FUTURE_WORDS or token.lower_ in FUTURE_PARTICIPLES:
                    return True
                if token.tag_ in ("VBD", "VBN", "VBZ", "VBP"):
                    return False
            if token.head is token:
                return False
            token = token.head
        return False

    def _day(self, start: int, end: int, year: int, month: int, day: int) -> DateExpression | None:
        found = _date(year, month, day)
        return None if found is None else self._of(start, end, found, "day")

    def _offset(self, start: int, end: int, days: int, precision: Precision) -> DateExpression | None:
        try:
            return self._of(start, end, self.published + timedelta(days=days), precision)
        except OverflowError:
            return None

    def _months_away(self, start: int, end: int, months: int) -> DateExpression | None:
        year, month = divmod(self.published.year * 12 + self.published.month - 1 + months, 12)
        return self._in_month(start, end, year, month + 1)

    def _years_away(self, start: int, end: int, years: int) -> DateExpression | None:
        return self._in_year(start, end, self.published.year + years)

    @staticmethod
    def _in_month(start: int, end: int, year: int, month: int) -> DateExpression | None:
        return DateExpression(start, end, f"{year:04}-{month:02}", "month") if 1 <= year <= 9999 else None

    @staticmethod
    def _in_year(start: int, end: int, year: int) -> DateExpression | None:
        return DateExpression(start, end, f"{year:04}", "year") if 1 <= year <= 9999 else None

    @staticmethod
    def _of(start: int, end: int, found: date, precision: Precision) -> DateExpression:
        length = {"day": 10, "month": 7, "year": 4}[precision]
        return DateExpression(start, end, found.isoformat()[:length], precision)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None

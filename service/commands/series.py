"""The index of one pair day by day, as a plot or a timeline shows it: days without news filled in, alerts as spans of time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.messages.alert import EscalationAlert
from service.messages.article import parse_rfc3339
from service.messages.enriched import Level
from service.monitor.rules import LEVELS, Pair
from service.monitor.state import Row
from service.monitor.times import DAY_MS, milliseconds


@dataclass(frozen=True, slots=True)
class Span:
    """An alert from when it fired until it was resolved; days since 1970, with fractions."""

    level: Level
    start: float
    end: float | None
    """None: still open."""


@dataclass(frozen=True, slots=True)
class Series:
    """A pair's rows in order, with its alerts."""

    pair: Pair
    rows: Sequence[Row]
    alerts: Sequence[EscalationAlert]

    @property
    def peak(self) -> float:
        """The highest index at the end of a day."""
        return max(row.index for row in self.rows)

    def spans(self) -> list[Span]:
        """The alerts as spans, in order of time and level."""
        found: dict[str, Span] = {}
        for alert in self.alerts:
            end = _days(alert.updated_at) if alert.state == "resolved" else None
            found[alert.alert_id] = Span(alert.level, _days(alert.started_at), end)
        return sorted(found.values(), key=lambda span: (span.start, LEVELS.index(span.level)))

    def filled(self, last: int, half_life_days: float) -> list[Row]:
        """A row for each day from the first one on until ``last``: on days without news the index does nothing but decay."""
        share = 2.0 ** (-1 / half_life_days)
        known = {row.day: row for row in self.rows}
        days = [self.rows[0]]
        for day in range(days[0].day + 1, last + 1):
            before = days[-1]
            threat, act = before.threat * share, before.act * share
            days.append(known.get(day) or Row(day, threat + act, threat, act, before.baseline, 0.0, "calm", 0))
        return days


def series_of(days: Iterable[tuple[Pair, Row, Sequence[EscalationAlert]]]) -> dict[Pair, Series]:
    """Days in order of time, by pair."""
    rows: dict[Pair, list[Row]] = {}
    alerts: dict[Pair, list[EscalationAlert]] = {}
    for pair, row, told in days:
        rows.setdefault(pair, []).append(row)
        alerts.setdefault(pair, []).extend(told)
    return {pair: Series(pair, rows[pair], alerts[pair]) for pair in sorted(rows)}


def _days(moment: str) -> float:
    return milliseconds(parse_rfc3339(moment)) / DAY_MS

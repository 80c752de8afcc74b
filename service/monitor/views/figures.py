"""What the monitor keeps, in the form in which it is shown."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, get_args

from service.messages.alert import EscalationAlert
from service.monitor.episode import DIGITS
from service.monitor.rules import LEVELS, Pair
from service.monitor.state import PairState, Row, Story
from service.monitor.times import date_of, rfc3339
from service.monitor.views.models import Current, Day, Event, EventSources, Order, PairLevel
from service.monitor.watch import PairWatch

WEEK_DAYS: Final = 7
RANKS: Final[Mapping[str, int]] = {level: rank for rank, level in enumerate(get_args(PairLevel))}
"""Levels of pairs, the lowest first."""


def day(row: Row) -> Day:
    """The figures of a day, not one digit of them changed."""
    return Day(**_figures(row))


def current(watch: PairWatch, row: Row, state: PairState, alerts: Iterable[EscalationAlert]) -> Current:
    """A pair at the horizon, with the alerts that fire."""
    return Current(
        pair=watch.pair,
        change=measure(watch, row, state, "change"),
        change_week=measure(watch, row, state, "change_week"),
        alerts=[alert.level for alert in alerts if alert.level in LEVELS],
        **_figures(row),
    )


def measure(watch: PairWatch, row: Row, state: PairState, by: Order) -> float:
    """What pairs are ordered by, in points."""
    if by == "index":
        return row.index
    days = 1 if by == "change" else WEEK_DAYS
    shown = watch.rows.get(row.day - days)
    closed = state.closed[-days] if days <= len(state.closed) else 0.0
    before = shown.index if shown is not None else closed  # a day without news has no row
    return round(row.index - before, DIGITS) + 0.0  # a zero has no sign


def event(story: Story) -> Event:
    """An event with all its sources."""
    return Event.model_validate(
        {
            "root": story.root,
            "kind": story.kind,
            "day": date_of(story.day),
            "value": round(story.value, DIGITS),
            "sources": EventSources(count=len(story.sources), names=sorted(story.sources)),
            "article_id": story.article_id,
            "event_id": story.event_id,
            "evidence": story.evidence,
        }
    )


def moment(milliseconds: int | None) -> str | None:
    """A moment of article time as RFC 3339 has it."""
    return rfc3339(milliseconds) if milliseconds is not None else None


def alerts_in_order(alerts: Iterable[EscalationAlert]) -> list[EscalationAlert]:
    """What fires before what has ended, then the highest level, then the highest index."""

    def place(alert: EscalationAlert) -> tuple[bool, int, float, Pair, str]:
        return alert.state != "firing", -RANKS.get(alert.level, 0), -alert.index, alert.pair, alert.started_at

    return sorted(alerts, key=place)


def pairs_in_order(rows: Iterable[Current], by: Order) -> list[Current]:
    """The highest first."""
    return sorted(rows, key=lambda row: (-getattr(row, by), row.pair))


def _figures(row: Row) -> dict[str, Any]:
    figures = {name: getattr(row, name) for name in Row.__struct_fields__ if name != "day"}
    return {"date": date_of(row.day), **figures}

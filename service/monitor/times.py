"""Moments and days of article time. Everything is UTC: a day is the UTC day.

Moments are milliseconds since 1970, days are whole days since then; both are negative before, for history is data, too.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

DAY_MS: Final = 86_400_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    """An aware time as milliseconds since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


_FIRST: Final = milliseconds(datetime.min.replace(tzinfo=UTC))
_LAST: Final = milliseconds(datetime.max.replace(tzinfo=UTC, microsecond=0))


def day_of(moment: int) -> int:
    """The day that a moment falls on."""
    return moment // DAY_MS


def start_of(day: int) -> int:
    """The first moment of a day."""
    return day * DAY_MS


def rfc3339(moment: int) -> str:
    """A moment as ``1962-10-22T23:00:00Z``; milliseconds are written only when there are any.

    What lies outside of the years 1 to 9999, which RFC 3339 cannot write, becomes their first or last second.
    """
    time = _EPOCH + timedelta(milliseconds=min(max(moment, _FIRST), _LAST))
    text = time.strftime("%H:%M:%S") + (f".{time.microsecond // 1000:03d}" if time.microsecond else "")
    return f"{time.year:04d}-{time.month:02d}-{time.day:02d}T{text}Z"


def date_of(day: int) -> str:
    """A day as ``1962-10-22``."""
    return rfc3339(start_of(day))[:10]

"""Time as the sinks see it, so that a test can turn the hands."""

import asyncio
import contextlib
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the sinks ask of time."""

    def now(self) -> datetime:
        """The wall clock, aware, in UTC: what receivers are told."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go backward: what intervals are measured by."""
        ...

    async def wait(self, event: asyncio.Event, seconds: float | None) -> None:
        """Come back when ``event`` is set or so many seconds have passed; None waits for the event alone."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """See :class:`Clock`."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """See :class:`Clock`."""
        return time.monotonic()

    async def wait(self, event: asyncio.Event, seconds: float | None) -> None:
        """See :class:`Clock`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()

"""Watches over the recovery from the changelog, which Faust lets stand still for ever in some cases."""

import time
from collections.abc import Callable
from typing import Any, Final

import structlog

from service.errors import HarbingerError
from service.observability.monitor_metrics import MonitorMetrics

log = structlog.get_logger(__name__)

UNSTICK_AFTER_S: Final = 10.0
"""Seconds without progress after which we look whether the end of the changelog was reached without Faust noticing."""


class RecoveryStalled(HarbingerError):
    """The state could not be restored: nothing came for too long. A new start begins from the beginning."""


class RecoveryWatch:
    """Look at it regularly with :meth:`check`.

    Args:
        app: the Faust application.
        stall_s: see ``monitor.recovery_stall_s``.
    """

    def __init__(self, app: Any, stall_s: float, metrics: MonitorMetrics, clock: Callable[[], float] = time.monotonic):
        self._app = app
        self._stall_s = stall_s
        self._metrics = metrics
        self._clock = clock
        self._started: float | None = None
        self._remaining: int | None = None
        self._moved = 0.0

    async def check(self) -> None:
        """Show where the recovery stands; help it over a compacted end.

        Raises:
            RecoveryStalled: it made no progress for too long.
        """
        recovery, now = self._app.tables.recovery, self._clock()
        if not recovery.in_recovery:
            self._ended(now)
            return
        remaining = max(0, recovery.active_remaining_total())
        self._metrics.recovering.set(1)
        self._metrics.recovery_remaining.set(remaining)
        if self._started is None:
            self._started = now
        if remaining != self._remaining:
            self._remaining, self._moved = remaining, now
            self._metrics.recovery_idle_seconds.set(0)
            return
        self._metrics.recovery_idle_seconds.set(now - self._moved)
        if now - self._moved >= self._stall_s:
            raise RecoveryStalled(
                f"restoring the state stands still: {remaining} changelog records are missing and none came for "
                f"{now - self._moved:.0f} s"
            )
        if remaining and now - self._moved >= UNSTICK_AFTER_S and self._app.tables.changelog_queue.empty():
            await self._unstick(recovery)

    async def _unstick(self, recovery: Any) -> None:
        """Where the reader stands at the end of a partition, nothing more will come, whatever the offsets promise."""
        for partition, highwater in list(recovery.active_highwaters.items()):
            offset = recovery.active_offsets[partition]
            if highwater is None or offset is None or offset >= highwater:
                continue
            position = await self._app.consumer.position(partition)
            if position is not None and position > highwater:
                log.info("changelog_end_compacted", partition=partition.partition, offset=offset, end=highwater)
                recovery.active_offsets[partition] = highwater

    def _ended(self, now: float) -> None:
        if self._started is not None:
            self._metrics.recovery_seconds.set(now - self._started)
        self._metrics.recovering.set(0)
        self._metrics.recovery_remaining.set(0)
        self._metrics.recovery_idle_seconds.set(0)
        self._started = self._remaining = None

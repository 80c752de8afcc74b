"""Up to which moment of article time a partition of pairs may be judged.

Input partitions are read at different speed. Judging a day while half of its articles are still to come would raise alerts
that the other half takes back. So the judgement waits for the slowest partition that is being read, as a stream
processor's watermark does; one that was read to its end waits for nobody.
"""

from collections import deque
from dataclasses import dataclass, field

from service.monitor.wire import Clock


@dataclass(slots=True)
class Clocks:
    """The clocks of all input partitions, as one shard of pairs has heard of them.

    Args:
        partitions: how many input partitions there are.
        hold_s: longest time that slow or silent partitions may stop the horizon, in seconds of our own clock.
        confirm_s: time for which a moment must have been safe before it is believed: that a partition is being read again is heard
            of a moment after others have already moved on.
    """

    partitions: int
    hold_s: float
    confirm_s: float = 0.0
    times: dict[int, int] = field(default_factory=dict)
    _idle: dict[int, bool] = field(default_factory=dict)
    _horizon: int | None = None
    _since: float | None = None
    """Our own time since which the horizon stands although later articles were seen."""
    _looks: deque[tuple[float, int | None]] = field(default_factory=deque)
    """What was safe at each look of the last ``confirm_s``, and at the one before."""

    @property
    def reached(self) -> int | None:
        """The latest horizon."""
        return self._horizon

    @property
    def latest(self) -> int:
        """The latest publication of all partitions; 0 when nothing is known."""
        return max(self.times.values(), default=0)

    def tell(self, clock: Clock) -> None:
        """Take a clock; time never goes back."""
        if clock.time is not None:
            self.times[clock.partition] = max(clock.time, self.times.get(clock.partition, clock.time))
        self._idle[clock.partition] = clock.idle

    def restore(self, horizon: int) -> None:
        """Take the horizon of who judged before us: what was judged once is not undone because we know less of the time."""
        self._horizon = max(horizon, self._horizon) if self._horizon is not None else horizon

    def horizon(self, now: float) -> int | None:
        """The moment to judge up to, in milliseconds since 1970; None while nothing is known.

        Args:
            now: seconds of a monotonic clock.
        """
        if not self.times:
            return None
        latest = max(self.times.values())
        moment = self._confirmed(now)
        if self._since is None or self._horizon == latest:
            self._since = now
        if now - self._since >= self.hold_s:
            moment = latest
        if moment is not None and (self._horizon is None or moment > self._horizon):
            self._horizon, self._since = moment, now
        return self._horizon

    def _confirmed(self, now: float) -> int | None:
        """The least that was safe at all looks of the last ``confirm_s``; None while there were not enough."""
        self._looks.append((now, self._safe()))
        while len(self._looks) > 1 and self._looks[1][0] <= now - self.confirm_s:
            self._looks.popleft()
        if self._looks[0][0] > now - self.confirm_s:
            return None
        safe = [moment for _, moment in self._looks if moment is not None]
        return min(safe) if len(safe) == len(self._looks) else None

    def _safe(self) -> int | None:
        """What every partition has reached; None while some were never heard of."""
        if len(self._idle) < self.partitions:
            return None
        busy = [partition for partition, idle in self._idle.items() if not idle]
        if not busy:
            return max(self.times.values())
        reached = [self.times[partition] for partition in busy if partition in self.times]
        return min(reached) if len(reached) == len(busy) else None

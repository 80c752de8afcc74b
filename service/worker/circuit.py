"""A circuit breaker on dead letters.

One bad article is the article's fault; when most of them fail, the fault is ours (a broken deploy) or the producer's (a
new format), and going on would only move a whole topic into the dead letters. So the worker stops reading, says so, and
after a while tries a few articles again.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from service.observability.metrics import CircuitState
from service.settings.tree import Circuit as CircuitSettings

PROBE_RECORDS: Final = 10
"""Articles that are tried when the circuit is half open: enough to tell a mended fault from a lucky article."""


class Circuit:
    """Closed (work), open (stop reading for ``cooldown_s``), half open (try :data:`PROBE_RECORDS` articles).

    ``clock`` is monotonic time in seconds.
    """

    def __init__(
        self,
        settings: CircuitSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_change: Callable[[CircuitState], None] = lambda state: None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._on_change = on_change
        self._latest: deque[bool] = deque(maxlen=settings.window)
        self._run = 0
        self._since = 0.0
        self._probe_left = 0
        self._state: CircuitState = "closed"

    @property
    def state(self) -> CircuitState:
        """The state now; an open circuit becomes half open when its cooldown is over.

        A probe that came to nothing (its partitions were taken away) is repeated after as long again.
        """
        if self._state != "closed" and self._clock() - self._since >= self._settings.cooldown_s:
            self._probe_left = PROBE_RECORDS
            self._change("half_open")
        return self._state

    def admit(self, wanted: int) -> int:
        """How many more articles may be read now, of ``wanted``; what is admitted half open counts against the probe."""
        match self.state:
            case "closed":
                return wanted
            case "half_open":
                return min(wanted, self._probe_left)
            case _:
                return 0

    def admitted(self, count: int) -> None:
        """``count`` articles were read."""
        if self._state == "half_open":
            self._probe_left = max(0, self._probe_left - count)

    def record(self, dead_lettered: bool) -> None:
        """An article was committed, enriched or as a dead letter."""
        self._latest.append(dead_lettered)
        self._run = self._run + 1 if dead_lettered else 0
        if self.state == "half_open":
            if not dead_lettered:
                self._reset()
            elif self._run >= PROBE_RECORDS:
                self._open()
        elif self._state == "closed" and self._broken():
            self._open()

    def _broken(self) -> bool:
        if self._run >= self._settings.run_length:
            return True
        seen = len(self._latest)
        return seen >= self._settings.min_records and sum(self._latest) / seen >= self._settings.ratio

    def _open(self) -> None:
        self._run = 0
        self._change("open")

    def _reset(self) -> None:
        self._latest.clear()
        self._run = 0
        self._change("closed")

    def _change(self, state: CircuitState) -> None:
        self._since = self._clock()
        self._state = state
        self._on_change(state)

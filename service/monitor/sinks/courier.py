"""A courier takes alerts to one receiver: in order, one at a time, again and again until it is taken or refused."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential, wait_random

from service.messages.alert import EscalationAlert
from service.monitor.sinks.channel import Build, Channel, Observer, Outcome, Pair
from service.monitor.sinks.clock import Clock
from service.monitor.sinks.posting import Post, RefusedError, Request, UnavailableError, judge
from service.settings import Sinks

log = structlog.get_logger(__name__)

RETRY_INITIAL_S: Final = 0.5
"""Seconds before the second try: a receiver that was just restarted is back by then or soon after."""


@dataclass(eq=False, slots=True)
class Waiting:
    """An alert on its way, and how its requests are made."""

    alert: EscalationAlert
    build: Build


class Courier:
    """The queue and the task of one receiver; :meth:`run` is that task.

    The alert that is being tried stays at the head of the queue. When the queue is full it is the oldest like any other
    and is given up after one more try, so that an alert on which a receiver always fails cannot hold up the rest for ever.
    """

    def __init__(self, channel: Channel, post: Post, settings: Sinks, observe: Observer, clock: Clock) -> None:
        self.channel = channel
        self._post = post
        self._max = settings.queue_max_alerts
        self._observe = observe
        self._clock = clock
        self._retry_max_s = settings.retry_max_s
        self._backoff = wait_exponential(RETRY_INITIAL_S, settings.retry_max_s) + wait_random(0, RETRY_INITIAL_S)
        self._waiting: deque[Waiting] = deque()
        self._trying: Waiting | None = None
        self._arrived = asyncio.Event()
        self._hurry = asyncio.Event()
        self._closing = False
        self._in_trouble = False
        self._renewal_at = None if channel.renewal_s is None else clock.monotonic() + channel.renewal_s

    def __len__(self) -> int:
        """How many alerts wait."""
        return len(self._waiting)

    def offer(self, alert: EscalationAlert) -> None:
        """Queue an alert; never blocks and never raises."""
        if self._closing:
            self._end(alert, "given_up", "the monitor ends")
            return
        try:
            waiting = Waiting(alert, self.channel.prepare(alert, self._clock.now()))
        except Exception as error:
            self._fail(alert, error)
            return
        if len(self._waiting) >= self._max:
            self._give_up_oldest()
        self._waiting.append(waiting)
        self._arrived.set()

    def restore(self, alerts: Iterable[EscalationAlert]) -> None:
        """See :meth:`Channel.restore`; a receiver that needs renewals gets one at once."""
        self.channel.restore(alerts)
        if self._renewal_at is not None:
            self._renewal_at = self._clock.monotonic()
            self._arrived.set()

    def forget(self, pairs: Collection[Pair]) -> None:
        """See :meth:`Channel.forget`; what already waits is still delivered."""
        self.channel.forget(pairs)

    def close(self) -> None:
        """Let :meth:`run` end: after one more try of each alert that waits, or at the first that the receiver cannot take."""
        self._closing = True
        self._arrived.set()
        self._hurry.set()

    def give_up_rest(self) -> None:
        """Log and count what was left when :meth:`run` ended or was cancelled."""
        while self._waiting:
            self._end(self._waiting.popleft().alert, "given_up", "the monitor ends")

    async def run(self) -> None:
        """Deliver until closed; no failure of a delivery ends this."""
        while self._waiting or not self._closing:
            if not self._waiting:
                await self._idle()
            elif not await self._deliver(self._waiting[0]):
                break

    async def _idle(self) -> None:
        self._arrived.clear()
        due = self._renewal_at
        await self._clock.wait(self._arrived, None if due is None else max(0.0, due - self._clock.monotonic()))
        await self._renew_if_due()

    async def _deliver(self, waiting: Waiting) -> bool:
        """Try until it is taken, refused or given up: True. False when we close and the receiver cannot be reached."""
        self._trying = waiting
        self._hurry.clear()
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(UnavailableError),
            wait=self._pause,
            stop=lambda state: self._closing or not self._is_head(waiting),
            sleep=lambda seconds: self._clock.wait(self._hurry, seconds),
            before_sleep=self._note_retry,
            reraise=True,
        )
        try:
            await retrying(self._try, waiting)
        except UnavailableError as error:
            self._note_trouble(error)
            if self._is_head(waiting):
                return False
            self._end(waiting.alert, "given_up", "too many wait")
        except Exception as error:
            self._fail(waiting.alert, error)
        else:
            self._observe(self.channel.name, "delivered")
        finally:
            self._trying = None
        if self._is_head(waiting):
            self._waiting.popleft()
        return True

    async def _try(self, waiting: Waiting) -> None:
        await self._renew_if_due()
        await self._send(waiting.build(self._clock.now()))

    async def _renew_if_due(self) -> None:
        """One try: the next renewal makes good for one that fails."""
        renewal_s, due, now = self.channel.renewal_s, self._renewal_at, self._clock.monotonic()
        if renewal_s is None or due is None or now < due or self._closing:
            return
        self._renewal_at = now + renewal_s
        try:
            request = self.channel.renewal(self._clock.now(), [each.alert for each in self._waiting])
            if request is not None:
                await self._send(request)
        except Exception as error:
            self._observe(self.channel.name, "retried")
            self._note_trouble(error)

    async def _send(self, request: Request) -> None:
        judge(await self._post(request), self._clock.now(), self.channel.quote)
        if self._in_trouble:
            self._in_trouble = False
            log.info("sink_works_again", sink=self.channel.name)

    def _pause(self, state: RetryCallState) -> float:
        """Seconds before the next try: our own backoff, or longer when the receiver asks for it."""
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after_s if isinstance(error, UnavailableError) else 0.0
        return max(min(self._backoff(state), self._retry_max_s), asked)

    def _is_head(self, waiting: Waiting) -> bool:
        return bool(self._waiting) and self._waiting[0] is waiting

    def _give_up_oldest(self) -> None:
        oldest = self._waiting.popleft()
        if oldest is self._trying:
            self._hurry.set()  # its last try tells what became of it
        else:
            self._end(oldest.alert, "given_up", "too many wait")

    # What is counted and logged.

    def _note_retry(self, state: RetryCallState) -> None:
        self._observe(self.channel.name, "retried")
        if state.outcome and (error := state.outcome.exception()):
            self._note_trouble(error)

    def _note_trouble(self, error: BaseException) -> None:
        """One line when trouble begins; a receiver that is away for an hour is not worth a hundred."""
        if not self._in_trouble:
            self._in_trouble = True
            log.warning("sink_unavailable", sink=self.channel.name, reason=_reason(error))

    def _fail(self, alert: EscalationAlert, error: Exception) -> None:
        self._end(alert, "failed", _reason(error))

    def _end(self, alert: EscalationAlert, outcome: Outcome, reason: str) -> None:
        self._observe(self.channel.name, outcome)
        log.error(
            "alert_not_delivered",
            sink=self.channel.name,
            outcome=outcome,
            pair="-".join(alert.pair),
            alert_id=alert.alert_id,
            state=alert.state,
            reason=reason,
        )


def _reason(error: BaseException) -> str:
    """Words for the log. Of an error that nobody foresaw only the name: its text could hold an address."""
    return str(error) if isinstance(error, UnavailableError | RefusedError) else type(error).__name__

"""All sinks together: what the monitor holds."""

import asyncio
from collections.abc import Collection, Iterable
from types import TracebackType
from typing import Final, Self

from service.messages.alert import EscalationAlert
from service.monitor.sinks.alertmanager import Alertmanager
from service.monitor.sinks.channel import Channel, Observer, Pair, SinkName
from service.monitor.sinks.clock import Clock, SystemClock
from service.monitor.sinks.courier import Courier
from service.monitor.sinks.posting import HttpPost, Post
from service.monitor.sinks.slack import Slack
from service.monitor.sinks.webhook import Webhook
from service.settings import Sinks

STOP_WITHIN_S: Final = 5.0
"""Seconds for the last tries when the monitor ends: Kubernetes grants 30, and the state has to be kept first."""


class AlertSinks:
    """Hands alerts to every receiver that is configured. Each has a task and a queue of its own, so that none waits for another.

    Delivery is at least once while the process lives, in order for each receiver. What waits is lost with the process; the
    topic has it.

    Args:
        settings: which receivers there are, and the limits.
        observe: is told of every outcome.
        post: sends requests; None: over HTTP.
        clock: the time.
    """

    def __init__(
        self, settings: Sinks, observe: Observer, *, post: Post | None = None, clock: Clock | None = None
    ) -> None:
        self._http = HttpPost(settings.timeout_s)
        post, clock = post or self._http, clock or SystemClock()
        self._couriers = [Courier(each, post, settings, observe, clock) for each in channels(settings)]
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def waiting(self) -> dict[SinkName, int]:
        """Alerts that wait, by configured sink."""
        return {courier.channel.name: len(courier) for courier in self._couriers}

    def offer(self, alert: EscalationAlert) -> None:
        """Queue an alert for every receiver; never blocks and never raises. Before :meth:`start` it waits."""
        for courier in self._couriers:
            courier.offer(alert)

    def restore(self, alerts: Iterable[EscalationAlert]) -> None:
        """These alerts fire already: Alertmanager is told of them now and then regularly, nobody else hears of them again.

        To be called with every alert that fires, of every level, when the process starts and when partitions arrive.
        """
        firing = list(alerts)
        for courier in self._couriers:
            courier.restore(firing)

    def forget(self, pairs: Collection[Pair]) -> None:
        """These pairs moved to another instance, which renews them from now on."""
        for courier in self._couriers:
            courier.forget(pairs)

    async def start(self) -> None:
        """Begin to deliver."""
        self._tasks = [
            asyncio.create_task(courier.run(), name=f"alert-sink-{courier.channel.name}") for courier in self._couriers
        ]

    async def stop(self, within_s: float = STOP_WITHIN_S) -> None:
        """Try once more what waits, within so many seconds; then log what was left."""
        for courier in self._couriers:
            courier.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for courier in self._couriers:
            courier.give_up_rest()
        await self._http.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()


def channels(settings: Sinks) -> list[Channel]:
    """The receivers whose address is set."""
    found: list[Channel] = []
    if settings.alertmanager.url is not None:
        found.append(Alertmanager(settings.alertmanager.url, settings.alertmanager))
    if settings.webhook.url is not None:
        found.append(Webhook(settings.webhook.url, settings.webhook))
    if settings.slack.secret_url is not None:
        found.append(Slack(settings.slack.secret_url.get_secret_value()))
    return found

"""What a kind of receiver must know: how an alert looks to it. Waiting, retrying and counting are the courier's."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import ClassVar, Literal

from service.messages.alert import EscalationAlert
from service.monitor.sinks.posting import Request

SinkName = Literal["alertmanager", "webhook", "slack"]
SINK_NAMES: tuple[SinkName, ...] = ("alertmanager", "webhook", "slack")
Outcome = Literal["delivered", "retried", "failed", "given_up"]
"""Of an alert: delivered; failed, because the receiver refused it for good; given up, because too many waited or the
process ended. Of a try: retried, because it failed and is made again."""
OUTCOMES: tuple[Outcome, ...] = ("delivered", "retried", "failed", "given_up")
Observer = Callable[[SinkName, Outcome], None]
"""Is told of every outcome, once; for the metrics."""
Pair = tuple[str, str]
"""Two sorted ISO 3166-1 alpha-3 codes."""
Build = Callable[[datetime], Request]
"""Makes the request of one try at that wall-clock time: a signature and an expiry must be as young as the try."""


class Channel(ABC):
    """One receiver. Only Alertmanager forgets what it is not told again; the others keep the defaults below."""

    name: ClassVar[SinkName]
    renewal_s: float | None = None
    """Seconds between two renewals; None: the receiver needs none."""

    @abstractmethod
    def prepare(self, alert: EscalationAlert, now: datetime) -> Build:
        """Take an alert in, called once for each in the order they were raised, and say how its requests are made."""

    def quote(self, excerpt: str) -> str:
        """What of a refusal's text may be logged; the receiver could repeat a secret in it."""
        return " ".join(excerpt.split())

    def renewal(self, now: datetime, waiting: Iterable[EscalationAlert]) -> Request | None:
        """Tell the receiver again what still holds, or None when nothing does; what is ``waiting`` speaks for itself."""
        return None

    def restore(self, alerts: Iterable[EscalationAlert]) -> None:  # noqa: B027 - most receivers have nothing to do
        """These alerts fire already, raised by this process before it was restarted or by another one."""

    def forget(self, pairs: Collection[Pair]) -> None:  # noqa: B027
        """Another process watches over these pairs now."""

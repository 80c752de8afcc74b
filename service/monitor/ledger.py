"""The alerts of one partition on their topic: what is out, and how more gets there exactly once.

The owner of a partition of pairs owns the partition of alerts of the same number. It starts a producer whose transactional id
names that partition, which fences any earlier owner, and only then reads the partition to its end. So what it read is
complete, and nobody but it can add to it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pydantic import ValidationError

from service.messages.alert import EscalationAlert
from service.messages.cloudevents import ESCALATION_ALERT_TYPE, cloud_event_headers
from service.monitor.wire import pair_name

log = structlog.get_logger(__name__)

SOURCE: Final = "/harbinger/monitor"
_POLL_MS: Final = 500


@dataclass(slots=True)
class PairAlerts:
    """What the topic says of one pair."""

    last: EscalationAlert | None = None
    open: dict[str, EscalationAlert] = field(default_factory=dict)
    """The alerts that fire, by level."""

    def note(self, alert: EscalationAlert) -> None:
        """Take an alert that is on the topic."""
        self.last = alert
        if alert.state == "firing":
            self.open[alert.level] = alert
        else:
            self.open.pop(alert.level, None)


class Ledger:
    """One partition of the alert topic. Open it before anything else, and close it whatever happens."""

    def __init__(
        self,
        partition: TopicPartition,
        new_producer: Callable[[], AIOKafkaProducer],
        new_consumer: Callable[[], AIOKafkaConsumer],
    ) -> None:
        self.partition = partition
        self.pairs: dict[str, PairAlerts] = {}
        self._new_producer = new_producer
        self._new_consumer = new_consumer
        self._producer: AIOKafkaProducer | None = None

    async def open(self) -> None:
        """Fence the owner before, then read what is out.

        Raises:
            KafkaError: the broker does not let us, or cannot be reached.
        """
        producer = self._new_producer()
        self._producer = producer
        await producer.start()
        consumer = self._new_consumer()
        try:
            await consumer.start()
            consumer.assign([self.partition])
            await consumer.seek_to_beginning(self.partition)
            end = (await consumer.end_offsets([self.partition]))[self.partition]
            while await consumer.position(self.partition) < end:
                batches = await consumer.getmany(self.partition, timeout_ms=_POLL_MS)
                for record in batches.get(self.partition, ()):
                    self._note(record.key, record.value)
        finally:
            await consumer.stop()

    async def publish(self, alerts: Sequence[EscalationAlert]) -> None:
        """Write alerts, all or none.

        Raises:
            KafkaError: they were not written, or the partition has a new owner; the ledger must be closed.
        """
        assert self._producer is not None, "open the ledger first"
        async with self._producer.transaction():
            sent = [
                await self._producer.send(
                    self.partition.topic,
                    key=pair_name(alert.pair).encode(),
                    value=alert.model_dump_json(by_alias=True).encode(),
                    partition=self.partition.partition,
                    headers=cloud_event_headers(
                        id=alert.alert_id, source=SOURCE, type=ESCALATION_ALERT_TYPE, time=alert.updated_at
                    ),
                )
                for alert in alerts
            ]
            for delivery in sent:
                await delivery
        for alert in alerts:
            self._of(pair_name(alert.pair)).note(alert)

    def of(self, name: str) -> PairAlerts:
        """What is out of a pair."""
        return self.pairs.get(name) or PairAlerts()

    def firing(self) -> Iterable[EscalationAlert]:
        """The alerts that fire, of all pairs."""
        return [alert for pair in self.pairs.values() for alert in pair.open.values()]

    async def close(self) -> None:
        """Let go of the partition."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    def _of(self, name: str) -> PairAlerts:
        return self.pairs.setdefault(name, PairAlerts())

    def _note(self, key: bytes | None, value: bytes | None) -> None:
        if value is None:  # somebody deleted the pair's alerts by hand
            self.pairs.pop((key or b"").decode("utf-8", "replace"), None)
            return
        try:
            alert = EscalationAlert.model_validate_json(value)
        except ValidationError as error:
            log.warning("foreign_alert", partition=self.partition.partition, reason=str(error))
            return
        self._of(pair_name(alert.pair)).note(alert)

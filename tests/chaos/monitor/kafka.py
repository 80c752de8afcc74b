"""The harness's own side of Kafka: make topics, feed articles, look how far the monitors are. All past the slow proxy."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from tests.chaos.kafka import LARGEST
from tests.chaos.monitor.articles import Message
from tests.chaos.waiting import until

ARTICLES, ENRICHED, ALERTS = "articles", "articles.enriched", "escalation.alerts"
GROUP = "harbinger-monitor"
DEAD_LETTERS = f"{GROUP}-dlq"
"""Made by the monitors themselves, with as many partitions as the alerts have."""

PORTION = 50
"""Articles that are sent at once."""


async def create_topics(servers: str, partitions: int) -> None:
    """Input and outputs, made before anybody looks for them.

    The alerts are not compacted, unlike in production: the verdict counts every message, and compaction takes some away.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    limit = {"max.message.bytes": str(LARGEST)}
    try:
        await admin.create_topics(
            [
                NewTopic(ARTICLES, partitions, 1, topic_configs=limit),
                NewTopic(ENRICHED, partitions, 1, topic_configs=limit),
                NewTopic(ALERTS, partitions, 1, topic_configs=limit | {"cleanup.policy": "delete"}),
            ]
        )
    finally:
        await admin.close()


class Feed:
    """Sends articles in portions, spread over a time; an asynchronous context manager."""

    def __init__(self, servers: str, messages: Sequence[Message], seconds: float) -> None:
        self.sent = 0
        """Messages sent for the first time."""
        self.replayed = 0
        """Messages sent again."""
        self._messages = messages
        self._pause_s = seconds * PORTION / len(messages)
        self._producer = AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True, linger_ms=5)

    @property
    def total(self) -> int:
        """Messages that will have been sent at the end, as far as is known by now."""
        return len(self._messages) + self.replayed

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._producer.stop()

    async def send_all(self, may_send: Callable[[], bool]) -> None:
        """Send everything in its order, each portion when its time has come and ``may_send`` agrees."""
        while self.sent < len(self._messages):
            await until(may_send, every_s=0.05)
            await self._send(self._messages[self.sent : self.sent + PORTION])
            self.sent = min(self.sent + PORTION, len(self._messages))
            await asyncio.sleep(self._pause_s)

    async def replay(self, first: int, count: int) -> None:
        """Send a stretch of what was sent before once more, as fast as it goes."""
        stretch = self._messages[: self.sent][first : first + count]
        for start in range(0, len(stretch), PORTION):
            portion = stretch[start : start + PORTION]
            self.replayed += len(portion)
            await self._send(portion)

    async def _send(self, portion: Sequence[Message]) -> None:
        waiting = [await self._producer.send(ENRICHED, message.value, key=message.key) for message in portion]
        await asyncio.gather(*waiting)


class Progress:
    """How far the monitors are, looked at again and again: offsets of every topic that their group reads."""

    def __init__(self, servers: str) -> None:
        self._servers = servers
        self.committed: dict[TopicPartition, int] = {}
        self.ends: dict[TopicPartition, int] = {}
        self.alerts = 0
        """Messages in the alerts topic."""
        self.looks = 0
        """How often it was looked."""
        self.changed_at = time.monotonic()
        """When anything of this last changed, monotonic seconds."""

    @property
    def done(self) -> int:
        """Articles that the group has committed."""
        return sum(offset for where, offset in self.committed.items() if where.topic == ENRICHED)

    @property
    def behind(self) -> dict[str, tuple[int, int]]:
        """Partitions whose committed offset is not the end: name -> (committed, end)."""
        return {
            f"{where.topic}/{where.partition}": (self.committed.get(where, 0), end)
            for where, end in self.ends.items()
            if self.committed.get(where, 0) != end
        }

    @property
    def still_s(self) -> float:
        """Seconds without any change."""
        return time.monotonic() - self.changed_at

    async def follow(self, interval_s: float = 0.5) -> None:
        """Keep looking until cancelled."""
        while True:
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(60):
                    await self._follow(interval_s)
            await asyncio.sleep(interval_s)

    async def _follow(self, interval_s: float) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._servers)
        consumer = AIOKafkaConsumer(bootstrap_servers=self._servers)
        try:
            await admin.start()
            await consumer.start()
            await consumer.topics()
            while True:
                await self._look(admin, consumer)
                await asyncio.sleep(interval_s)
        finally:
            await admin.close()
            await consumer.stop()

    async def _look(self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> None:
        offsets = await admin.list_consumer_group_offsets(GROUP)
        committed = {where: position.offset for where, position in offsets.items() if position.offset >= 0}
        own = [TopicPartition(topic, each) for topic in (ENRICHED, ALERTS) for each in _partitions(consumer, topic)]
        ends = await consumer.end_offsets({*own, *committed})
        alerts = sum(end for where, end in ends.items() if where.topic == ALERTS)
        ends = {where: end for where, end in ends.items() if where.topic != ALERTS}
        if (committed, ends, alerts) != (self.committed, self.ends, self.alerts):
            self.changed_at = time.monotonic()
        self.committed, self.ends, self.alerts = committed, ends, alerts
        self.looks += 1


def _partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    return consumer.partitions_for_topic(topic) or set()

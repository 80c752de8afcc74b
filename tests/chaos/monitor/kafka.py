"""The harness's own side of Kafka: make topics, feed articles, look how far the monitors are. All past the slow proxy."""

import asyncio
import contextlib
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata, TopicPartition

from tests.chaos.kafka import LARGEST
from tests.chaos.monitor.articles import Message
from tests.chaos.waiting import until

ARTICLES, ENRICHED, ALERTS = "articles", "articles.enriched", "escalation.alerts"
GROUP = "harbinger-monitor"
DEAD_LETTERS = f"{GROUP}-dlq"
"""Made by the monitors themselves, with as many partitions as the alerts have."""

PORTION = 50
"""Articles that are sent in one transaction, as the worker sends them."""

IN_VAIN_EVERY = 8
"""One in so many transactions is preceded by one that is aborted, whose articles nobody may count."""


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
    """Sends articles in transactions, spread over a time; an asynchronous context manager."""

    def __init__(self, servers: str, messages: Sequence[Message], seconds: float) -> None:
        self.sent = 0
        """Messages sent for the first time."""
        self.replayed = 0
        """Messages sent again."""
        self._offsets: dict[int, list[int]] = {}
        self._messages = messages
        self._pause_s = seconds * PORTION / len(messages)
        self._producer = AIOKafkaProducer(bootstrap_servers=servers, transactional_id="chaos-feed", linger_ms=5)
        self._transaction = asyncio.Lock()
        self._transactions = 0

    @property
    def total(self) -> int:
        """Messages that will have been sent at the end, as far as is known by now."""
        return len(self._messages) + self.replayed

    def read_by(self, committed: Mapping[int, int]) -> int:
        """How many of the messages lie before these offsets, by partition. Markers of transactions and what was aborted do not count."""
        return sum(bisect_left(offsets, committed.get(where, 0)) for where, offsets in self._offsets.items())

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
        async with self._transaction:
            if self._transactions % IN_VAIN_EVERY == 0:
                await self._send_in_vain(portion)
            self._transactions += 1
            async with self._producer.transaction():
                sent = await self._put((message.key, message.value) for message in portion)
            for record in sent:
                self._offsets.setdefault(record.partition, []).append(record.offset)

    async def _send_in_vain(self, portion: Sequence[Message]) -> None:
        """Articles of other names in a transaction that is aborted."""
        await self._producer.begin_transaction()
        await self._put(
            (b"vain-" + message.key, message.value.replace(message.key, b"vain-" + message.key))
            for message in portion
            if message.value
        )
        await self._producer.abort_transaction()

    async def _put(self, records: Iterable[tuple[bytes, bytes | None]]) -> list[RecordMetadata]:
        waiting = [await self._producer.send(ENRICHED, value, key=key) for key, value in records]
        return await asyncio.gather(*waiting)


class Progress:
    """How far the monitors are, looked at again and again: offsets of every topic that their group reads."""

    def __init__(self, servers: str, feed: Feed) -> None:
        self._servers = servers
        self._feed = feed
        self.committed: dict[TopicPartition, int] = {}
        self.ends: dict[TopicPartition, int] = {}
        self.changed_at = time.monotonic()
        """When anything of this last changed, monotonic seconds."""

    @property
    def done(self) -> int:
        """Messages of the feed that the group has committed."""
        return self._feed.read_by(
            {at.partition: offset for at, offset in self.committed.items() if at.topic == ENRICHED}
        )

    @property
    def behind(self) -> dict[str, tuple[int, int]]:
        """Partitions between the monitors that are not read to their end: name -> (committed, end)."""
        return {
            f"{where.topic}/{where.partition}": (self.committed.get(where, 0), end)
            for where, end in self.ends.items()
            if where.topic not in (ENRICHED, ALERTS) and self.committed.get(where, 0) != end
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
        if (committed, ends) != (self.committed, self.ends):
            self.changed_at = time.monotonic()
        self.committed, self.ends = committed, ends


def _partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    return consumer.partitions_for_topic(topic) or set()

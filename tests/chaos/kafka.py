"""The harness's own side of Kafka: feed, look at the progress, read everything back."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord, TopicPartition

from service.messages.dead_letter import DeadLetter, original_headers
from tests.chaos.articles import Message, version_of
from tests.chaos.verdict import CameOut, Fed
from tests.chaos.waiting import until

ARTICLES, ENRICHED, DEAD_LETTERS = "articles", "articles.enriched", "articles.dlq"
GROUP = "harbinger"

NUMBER, GOOD, VERSION = "chaos-number", "chaos-good", "chaos-version"
"""Headers of what is fed, for the harness alone."""

SURVIVE_MS = 180_000
"""How long the feeding producer keeps trying: it must outlive the broker's death."""

LARGEST = 16 * 1024 * 1024


async def feed(
    servers: str, messages: Iterable[Message], may_send: Callable[[int], bool], sent: Callable[[int], None]
) -> None:
    """Send the messages in their order, idempotently, each when ``may_send`` agrees; ``sent`` is told how many so far.

    Raises:
        KafkaError: a message could not be sent within :data:`SURVIVE_MS`.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=servers,
        enable_idempotence=True,
        request_timeout_ms=SURVIVE_MS,
        max_request_size=LARGEST,
        linger_ms=5,
    )
    await producer.start()
    waiting: list[asyncio.Future[object]] = []
    try:
        for count, message in enumerate(messages, 1):
            await until(partial(may_send, message.number), every_s=0.05)
            headers = [
                (NUMBER, str(message.number).encode()),
                (GOOD, b"1" if message.good else b"0"),
                (VERSION, str(message.version).encode()),
            ]
            waiting.append(await producer.send(ARTICLES, message.value, key=message.key, headers=headers))
            sent(count)
        await asyncio.gather(*waiting)
    finally:
        await producer.stop()


class Progress:
    """Committed and end offsets of the articles topic, looked at again and again; stale while the broker is away."""

    def __init__(self, servers: str) -> None:
        self._servers = servers
        self.committed: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        self.changed_at = time.monotonic()
        """When the sum of the committed offsets last changed, monotonic seconds."""

    @property
    def done(self) -> int:
        """Records that the group has committed."""
        return sum(self.committed.values())

    @property
    def behind(self) -> dict[int, tuple[int, int]]:
        """Partitions whose committed offset is not the end: partition -> (committed, end)."""
        return {
            partition: (self.committed.get(partition, 0), end)
            for partition, end in self.ends.items()
            if self.committed.get(partition, 0) != end
        }

    async def follow(self, interval_s: float = 0.5) -> None:
        """Keep looking until cancelled, over any death of the broker."""
        while True:
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(30):
                    await self._follow(interval_s)
            await asyncio.sleep(interval_s)

    async def _follow(self, interval_s: float) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._servers, request_timeout_ms=5000)
        consumer = AIOKafkaConsumer(bootstrap_servers=self._servers, request_timeout_ms=5000)
        try:
            await admin.start()
            await consumer.start()
            while True:
                await self._look(admin, consumer)
                await asyncio.sleep(interval_s)
        finally:
            await admin.close()
            await consumer.stop()

    async def _look(self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> None:
        committed = await admin.list_consumer_group_offsets(GROUP)
        before = self.done
        found = {
            where.partition: position.offset
            for where, position in committed.items()
            if where.topic == ARTICLES and position.offset >= 0
        }
        if not found and before:
            return  # a broker that just came back and has not read its offsets yet
        self.committed = found
        partitions = [TopicPartition(ARTICLES, number) for number in consumer.partitions_for_topic(ARTICLES) or ()]
        if not partitions:
            topics = await consumer.topics()
            assert ARTICLES in topics, "the articles topic was made before"
        self.ends = {where.partition: end for where, end in (await consumer.end_offsets(partitions)).items()}
        if self.done != before:
            self.changed_at = time.monotonic()


async def read(
    servers: str, topic: str, partitions: int, isolation: str, within_s: float = 120
) -> list[ConsumerRecord]:
    """Everything in a topic, partition after partition, each in its order.

    With ``read_committed`` a transaction left open would hide what follows it: so the end that is read up to is the one
    that ``read_uncommitted`` sees.

    Raises:
        TimeoutError: the end cannot be reached (a transaction was left open).
    """
    where = [TopicPartition(topic, number) for number in range(partitions)]
    plain = AIOKafkaConsumer(bootstrap_servers=servers)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers,
        isolation_level=isolation,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=LARGEST,
    )
    records: list[ConsumerRecord] = []
    async with asyncio.timeout(within_s):
        try:
            await plain.start()
            await consumer.start()
            ends: Mapping[TopicPartition, int] = await plain.end_offsets(where)
            for partition in where:
                consumer.assign([partition])
                await consumer.seek_to_beginning(partition)
                while await consumer.position(partition) < ends[partition]:
                    for batch in (await consumer.getmany(partition, timeout_ms=200)).values():
                        records += batch
        finally:
            await plain.stop()
            await consumer.stop()
    return records


def as_fed(record: ConsumerRecord) -> Fed:
    """A record of the articles topic, for the verdict."""
    headers = dict(record.headers)
    return Fed(
        position=(record.partition, record.offset),
        key=record.key,
        good=headers[GOOD] == b"1",
        number=int(headers[NUMBER]),
        version=int(headers[VERSION]),
    )


def came_out_enriched(record: ConsumerRecord, sources: Mapping[tuple[int, int], ConsumerRecord]) -> CameOut:
    """A record of the enriched topic, for the verdict."""
    document = json.loads(record.value)
    position = document["provenance"]["input"]
    source = (position["partition"], position["offset"])
    article = document["article"]
    version = version_of(article["title"])
    intact = article["id"].encode() == record.key == dict(record.headers).get("ce_id")
    if original := sources.get(source):
        intact = intact and version == as_fed(original).version
    return CameOut("enriched", record.partition, source, record.key, intact and position["topic"] == ARTICLES, version)


def came_out_dead(record: ConsumerRecord, sources: Mapping[tuple[int, int], ConsumerRecord]) -> CameOut:
    """A record of the dead letter topic, for the verdict."""
    letter = DeadLetter.from_headers(record.headers)
    assert letter is not None, f"no dead letter at {record.partition}/{record.offset}"
    assert letter.partition is not None, letter
    assert letter.offset is not None, letter
    source = (letter.partition, letter.offset)
    original = sources.get(source)
    intact = original is not None and (
        letter.topic == ARTICLES
        and letter.consumer_group == GROUP
        and record.value == original.value
        and original_headers(record.headers) == list(original.headers)
    )
    return CameOut("dead letter", record.partition, source, record.key, intact, 0)


async def read_for_verdict(servers: str, partitions: int) -> tuple[Sequence[Fed], Sequence[CameOut]]:
    """What was fed and what came out of it, committed records only."""
    fed = await read(servers, ARTICLES, partitions, "read_uncommitted")
    sources = {(record.partition, record.offset): record for record in fed}
    enriched = await read(servers, ENRICHED, partitions, "read_committed")
    dead = await read(servers, DEAD_LETTERS, partitions, "read_committed")
    out = [came_out_enriched(record, sources) for record in enriched]
    return [as_fed(record) for record in fed], out + [came_out_dead(record, sources) for record in dead]

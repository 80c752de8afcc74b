"""What tests do with a broker: make topics, put records in, and take them out as a reader of committed data does."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code

Headers = list[tuple[str, bytes]]
Record = tuple[bytes | None, bytes | None] | tuple[bytes | None, bytes | None, Headers]
"""Key, value and perhaps headers."""


async def create_topics(bootstrap_servers: str, names: Iterable[str], partitions: int = 1) -> None:
    """Make topics, and wait until a client sees all their partitions with a leader.

    Raises:
        KafkaError: the broker refuses one, for instance because it exists.
        TimeoutError: they did not appear within 20 s.
    """
    wanted = list(names)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        answer = await admin.create_topics([NewTopic(name, partitions, 1) for name in wanted])
        for topic, code, *_ in answer.topic_errors:
            if code:
                raise for_code(code)(topic)
        async with asyncio.timeout(20):
            while not _all_led(await admin.describe_topics(wanted), partitions):  # noqa: ASYNC110 - a broker, not an event
                await asyncio.sleep(0.05)
    finally:
        await admin.close()


def _all_led(topics: list[dict[str, Any]], partitions: int) -> bool:
    return all(
        len(topic["partitions"]) == partitions and all(each["leader"] >= 0 for each in topic["partitions"])
        for topic in topics
    )


async def produce(bootstrap_servers: str, topic: str, records: Iterable[Record], partition: int | None = None) -> None:
    """Send records in this order, and wait until the broker has them all."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        sent = []
        for key, value, *rest in records:
            headers = list(rest[0]) if rest else None
            sent.append(await producer.send(topic, value, key=key, headers=headers, partition=partition))
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def consume(bootstrap_servers: str, topic: str, count: int | None, within: float = 30.0) -> list[Any]:
    """Read a topic from its start, committed records only, of all partitions.

    Args:
        bootstrap_servers: of the broker.
        topic: must exist.
        count: come back as soon as there are so many; None reads until the deadline, to see that nothing more comes.
        within: seconds until the deadline. Whoever asked for a count then gets fewer, and the assertion on it fails.

    Returns:
        aiokafka's records, in order within a partition.
    """
    consumer = AIOKafkaConsumer(
        topic,  # and no group: all partitions, from the start
        bootstrap_servers=bootstrap_servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    deadline = time.monotonic() + within
    await consumer.start()
    try:
        found: list[Any] = []
        while (count is None or len(found) < count) and (left := deadline - time.monotonic()) > 0:
            batches = await consumer.getmany(timeout_ms=int(min(left, 0.5) * 1000))
            for batch in batches.values():
                found.extend(batch)
        return found
    finally:
        await consumer.stop()

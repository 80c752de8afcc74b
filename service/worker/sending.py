"""Sending a record exactly as it is."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer


async def send(
    producer: AIOKafkaProducer,
    topic: str,
    *,
    key: bytes | None,
    value: bytes | None,
    partition: int | None,
    headers: Sequence[tuple[str, bytes]],
) -> asyncio.Future[Any]:
    """Hand a record to the producer; await what is returned for the broker's acknowledgement.

    Kafka carries a record with neither key nor value, so one may come in, and then it must be able to leave as a dead
    letter. ``AIOKafkaProducer.send`` refuses it by an assertion; as a batch of one it goes through.
    """
    if key is None and value is None and partition is not None:
        batch = producer.create_batch()
        batch.append(timestamp=None, key=None, value=None, headers=list(headers))
        batch.close()
        acknowledged: asyncio.Future[Any] = await producer.send_batch(batch, topic, partition=partition)
    else:
        acknowledged = await producer.send(topic, value=value, key=key, partition=partition, headers=list(headers))
    return acknowledged

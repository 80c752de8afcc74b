"""How far behind each assigned partition is, in records and in seconds."""

import time

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import IllegalStateError
from aiokafka.structs import TopicPartition

from service.observability.metrics import Metrics
from service.worker.lane import Lane
from service.worker.lanes import Lanes


async def show_lag(consumer: AIOKafkaConsumer, lanes: Lanes, metrics: Metrics, now: float | None = None) -> None:
    """Set the lag of every lane that was ever open from what the consumer knows already; asks the broker nothing.

    A lane that fails and opens again is no less behind for it: its lag goes on growing.

    Seconds are the age of the oldest record that was read and is not committed. When none is in flight but records are
    waiting, it is the age of the last one committed, an upper bound. ``now`` is seconds since the epoch.
    """
    now = time.time() if now is None else now
    for partition in sorted(consumer.assignment()):
        lane = lanes.get(partition)
        if lane is None or lane.committed_offset < 0:
            continue
        end = consumer.last_stable_offset(partition)
        behind = 0 if end is None or end < 0 else max(0, end - lane.committed_offset)
        if behind and end is not None and await _read_to(end, consumer, partition, lane):
            behind = 0
        oldest = lane.oldest_timestamp_ms
        if oldest is None and behind:
            oldest = lane.last_timestamp_ms
        metrics.set_lag(partition.topic, partition.partition, behind, now - oldest / 1000 if oldest else 0.0)


async def _read_to(end: int, consumer: AIOKafkaConsumer, partition: TopicPartition, lane: Lane) -> bool:
    """Whether all was read and committed, and only marks of transactions, which are no records, lie before the end."""
    if not lane.open:
        return False
    try:
        position = await consumer.position(partition)
    except IllegalStateError:  # it was taken away just now
        return False
    return bool(position >= end) and lane.oldest_timestamp_ms is None

"""How far behind the worker says it is."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import IllegalStateError
from aiokafka.structs import TopicPartition

from service.observability.metrics import Metrics
from service.worker.lag import show_lag

PARTITION = TopicPartition("articles", 3)
NOW = 1_000.0


class FakeConsumer:
    """Owns one partition whose records end before ``end``; None: no answer of the broker has said so yet."""

    def __init__(self, end: int | None, position: int) -> None:
        self.end = end
        self.at = position

    def assignment(self) -> set[TopicPartition]:
        return {PARTITION}

    def last_stable_offset(self, partition: TopicPartition) -> int | None:
        return self.end

    async def position(self, partition: TopicPartition) -> int:
        if self.at < 0:
            raise IllegalStateError("not assigned any more")
        return self.at


async def lag(end: int | None = 20, position: int = 12, **lane: Any) -> tuple[float | None, float | None]:
    """Records and seconds, of a lane that committed up to offset 10 and the record of 100 s ago."""
    state = {"committed_offset": 10, "oldest_timestamp_ms": None, "last_timestamp_ms": 900_000, "open": True} | lane
    lanes: Any = {PARTITION: SimpleNamespace(**state)}
    metrics = Metrics()
    await show_lag(FakeConsumer(end, position), lanes, metrics, NOW)
    labels = {"topic": "articles", "partition": "3"}
    return (
        metrics.registry.get_sample_value("harbinger_consumer_lag_records", labels),
        metrics.registry.get_sample_value("harbinger_consumer_lag_seconds", labels),
    )


async def test_it_is_as_old_as_the_oldest_record_that_is_read_and_not_committed() -> None:
    assert await lag(oldest_timestamp_ms=970_000) == (10, 30)


async def test_while_none_is_read_it_is_as_old_as_the_last_one_committed() -> None:
    assert await lag() == (10, 100)


async def test_a_partition_that_was_read_to_its_end_is_not_behind() -> None:
    assert await lag(end=10) == (0, 0)


async def test_a_lane_that_failed_is_still_behind() -> None:
    assert await lag(open=False) == (10, 100)


async def test_a_lane_that_was_never_open_does_not_know_where_it_stands() -> None:
    assert await lag(committed_offset=-1, open=False) == (None, None)


@pytest.mark.parametrize("end", [None, -1])
async def test_an_end_that_is_not_known_yet_is_no_lag(end: int | None) -> None:
    assert await lag(end=end) == (0, 0)


async def test_marks_of_transactions_are_no_records() -> None:
    assert await lag(end=11, position=11) == (0, 0)
    assert await lag(end=11, position=11, open=False) == (1, 100), "its lane failed, and may have lost what it had read"
    assert await lag(end=11, position=11, oldest_timestamp_ms=970_000) == (1, 30), "it is still at something"
    assert await lag(end=11, position=-1) == (1, 100)

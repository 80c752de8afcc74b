"""How far behind the worker says it is."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.structs import TopicPartition

from service.observability.metrics import Metrics
from service.worker.lag import show_lag

PARTITION = TopicPartition("articles", 3)
NOW = 1_000.0


class FakeConsumer:
    """Owns one partition whose records end before ``end``; None: no answer of the broker has said so yet."""

    def __init__(self, end: int | None) -> None:
        self.end = end

    def assignment(self) -> set[TopicPartition]:
        return {PARTITION}

    def last_stable_offset(self, partition: TopicPartition) -> int | None:
        return self.end


def lag(end: int | None = 20, **lane: Any) -> tuple[float | None, float | None]:
    """Records and seconds, of a lane that committed up to offset 10 and the record of 100 s ago."""
    state = {"committed_offset": 10, "oldest_timestamp_ms": None, "last_timestamp_ms": 900_000, "open": True} | lane
    lanes: Any = {PARTITION: SimpleNamespace(**state)}
    metrics = Metrics()
    show_lag(FakeConsumer(end), lanes, metrics, NOW)
    labels = {"topic": "articles", "partition": "3"}
    return (
        metrics.registry.get_sample_value("harbinger_consumer_lag_records", labels),
        metrics.registry.get_sample_value("harbinger_consumer_lag_seconds", labels),
    )


def test_it_is_as_old_as_the_oldest_record_that_is_read_and_not_committed() -> None:
    assert lag(oldest_timestamp_ms=970_000) == (10, 30)


def test_while_none_is_read_it_is_as_old_as_the_last_one_committed() -> None:
    assert lag() == (10, 100)


def test_a_partition_that_was_read_to_its_end_is_not_behind() -> None:
    assert lag(end=10) == (0, 0)


def test_a_lane_that_failed_is_still_behind() -> None:
    assert lag(open=False) == (10, 100)


def test_a_lane_that_was_never_open_does_not_know_where_it_stands() -> None:
    assert lag(committed_offset=-1, open=False) == (None, None)


@pytest.mark.parametrize("end", [None, -1])
def test_an_end_that_is_not_known_yet_is_no_lag(end: int | None) -> None:
    assert lag(end=end) == (0, 0)

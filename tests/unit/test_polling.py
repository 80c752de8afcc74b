"""The poll loop hands over what was fetched for this epoch of a lane, and drops and seeks back everything else."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka.errors import IllegalStateError
from aiokafka.structs import TopicPartition

from service.observability.health import Health
from service.observability.metrics import Metrics
from service.settings import load_settings
from service.worker.budget import Budget
from service.worker.circuit import Circuit
from service.worker.polling import NO_PARTITION, Poller

SETTINGS = load_settings(environ={})
ONE, TWO = TopicPartition("articles", 1), TopicPartition("articles", 2)


@dataclass
class Record:
    offset: int


@dataclass
class FakeLane:
    partition: TopicPartition
    open: bool = True
    epoch: int = 1
    next_offset: int = 100
    pending: int = 0
    accepted: list[int] = field(default_factory=list)

    def accept(self, records: list[Record]) -> None:
        self.accepted += [record.offset for record in records]
        self.next_offset = records[-1].offset + 1


class FakeLanes(dict[TopicPartition, FakeLane]):
    @property
    def count(self) -> int:
        return len(self)

    def open_epochs(self) -> dict[TopicPartition, int]:
        return {partition: lane.epoch for partition, lane in self.items() if lane.open}


class FakeConsumer:
    """Gives what it is told to, after doing ``meanwhile``, as a rebalance beside the poll loop does."""

    def __init__(self) -> None:
        self.batches: dict[TopicPartition, list[Record]] = {}
        self.meanwhile: Any = lambda: None
        self.asked: list[TopicPartition] = []
        self.asked_records = 0
        self.sought: list[tuple[TopicPartition, int]] = []
        self.taken_away = False

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[Record]]:
        self.asked, self.asked_records = list(partitions), max_records
        self.meanwhile()
        return self.batches

    def seek(self, partition: TopicPartition, offset: int) -> None:
        if self.taken_away:
            raise IllegalStateError(f"{partition} is not assigned")
        self.sought.append((partition, offset))


@dataclass
class Bench:
    poller: Poller
    consumer: FakeConsumer
    lanes: FakeLanes
    budget: Budget
    circuit: Circuit
    metrics: Metrics

    def dropped(self) -> float:
        return self.metrics.registry.get_sample_value("harbinger_batches_dropped_total") or 0.0


@pytest.fixture
def bench() -> Bench:
    consumer, lanes = FakeConsumer(), FakeLanes({ONE: FakeLane(ONE), TWO: FakeLane(TWO)})
    budget, circuit, metrics = Budget(512, 10_000), Circuit(SETTINGS.worker.circuit), Metrics()
    poller = Poller(consumer, lanes, budget, circuit, Health(30), metrics, SETTINGS)  # type: ignore[arg-type]
    return Bench(poller, consumer, lanes, budget, circuit, metrics)


async def test_records_go_to_their_lanes(bench: Bench) -> None:
    bench.consumer.batches = {ONE: [Record(100), Record(101)], TWO: [Record(100)]}
    await bench.poller.poll_once()
    assert bench.lanes[ONE].accepted == [100, 101]
    assert bench.lanes[TWO].accepted == [100]
    assert bench.consumer.sought == []
    assert bench.dropped() == 0


async def test_a_lane_that_opened_during_the_call_drops_the_batch_and_seeks_back(bench: Bench) -> None:
    bench.lanes[ONE].open = False
    bench.consumer.batches = {ONE: [Record(150)]}
    bench.consumer.meanwhile = lambda: setattr(bench.lanes[ONE], "open", True)
    await bench.poller.poll_once()
    assert bench.lanes[ONE].accepted == []
    assert bench.consumer.sought == [(ONE, 100)], "merely dropping would lose what the position is already behind"
    assert bench.dropped() == 1


async def test_a_lane_that_failed_and_opened_again_during_the_call_is_not_the_same(bench: Bench) -> None:
    bench.consumer.batches = {ONE: [Record(150)]}
    bench.consumer.meanwhile = lambda: setattr(bench.lanes[ONE], "epoch", 2)
    await bench.poller.poll_once()
    assert bench.lanes[ONE].accepted == []
    assert bench.consumer.sought == [(ONE, 100)]


async def test_a_new_lane_of_the_same_partition_is_not_the_same(bench: Bench) -> None:
    bench.lanes[ONE].epoch = 3
    bench.consumer.batches = {ONE: [Record(150)]}
    bench.consumer.meanwhile = lambda: bench.lanes.update({ONE: FakeLane(ONE, epoch=1, next_offset=120)})
    await bench.poller.poll_once()
    assert bench.lanes[ONE].accepted == []
    assert bench.consumer.sought == [(ONE, 120)]


async def test_a_lane_that_closed_during_the_call_needs_no_seek(bench: Bench) -> None:
    bench.consumer.batches = {ONE: [Record(150)]}
    bench.consumer.meanwhile = lambda: setattr(bench.lanes[ONE], "open", False)
    await bench.poller.poll_once()
    assert bench.consumer.sought == []
    assert bench.dropped() == 1


async def test_seeking_in_a_partition_that_is_gone_is_no_failure(bench: Bench) -> None:
    bench.lanes[ONE].open = False
    bench.consumer.taken_away = True
    bench.consumer.batches = {ONE: [Record(150)]}
    bench.consumer.meanwhile = lambda: setattr(bench.lanes[ONE], "open", True)
    await bench.poller.poll_once()
    assert bench.dropped() == 1


async def test_without_room_the_consumer_is_polled_and_gives_nothing(bench: Bench) -> None:
    bench.budget.take(10_001)
    await bench.poller.poll_once()
    assert bench.consumer.asked == [NO_PARTITION]


async def test_a_lane_with_its_share_is_not_asked_for_more(bench: Bench) -> None:
    bench.lanes[ONE].pending = 256
    await bench.poller.poll_once()
    assert bench.consumer.asked == [TWO]
    assert bench.consumer.asked_records == 512


async def test_an_open_circuit_stops_the_reading(bench: Bench) -> None:
    for _ in range(SETTINGS.worker.circuit.run_length):
        bench.circuit.record(dead_lettered=True)
    await bench.poller.poll_once()
    assert bench.consumer.asked == [NO_PARTITION]

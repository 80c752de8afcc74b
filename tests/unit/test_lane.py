"""A lane opens in the one order that is safe, commits in order, and forgets everything when anything fails."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka.errors import MessageSizeTooLargeError, ProducerFenced, TopicAuthorizationFailedError
from aiokafka.structs import TopicPartition

from service.observability.metrics import Metrics
from service.observability.tracing import NoTracer
from service.settings import load_settings
from service.worker.budget import Budget
from service.worker.errors import FatalError
from service.worker.lane import Lane, LaneContext
from service.worker.outbound import Outbound
from service.worker.process import Enriched, Outcome, Rejected, Task

PARTITION = TopicPartition("articles", 3)
SETTINGS = load_settings(environ={})


@dataclass
class FakeRecord:
    offset: int
    value: bytes | None = b"{}"
    topic: str = "articles"
    partition: int = 3
    timestamp: int = 1_000
    key: bytes | None = b"key"
    headers: tuple[tuple[str, bytes], ...] = ()


class FakeJob:
    def __init__(self, task: Task) -> None:
        self.task = task
        self.started = False
        self.future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def finish(self, outcome: Outcome | None = None) -> None:
        self.started = True
        self.future.set_result(outcome or Enriched(f"id-{self.task.offset}", b"enriched"))


class FakePool:
    def __init__(self) -> None:
        self.jobs: list[FakeJob] = []

    def submit(self, task: Task) -> FakeJob:
        self.jobs.append(FakeJob(task))
        return self.jobs[-1]


@dataclass
class World:
    """The broker as a lane sees it, and a diary of what was done in which order."""

    diary: list[str] = field(default_factory=list)
    committed: int = 10
    transactions: list[list[tuple[str, bytes | None]]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    largest: int = 1_000_000


class FakeProducer:
    def __init__(self, world: World) -> None:
        self.world = world
        self.sent: list[tuple[str, bytes | None]] = []

    async def start(self) -> None:
        self.world.diary.append("fence")

    async def stop(self) -> None:
        self.world.diary.append("stop")

    async def begin_transaction(self) -> None:
        if self.world.failures:
            raise self.world.failures.pop(0)
        self.sent = []

    async def send(self, topic: str, *, value: bytes | None, **_: Any) -> "asyncio.Future[None]":
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if len(value or b"") > self.world.largest:
            future.set_exception(MessageSizeTooLargeError("too large"))
        else:
            future.set_result(None)
        self.sent.append((topic, value))
        return future

    async def send_offsets_to_transaction(self, offsets: dict[TopicPartition, Any], group_id: str) -> None:
        assert group_id == "harbinger"
        self.offset = offsets[PARTITION].offset

    async def commit_transaction(self) -> None:
        self.world.transactions.append(self.sent)
        self.world.committed = self.offset


class FakeOffsets:
    def __init__(self, world: World) -> None:
        self.world = world

    async def start_of(self, partition: TopicPartition) -> int:
        self.world.diary.append("read")
        return self.world.committed

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.world.diary.append(f"seek {offset}")


@dataclass
class Bench:
    lane: Lane
    world: World
    pool: FakePool
    budget: Budget
    fatal: list[FatalError]
    outcomes: list[tuple[int, Outcome]]

    async def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 5
        while not condition():
            assert time.monotonic() < deadline, f"never happened; diary: {self.world.diary}"
            await asyncio.sleep(0.002)

    async def opened(self, epoch: int = 1) -> None:
        await self.until(lambda: self.lane.open and self.lane.epoch == epoch)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    world, pool, budget = World(), FakePool(), Budget(1000, 10**9)
    fatal: list[FatalError] = []
    outcomes: list[tuple[int, Outcome]] = []
    settings = SETTINGS.worker.model_copy(
        update={
            "commit_interval_ms": 30,
            "batch_max_records": 4,
            "retry": SETTINGS.worker.retry.model_copy(update={"initial_s": 0.01, "max_s": 0.02}),
        }
    )
    context = LaneContext(
        group_id="harbinger",
        settings=settings,
        transaction_limit_s=2,
        max_request_bytes=5_000,
        fenced_pause_s=0.1,
        new_producer=lambda partition: FakeProducer(world),
        offsets=FakeOffsets(world),
        outbound=Outbound(SETTINGS.topics, "harbinger", NoTracer(), 8),
        pool=pool,  # type: ignore[arg-type]
        budget=budget,
        metrics=Metrics(),
        on_commit=lambda record, outcome: outcomes.append((record.offset, outcome)),
        on_fatal=fatal.append,
    )
    lane = Lane(PARTITION, context)
    made = Bench(lane, world, pool, budget, fatal, outcomes)
    await made.until(lambda: lane.open)
    yield made
    await lane.close(asyncio.get_running_loop().time())


def records(first: int, last: int) -> list[Any]:
    return [FakeRecord(offset) for offset in range(first, last + 1)]


async def test_it_fences_before_it_reads_the_offset_and_seeks_before_it_opens(bench: Bench) -> None:
    assert bench.world.diary == ["fence", "read", "seek 10"]
    assert bench.lane.next_offset == 10


async def test_order_is_kept_whatever_finishes_first(bench: Bench) -> None:
    bench.lane.accept(records(10, 12))
    for job in reversed(bench.pool.jobs):
        job.finish()
    await bench.until(lambda: bench.world.committed == 13)
    assert [offset for offset, _ in bench.outcomes] == [10, 11, 12]
    assert (bench.budget.records, bench.budget.bytes) == (0, 0)


async def test_nothing_is_committed_behind_an_unfinished_article(bench: Bench) -> None:
    bench.lane.accept(records(10, 12))
    bench.pool.jobs[0].finish()
    bench.pool.jobs[2].finish()
    await bench.until(lambda: bench.world.committed == 11)
    await asyncio.sleep(0.1)
    assert bench.world.committed == 11
    bench.pool.jobs[1].finish()
    await bench.until(lambda: bench.world.committed == 13)


async def test_dead_letters_go_in_the_same_transaction(bench: Bench) -> None:
    bench.lane.accept(records(10, 11))
    bench.pool.jobs[1].finish(Rejected("decode", "x.Y", "no JSON"))
    bench.pool.jobs[0].finish()
    await bench.until(lambda: bench.world.committed == 12)
    assert bench.world.transactions == [[("articles.enriched", b"enriched"), ("articles.dlq", b"{}")]]


async def test_a_failed_transaction_forgets_and_opens_again(bench: Bench) -> None:
    bench.world.failures.append(RuntimeError("who knows what the broker did"))
    bench.lane.accept(records(10, 12))
    for job in bench.pool.jobs:
        job.finish()
    await bench.opened(epoch=2)
    assert bench.world.diary == ["fence", "read", "seek 10", "stop", "fence", "read", "seek 10"]
    assert bench.lane.next_offset == 10
    assert bench.lane.pending == 0
    assert bench.budget.records == 0


async def test_a_fenced_lane_waits_for_the_group_to_say_so(bench: Bench) -> None:
    bench.world.failures.append(ProducerFenced())
    started = time.monotonic()
    bench.lane.accept(records(10, 10))
    bench.pool.jobs[0].finish()
    await bench.opened(epoch=2)
    assert time.monotonic() - started >= 0.1


async def test_what_no_retry_mends_is_fatal(bench: Bench) -> None:
    bench.world.failures.append(TopicAuthorizationFailedError("articles.enriched"))
    bench.lane.accept(records(10, 10))
    bench.pool.jobs[0].finish()
    await bench.until(lambda: bool(bench.fatal))
    assert "articles-3" in str(bench.fatal[0])
    assert "TopicAuthorizationFailedError" in str(bench.fatal[0])


async def test_an_article_too_large_for_its_topic_is_found_and_dead_lettered(bench: Bench) -> None:
    bench.world.largest = 50
    offset, epoch = 10, 1
    while bench.world.committed < 14:
        await bench.opened(epoch)
        offset = bench.lane.next_offset
        bench.pool.jobs.clear()
        bench.lane.accept(records(offset, 13))
        for job in bench.pool.jobs:
            job.finish(Enriched("large", b"x" * 100) if job.task.offset == 12 else None)
        await bench.until(lambda epoch=epoch: bench.world.committed == 14 or not bench.lane.open)  # type: ignore[misc]
        epoch += 1
    kinds = {offset: type(outcome).__name__ for offset, outcome in bench.outcomes}
    assert kinds == {10: "Enriched", 11: "Enriched", 12: "Rejected", 13: "Enriched"}
    rejected = dict(bench.outcomes)[12]
    assert isinstance(rejected, Rejected)
    assert rejected.stage == "encode"
    assert "100 bytes" in rejected.message
    assert len(bench.outcomes) == 4


async def test_an_article_above_our_own_limit_is_not_even_sent(bench: Bench) -> None:
    bench.lane.accept(records(10, 10))
    bench.pool.jobs[0].finish(Enriched("large", b"x" * 5_001))
    await bench.until(lambda: bench.world.committed == 11)
    assert bench.world.transactions == [[("articles.dlq", b"{}")]]
    rejected = bench.outcomes[0][1]
    assert isinstance(rejected, Rejected)
    assert "5001 bytes" in rejected.message


async def test_a_dead_letter_that_fits_nowhere_is_fatal(bench: Bench) -> None:
    bench.world.largest = 50
    bench.lane.accept([FakeRecord(10, value=b"x" * 100)])
    bench.pool.jobs[0].finish(Rejected("decode", "x.Y", "no JSON"))
    await bench.until(lambda: bool(bench.fatal))
    assert "articles-3 offset 10" in str(bench.fatal[0])


async def test_closing_finishes_what_a_process_has_begun_and_gives_the_rest_back(bench: Bench) -> None:
    bench.lane.accept(records(10, 15))
    bench.pool.jobs[0].started = bench.pool.jobs[1].started = True
    closing = asyncio.create_task(bench.lane.close(asyncio.get_running_loop().time() + 2))
    await asyncio.sleep(0.05)
    assert not bench.lane.open
    bench.pool.jobs[0].finish()
    bench.pool.jobs[1].finish()
    await closing
    assert bench.world.committed == 12
    assert all(job.future.cancelled() for job in bench.pool.jobs[2:])
    assert bench.budget.records == 0
    assert bench.world.diary[-1] == "stop"


async def test_closing_keeps_its_deadline(bench: Bench) -> None:
    bench.lane.accept(records(10, 10))
    bench.pool.jobs[0].started = True
    started = time.monotonic()
    await bench.lane.close(asyncio.get_running_loop().time() + 0.1)
    assert time.monotonic() - started < 1
    assert bench.world.committed == 10


async def test_a_lane_that_fails_while_closing_stays_closed(bench: Bench) -> None:
    bench.world.failures.append(RuntimeError("broker away"))
    bench.lane.accept(records(10, 10))
    bench.pool.jobs[0].finish()
    await bench.lane.close(asyncio.get_running_loop().time() + 1)
    await asyncio.sleep(0.05)
    assert bench.world.diary.count("fence") == 1
    assert not bench.lane.open


async def test_a_lost_position_is_found_again(bench: Bench) -> None:
    bench.world.committed = 20
    bench.lane.reopen()
    await bench.opened(epoch=2)
    assert bench.lane.next_offset == 20

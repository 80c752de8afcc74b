"""First stage: reports and clocks to the second, dead letters for what is no article."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from aiokafka.errors import KafkaError

from service.knowledge.weights import Weights
from service.messages.dead_letter import DeadLetter, original_headers
from service.monitor.fanout import BATCH_MAX, CLOCK_INTERVAL_S, FUTURE_MS, STAGE, Fanout
from service.monitor.reading import NotEnriched, Reader
from service.monitor.report import decode as decode_report
from service.monitor.report import report_key
from service.monitor.times import milliseconds, rfc3339
from service.monitor.wire import Clock, Reports, decode, partition_of
from service.observability.monitor_metrics import MonitorMetrics
from service.paths import config_dir
from tests.unit.monitor_cases import enriched, event

SETTLE_S = 2.0
PUBLISHED = "2024-11-19T10:00:00Z"
WRITTEN_MS = 1_732_010_400_123
"""When the record was written to Kafka: 123 ms after the article was published."""

Headers = list[tuple[str, bytes]]


@dataclass
class Message:
    """What Faust gives; the timestamp is in seconds."""

    value: bytes | None
    key: bytes | None = b"a1"
    partition: int = 0
    offset: int = 7
    timestamp: float = WRITTEN_MS / 1000
    topic: str = "articles.enriched"
    headers: Any = ()


@dataclass
class Case:
    """A first stage that reads partitions 0 and 1, and what it sent."""

    pairs: int = 3
    now: float = 1000.0
    caught_up: set[int] = field(default_factory=set)
    sent: list[tuple[bytes | None, Reports | Clock, int | None]] = field(default_factory=list)
    buried: list[tuple[bytes | None, bytes | None, Headers]] = field(default_factory=list)
    metrics: MonitorMetrics = field(default_factory=MonitorMetrics)

    def __post_init__(self) -> None:
        self.fanout = Fanout(
            Reader(Weights.load(config_dir() / "scoring.yaml")),
            self.pairs,
            SETTLE_S,
            "the-group",
            self._send,
            self._bury,
            lambda partition: partition in self.caught_up,
            self.metrics,
            lambda: self.now,
        )
        self.fanout.assign({0, 1})

    async def _send(self, key: bytes | None, value: bytes, partition: int | None) -> Awaitable[Any]:
        self.sent.append((key, decode(value), partition))
        return asyncio.get_running_loop().create_future()

    async def _bury(self, key: bytes | None, value: bytes | None, headers: Headers) -> Awaitable[Any]:
        self.buried.append((key, value, headers))
        return asyncio.get_running_loop().create_future()

    async def clocks(self, after: float = 0.0) -> list[tuple[int, Clock]]:
        """What a tick so much later tells which partition of pairs."""
        self.now += after
        self.sent.clear()
        deliveries = await self.fanout.tick()
        assert len(deliveries) == len([message for _, message, _ in self.sent if isinstance(message, Clock)])
        return [
            (partition, clock)
            for _, clock, partition in self.sent
            if isinstance(clock, Clock) and partition is not None
        ]

    async def told(self, after: float = 0.0) -> set[Clock]:
        """The clocks of a tick, each of which must have gone to every partition of pairs."""
        sent = await self.clocks(after)
        clocks = {clock for _, clock in sent}
        assert sorted(sent, key=repr) == sorted(
            [(number, clock) for number in range(self.pairs) for clock in clocks], key=repr
        )
        return clocks

    def count(self, outcome: str) -> float | None:
        return self.metrics.registry.get_sample_value("harbinger_monitor_articles_total", {"outcome": outcome})


@pytest.fixture
def case() -> Case:
    return Case()


def moment(text: str) -> int:
    return milliseconds(datetime.fromisoformat(text))


async def test_a_report_goes_to_the_partition_of_its_pair_with_others_for_the_same(case: Case) -> None:
    value = enriched(event(), event(id="v1", sources=["gov:RUS"]), published_at=PUBLISHED)
    deliveries = await case.fanout.take(Message(value))
    deliveries += await case.fanout.take(Message(value.replace(b'"a1"', b'"a2"')))
    assert len(deliveries) == 4
    assert case.sent == []
    await case.fanout.flush()
    found: dict[str, list[str]] = {}
    for key, message, partition in case.sent:
        assert key is None
        assert isinstance(message, Reports)
        for told in message.told:
            assert partition == partition_of(told.pair, case.pairs)
            assert decode_report(told.value).published == moment(PUBLISHED)
            found.setdefault(told.pair, []).append(told.key)
    assert found == {pair: [report_key("a1"), report_key("a2")] for pair in ("CUB-USA", "CUB-RUS")}
    assert len(case.sent) == len({partition_of(pair, case.pairs) for pair in found})
    assert (case.count("with_evidence"), case.count("without_evidence")) == (2, 0)


async def test_all_reports_of_a_record_are_delivered_with_it_or_fail_with_it(case: Case) -> None:
    delivery: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def send(key: bytes | None, value: bytes, partition: int | None) -> Awaitable[Any]:
        return delivery

    case.fanout._send = send
    waiting = [*await case.fanout.take(Message(enriched(event()))), *await case.fanout.take(Message(enriched(event())))]
    await case.fanout.flush()
    delivery.set_exception(KafkaError("refused"))
    for each in waiting:
        with pytest.raises(KafkaError, match="refused"):
            await each


async def test_a_full_record_waits_for_no_other_report(case: Case) -> None:
    for number in range(BATCH_MAX):
        await case.fanout.take(Message(enriched(event(), id=f"a{number}")))
    assert [len(message.told) for _, message, _ in case.sent if isinstance(message, Reports)] == [BATCH_MAX]


async def test_the_time_comes_behind_the_reports_of_before(case: Case) -> None:
    await case.fanout.take(Message(enriched(event(), published_at=PUBLISHED)))
    await case.fanout.tick()
    kinds = [type(message) for _, message, _ in case.sent]
    assert kinds == [Reports, *[Clock] * (len(kinds) - 1)]


async def test_an_article_on_no_pair_moves_the_time_alone(case: Case) -> None:
    assert await case.fanout.take(Message(enriched(published_at=PUBLISHED))) == []
    assert case.count("without_evidence") == 1
    assert Clock(0, moment(PUBLISHED), False) in await case.told()


@pytest.mark.parametrize("headers", [None, (), [], (("mine", b"\x00\xff"), ("mine", b"2")), {"mine": b"1"}])
async def test_what_is_no_article_is_buried_as_it_came_with_the_reason(case: Case, headers: Any) -> None:
    message = Message(b"\xff{", key=None, partition=1, offset=42, headers=headers)
    (delivery,) = await case.fanout.take(message)
    assert isinstance(delivery, asyncio.Future)
    ((key, value, written),) = case.buried
    assert (key, value) == (None, b"\xff{")
    own = headers.items() if isinstance(headers, dict) else headers or ()
    assert original_headers(written) == list(own)
    letter = DeadLetter.from_headers(written)
    assert letter is not None
    assert letter == DeadLetter(
        topic="articles.enriched",
        partition=1,
        offset=42,
        timestamp=WRITTEN_MS,
        consumer_group="the-group",
        exception="service.monitor.reading.NotEnriched",
        message=letter.message,
        stage=STAGE,
    )
    assert letter.message is not None
    assert "malformed" in letter.message
    assert case.count("dead_lettered") == 1
    assert case.sent == []


async def test_a_record_without_a_value_is_buried_without_one(case: Case) -> None:
    await case.fanout.take(Message(None))
    assert [(key, value) for key, value, _ in case.buried] == [(b"a1", None)]


async def test_whatever_an_article_does_to_the_reader_it_is_buried(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(self: Reader, value: bytes) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(Reader, "read", read)
    await case.fanout.take(Message(enriched(event())))
    letter = DeadLetter.from_headers(case.buried[0][2])
    assert letter is not None
    assert (letter.exception, letter.message) == ("builtins.ZeroDivisionError", "of all things")


@pytest.mark.parametrize(("ahead_ms", "buried"), [(0, False), (FUTURE_MS, False), (FUTURE_MS + 1, True)])
async def test_an_article_of_the_future_is_buried_and_moves_no_clock(case: Case, ahead_ms: int, buried: bool) -> None:
    """One from 2099 would make all others too late."""
    published = rfc3339(WRITTEN_MS + ahead_ms)
    await case.fanout.take(Message(enriched(event(), published_at=published)))
    assert bool(case.buried) is buried
    (clock,) = (clock for clock in await case.told() if clock.partition == 0)
    assert (clock.time is None) is buried
    if buried:
        letter = DeadLetter.from_headers(case.buried[0][2])
        assert letter is not None
        assert letter.exception == f"{NotEnriched.__module__}.NotEnriched"
        assert letter.message == "article.published_at: lies in the future"


async def test_without_a_time_of_writing_any_publication_is_taken(case: Case) -> None:
    for timestamp in (0.0, -0.001):
        await case.fanout.take(Message(enriched(event(), published_at="2099-01-01"), timestamp=timestamp))
    assert case.buried == []


async def test_at_first_every_partition_of_pairs_is_told_of_every_partition(case: Case) -> None:
    assert await case.told() == {Clock(0, None, False), Clock(1, None, False)}
    assert await case.told(after=10) == set(), "and then only of changes"


async def test_while_articles_come_a_clock_is_sent_once_an_interval(case: Case) -> None:
    await case.told()
    await case.fanout.take(Message(enriched(published_at=PUBLISHED)))
    assert await case.told(after=CLOCK_INTERVAL_S / 2) == set()
    assert await case.told(after=CLOCK_INTERVAL_S / 2) == {Clock(0, moment(PUBLISHED), False)}
    await case.fanout.take(Message(enriched(published_at=PUBLISHED)))
    assert await case.told(after=CLOCK_INTERVAL_S) == set(), "nothing that is known is told again"


async def test_the_latest_publication_counts_in_whatever_order_articles_come(case: Case) -> None:
    for published in ("2024-11-18T00:00:00Z", "2024-11-19T10:00:00Z", "2024-11-17T00:00:00Z"):
        await case.fanout.take(Message(enriched(published_at=published)))
    assert Clock(0, moment(PUBLISHED), False) in await case.told()


async def test_one_that_is_read_to_its_end_is_idle_after_a_while_and_busy_with_the_next_article(case: Case) -> None:
    await case.fanout.take(Message(enriched(published_at=PUBLISHED)))
    await case.told()
    case.caught_up = {0}
    assert await case.told(after=SETTLE_S - 0.1) == set()
    assert await case.told(after=0.1) == {Clock(0, moment(PUBLISHED), True)}
    await case.fanout.take(Message(enriched(published_at=PUBLISHED)))
    assert await case.told(after=0.1) == {Clock(0, moment(PUBLISHED), False)}, "a change is told at once"


async def test_one_that_is_behind_is_never_idle(case: Case) -> None:
    await case.fanout.take(Message(enriched(published_at=PUBLISHED)))
    await case.told()
    assert await case.told(after=100 * SETTLE_S) == set()


async def test_one_that_has_no_article_at_all_is_idle_after_a_while(case: Case) -> None:
    case.caught_up = {1}
    await case.told()
    assert await case.told(after=SETTLE_S) == {Clock(1, None, True)}


async def test_what_is_no_article_keeps_nobody_busy(case: Case) -> None:
    """Its time is not known, so nothing is to be waited for."""
    await case.told()
    case.caught_up = {0, 1}
    await case.fanout.take(Message(b"{"))
    assert await case.told(after=SETTLE_S) == {Clock(0, None, True), Clock(1, None, True)}


async def test_a_partition_that_moved_away_is_told_of_no_more_and_comes_back_anew(case: Case) -> None:
    await case.fanout.take(Message(enriched(published_at=PUBLISHED)))
    await case.told()
    case.fanout.assign({1})
    case.caught_up = {0, 1}
    assert await case.told(after=SETTLE_S) == {Clock(1, None, True)}
    case.fanout.assign({0, 1})
    assert await case.told() == {Clock(0, None, False)}


async def test_one_that_stays_goes_on_where_it_was(case: Case) -> None:
    await case.fanout.take(Message(enriched(published_at=PUBLISHED)))
    await case.told()
    case.fanout.assign({0})
    assert await case.told(after=CLOCK_INTERVAL_S) == set()


async def test_a_clock_does_not_overtake_reports_that_wait_for_the_producer(case: Case) -> None:
    gate, order = asyncio.Event(), []

    async def send(key: bytes | None, value: bytes, partition: int | None) -> Awaitable[Any]:
        message = decode(value)
        if isinstance(message, Reports):
            await gate.wait()
        order.append(type(message))
        return asyncio.get_running_loop().create_future()

    case.fanout._send = send
    await case.fanout.take(Message(enriched(event(), published_at=PUBLISHED)))
    flushing = asyncio.create_task(case.fanout.flush())
    await asyncio.sleep(0)
    ticking = asyncio.create_task(case.fanout.tick())
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(flushing, ticking)
    assert order == [Reports, *[Clock] * (len(order) - 1)]
    assert Clock in order

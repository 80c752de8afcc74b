"""Second stage: what is told is kept in the changelog, judged and published, and partitions come and go."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, ProducerFenced

from service.messages.alert import EscalationAlert
from service.monitor.keeper import Keeper
from service.monitor.ledger import PairAlerts
from service.monitor.report import Report, encode, report_key
from service.monitor.rules import Pair
from service.monitor.times import DAY_MS, start_of
from service.monitor.watch import PairWatch
from service.monitor.wire import Clock, Reports, Told, pair_name, parse_state_key, state_key
from service.monitor.wire import encode as encode_wire
from service.observability.monitor_metrics import MonitorMetrics
from tests.unit.monitor_cases import DAY, PAIR, alert_rules, deed, report

OTHER: Pair = ("IRN", "ISR")
RULES = alert_rules(window_days=2, evidence_days=5, series_days=20)
REOPEN_S = 0.02
HIGH = report("high", deed("v0", 60), at=0.5)
QUIET = report("quiet", deed("v2", 6), at=0.4)
SEVERE = report("severe", deed("v1", 60), at=0.6)


@dataclass
class Message:
    value: bytes | None
    partition: int = 0
    offset: int = 0


@dataclass
class FakeLedger:
    """One life of a ledger; what is published is the case's, as a topic's would be."""

    case: "Case"
    partition: TopicPartition
    closed: bool = False

    async def open(self) -> None:
        self.case.opened.append(self)
        if self.case.open_waits is not None:
            await self.case.open_waits.wait()
        if self.case.open_fails:
            raise self.case.open_fails.pop(0)

    async def publish(self, alerts: Sequence[EscalationAlert]) -> None:
        assert not self.closed
        if self.case.publish_waits is not None:
            await self.case.publish_waits.wait()
        if self.case.publish_fails:
            raise self.case.publish_fails.pop(0)
        self.case.published += alerts
        for alert in alerts:
            self.case.out.setdefault(pair_name(alert.pair), PairAlerts()).note(alert)

    def of(self, name: str) -> PairAlerts:
        return self.case.out.get(name) or PairAlerts()

    async def close(self) -> None:
        self.closed = True
        if self.case.close_waits is not None:
            await self.case.close_waits.wait()
        if self.case.close_fails is not None:
            raise self.case.close_fails


@dataclass
class FakeSinks:
    offered: list[EscalationAlert] = field(default_factory=list)
    restored: list[list[str]] = field(default_factory=list)
    """Levels of the alerts, for each time."""
    forgotten: list[Pair] = field(default_factory=list)

    def offer(self, alert: EscalationAlert) -> None:
        self.offered.append(alert)

    def restore(self, alerts: Iterable[EscalationAlert]) -> None:
        self.restored.append([alert.level for alert in alerts])

    def forget(self, pairs: Collection[Pair]) -> None:
        self.forgotten += pairs


class Case:
    """A keeper, and the world around it."""

    def __init__(self) -> None:
        self.opened: list[FakeLedger] = []
        self.published: list[EscalationAlert] = []
        self.out: dict[str, PairAlerts] = {}
        self.open_fails: list[Exception] = []
        self.publish_fails: list[Exception] = []
        self.close_fails: Exception | None = None
        self.open_waits: asyncio.Event | None = None
        self.publish_waits: asyncio.Event | None = None
        self.close_waits: asyncio.Event | None = None
        self.written: list[tuple[int, bytes, bytes | None]] = []
        self.deliveries: list[asyncio.Future[None]] = []
        self.delivers = True
        self.sinks = FakeSinks()
        self.metrics = MonitorMetrics()
        sinks: Any = self.sinks
        self.keeper = Keeper(RULES, 1, 60.0, REOPEN_S, self._new_ledger, sinks, self.metrics, 10)
        self.keeper.put = self._put

    def _new_ledger(self, partition: int) -> Any:
        return FakeLedger(self, TopicPartition("alerts", partition))

    def _put(self, partition: int, key: bytes, value: bytes | None) -> asyncio.Future[None]:
        self.written.append((partition, key, value))
        delivery: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.delivers:
            delivery.set_result(None)
        self.deliveries.append(delivery)
        return delivery

    async def own(self, *partitions: int) -> None:
        """Get partitions with an empty changelog, and their ledgers."""
        await self.keeper.assigned(set(partitions))
        await self.keeper.recovered(set(partitions))
        await settle()

    def tell(self, *reports: Report, pair: Pair = PAIR, partition: int = 0) -> None:
        for each in reports:
            told = Told(pair_name(pair), report_key(each.article_id), encode(each))
            assert self.keeper.take(Message(encode_wire(Reports([told])), partition)) is not None

    def tell_time(self, at: float, partition: int = 0) -> None:
        """``at`` so many days after the first day began."""
        clock = Clock(0, start_of(DAY) + round(at * DAY_MS), True)
        assert self.keeper.take(Message(encode_wire(clock), partition)) is not None

    def levels(self) -> list[tuple[Pair, str, str]]:
        return [(alert.pair, alert.state, alert.level) for alert in self.published]

    def metric(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"harbinger_monitor_{name}", labels)


async def settle() -> None:
    """Let everything run that waits for nothing."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
async def case() -> AsyncIterator[Case]:
    made = Case()
    yield made
    for waiting in (made.open_waits, made.publish_waits, made.close_waits):
        if waiting is not None:
            waiting.set()
    await made.keeper.close()


# What the first stage says.


async def test_what_is_new_goes_to_the_changelog_of_its_partition_and_what_is_known_does_not(case: Case) -> None:
    await case.own(0, 1)
    case.tell(HIGH, partition=1)
    case.tell(HIGH, partition=1)
    assert case.written == [(1, state_key("report", "CUB-USA", report_key("high")), encode(HIGH))]
    assert (case.metric("reports_total", outcome="new"), case.metric("reports_total", outcome="known")) == (1, 1)
    case.tell_time(1, partition=0)
    partition, key, _ = case.written[-1]
    assert (partition, key) == (0, state_key("clock", "0"))


async def test_its_deliveries_are_those_of_the_changelog(case: Case) -> None:
    await case.own(0)
    told = encode_wire(Reports([Told("CUB-USA", "0a", encode(HIGH))]))
    assert case.keeper.take(Message(told)) == case.deliveries
    assert case.keeper.take(Message(told)) == []


async def test_a_record_of_a_partition_that_is_not_ours_is_not_taken(case: Case) -> None:
    await case.own(0)
    assert case.keeper.take(Message(encode_wire(Clock(0, 0, True)), partition=1)) is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"\xff",
        encode_wire(Reports([Told("USA-CUB", "0a", encode(HIGH))])),
        encode_wire(Reports([Told("CUB-USA", "0a", b"\xff")])),
    ],
)
async def test_a_record_that_cannot_be_read_is_passed_over(case: Case, value: bytes | None) -> None:
    await case.own(0)
    assert case.keeper.take(Message(value)) == []
    assert case.written == []
    case.tell_time(1)
    await case.keeper.judge()


async def test_a_record_that_cannot_be_written_is_not_passed_over(case: Case) -> None:
    await case.own(0)

    def refuse(partition: int, key: bytes, value: bytes | None) -> Any:
        raise KafkaConnectionError

    case.keeper.put = refuse
    with pytest.raises(KafkaConnectionError):
        case.tell(HIGH)


async def test_a_changelog_record_that_cannot_be_read_loses_no_other(case: Case) -> None:
    for key, value in [(b"\xff", b""), (b"report|CUB-USA|0a", b"\xff"), (b"checkpoint|CUB-USA|1", b"\xff")]:
        case.keeper.apply(0, key, value)
    case.keeper.apply(0, state_key("report", "CUB-USA", "0b"), encode(HIGH))
    await case.own(0)
    case.tell_time(1)
    await case.keeper.judge()
    assert case.levels() == [(PAIR, "firing", "high")]


# Judging and publishing.


async def test_what_the_judgement_says_is_published_and_announced_once(case: Case) -> None:
    await case.own(0)
    case.tell(HIGH)
    case.tell_time(0.55)
    await case.keeper.judge()
    assert case.levels() == [(PAIR, "firing", "high")]
    case.tell(SEVERE)
    case.tell_time(1)
    await case.keeper.judge()
    await case.keeper.judge()
    assert case.levels() == [(PAIR, "firing", "high"), (PAIR, "firing", "severe")]
    assert case.sinks.offered == case.published
    assert case.metric("alerts_published_total", state="firing", level="severe") == 1
    case.keeper.show()
    assert (case.metric("alerts_firing", level="high"), case.metric("pairs")) == (1, 1)
    assert case.metric("event_time_seconds") == (start_of(DAY) + DAY_MS) / 1000


async def test_an_article_that_lies_ahead_waits_for_the_time(case: Case) -> None:
    await case.own(0)
    case.tell(HIGH, SEVERE)
    case.tell_time(0.55)
    await case.keeper.judge()
    assert case.levels() == [(PAIR, "firing", "high")]
    case.tell_time(0.65)
    await case.keeper.judge()
    assert case.levels()[1:] == [(PAIR, "firing", "severe")]


async def test_a_report_that_comes_while_its_pair_is_published_is_judged_next(case: Case) -> None:
    await case.own(0)
    case.tell(HIGH)
    case.tell_time(1)
    case.publish_waits = asyncio.Event()
    judging = asyncio.create_task(case.keeper.judge())
    await settle()
    case.tell(SEVERE)
    case.publish_waits.set()
    await judging
    assert case.levels() == [(PAIR, "firing", "high")]
    await case.keeper.judge()
    assert case.levels()[1:] == [(PAIR, "firing", "severe")]


async def test_nothing_is_judged_before_state_and_ledger_are_complete(case: Case) -> None:
    case.open_waits = asyncio.Event()
    case.keeper.apply(0, state_key("report", "CUB-USA", "0a"), encode(HIGH))
    case.keeper.apply(0, state_key("clock", "0"), encode_wire(Clock(0, start_of(DAY + 1), True)))
    await case.keeper.assigned({0})
    await case.keeper.judge()
    assert case.opened == []
    await case.keeper.recovered({0})
    await settle()
    await case.keeper.judge()
    assert case.published == []
    assert case.keeper.unready() == "alerts of partitions [0] cannot be published yet"
    case.open_waits.set()
    await settle()
    assert case.keeper.unready() is None
    await case.keeper.judge()
    assert case.levels() == [(PAIR, "firing", "high")]


async def test_a_judgement_that_fails_does_not_stop_those_of_other_pairs(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    await case.own(0)
    case.tell(HIGH)
    case.tell(HIGH, pair=OTHER)
    case.tell_time(1)
    judge = PairWatch.judge

    def fail_for_one(self: PairWatch, horizon: int) -> bool:
        if self.pair == PAIR:
            raise ZeroDivisionError
        return judge(self, horizon)

    monkeypatch.setattr(PairWatch, "judge", fail_for_one)
    await case.keeper.judge()
    assert case.levels() == [(OTHER, "firing", "high")]
    assert case.metric("judge_failures_total") == 1
    monkeypatch.undo()
    case.tell(SEVERE)
    await case.keeper.judge()
    assert (PAIR, "firing", "severe") in case.levels(), "and the pair is judged again when it changes"


async def test_a_checkpoint_is_safe_before_what_it_replaces_is_deleted(case: Case) -> None:
    await case.own(0)
    case.tell(QUIET)
    case.tell_time(7)
    case.written.clear()
    case.delivers = False
    judging = asyncio.create_task(case.keeper.judge())
    await settle()
    assert [parse_state_key(key)[0] for _, key, _ in case.written] == ["horizon", "checkpoint"]
    for delivery in case.deliveries[-2:]:
        delivery.set_result(None)
    await settle()
    assert [(parse_state_key(key)[0], value is None) for _, key, value in case.written[2:]] == [
        ("report", True),
        ("horizon", False),
    ]
    assert not judging.done(), "the deletions are waited for, too"
    for delivery in case.deliveries[-2:]:
        delivery.set_result(None)
    await judging


async def test_a_report_that_comes_again_while_its_day_is_summed_up_is_not_deleted(case: Case) -> None:
    await case.own(0)
    case.tell(QUIET)
    case.tell_time(7)
    case.delivers = False
    judging = asyncio.create_task(case.keeper.judge())
    await settle()
    first = case.deliveries[-2:]
    case.delivers = True
    case.tell(report("quiet", deed("v2", 6, day=DAY + 6), at=6.5))
    for delivery in first:
        delivery.set_result(None)
    await judging
    changelog = {key: value for _, key, value in case.written}
    assert changelog[state_key("report", "CUB-USA", report_key("quiet"))] is not None


async def test_a_pair_that_moved_away_is_summed_up_by_its_new_owner(case: Case) -> None:
    await case.own(0)
    case.tell(HIGH)
    case.tell(SEVERE, pair=OTHER)
    case.tell_time(7)
    case.written.clear()
    case.publish_waits = asyncio.Event()
    judging = asyncio.create_task(case.keeper.judge())
    await settle()
    await case.keeper.assigned(set())
    case.publish_waits.set()
    await judging
    assert [parse_state_key(key)[0] for _, key, _ in case.written] == ["horizon"], "what came before the alert"


async def test_an_alert_waits_for_the_changelog_so_that_an_heir_does_not_take_it_back(case: Case) -> None:
    await case.own(0)
    case.delivers = False
    case.tell(HIGH)
    case.tell_time(1)
    judging = asyncio.create_task(case.keeper.judge())
    await settle()
    assert case.published == []
    assert case.written[-1] == (0, state_key("horizon"), str(start_of(DAY) + DAY_MS).encode())
    case.deliveries[-1].set_result(None)
    await settle()
    assert case.levels() == [(PAIR, "firing", "high")]
    case.deliveries[-1].set_result(None)
    await judging


async def test_a_new_owner_judges_up_to_where_the_one_before_it_did(case: Case) -> None:
    await case.own(0)
    case.tell(HIGH)
    case.tell_time(1)
    await case.keeper.judge()
    heir = Case()
    heir.out = case.out
    await heir.keeper.assigned({0})
    for _, key, value in case.written:
        if parse_state_key(key)[0] != "clock":
            heir.keeper.apply(0, key, value)
    heir.keeper.apply(0, state_key("clock", "0"), encode_wire(Clock(0, start_of(DAY), False)))
    await heir.keeper.recovered({0})
    await settle()
    await heir.keeper.judge()
    assert heir.published == [], "nothing is taken back because less is known of the time"
    assert heir.keeper.shards[0].clocks.reached == start_of(DAY) + DAY_MS
    await heir.keeper.close()


async def test_a_record_of_the_state_that_is_not_delivered_is_told(case: Case) -> None:
    await case.own(0)
    case.tell(QUIET)
    case.tell_time(7)
    case.delivers = False
    judging = asyncio.create_task(case.keeper.judge())
    await settle()
    case.deliveries[-1].set_exception(KafkaConnectionError())
    with pytest.raises(KafkaConnectionError):
        await judging


# Ledgers that fail.


async def test_a_ledger_that_is_fenced_is_closed_and_opened_anew_after_a_while(case: Case) -> None:
    await case.own(0)
    case.tell(HIGH)
    case.tell_time(1)
    case.publish_fails = [ProducerFenced()]
    await case.keeper.judge()
    assert case.published == []
    assert case.metric("ledger_failures_total") == 1
    await settle()
    assert [ledger.closed for ledger in case.opened] == [True]
    assert case.keeper.unready() is not None, "it is not fought over: a new owner has time to become known"
    await asyncio.sleep(3 * REOPEN_S)
    assert [ledger.closed for ledger in case.opened] == [True, False]
    await case.keeper.judge()
    assert case.levels() == [(PAIR, "firing", "high")]


@pytest.mark.parametrize("error", [KafkaConnectionError(), TimeoutError(), AssertionError("wrong state")])
async def test_what_could_not_be_published_is_still_to_be_judged(case: Case, error: Exception) -> None:
    await case.own(0)
    case.tell(HIGH)
    case.tell_time(1)
    case.publish_fails = [error]
    await case.keeper.judge()
    assert case.keeper.shards[0].changed == {PAIR}
    assert case.sinks.offered == []


async def test_the_failure_of_one_partition_is_none_of_the_others(case: Case) -> None:
    await case.own(0, 1)
    for partition in (0, 1):
        case.tell(HIGH, pair=(PAIR, OTHER)[partition], partition=partition)
        case.tell_time(1, partition=partition)
    case.publish_fails = [ProducerFenced()]
    await case.keeper.judge()
    assert case.levels() == [(OTHER, "firing", "high")]
    assert set(case.keeper.ledgers) == {1}


@pytest.mark.parametrize("error", [KafkaConnectionError(), OSError("no address"), ValueError("no idea")])
async def test_a_ledger_that_does_not_open_is_tried_again_whatever_the_fault(case: Case, error: Exception) -> None:
    case.open_fails = [error]
    case.close_fails = KafkaConnectionError()
    await case.own(0)
    assert case.keeper.unready() is not None
    assert case.opened[0].closed
    assert case.metric("ledger_failures_total") == 1
    await asyncio.sleep(3 * REOPEN_S)
    assert case.keeper.unready() is None
    assert len(case.opened) == 2


# Partitions come and go.


async def test_assignments_are_counted_and_the_end_is_none(case: Case) -> None:
    await case.own(0)
    await case.own(0, 1)
    assert case.metric("rebalances_total") == 2
    await case.keeper.close()
    assert (case.metric("rebalances_total"), case.keeper.shards) == (2, {})


async def test_who_was_not_told_of_its_partitions_is_not_ready_and_who_has_none_is(case: Case) -> None:
    assert case.keeper.unready() == "no partitions were assigned yet"
    await case.own()
    assert case.keeper.unready() is None


async def test_a_partition_that_moved_away_is_let_go(case: Case) -> None:
    await case.own(0, 1)
    case.tell(HIGH)
    case.tell(HIGH, pair=OTHER, partition=1)
    await case.keeper.assigned({1})
    await settle()
    assert [(ledger.partition.partition, ledger.closed) for ledger in case.opened] == [(0, True), (1, False)]
    assert case.sinks.forgotten == [PAIR]
    assert case.keeper.take(Message(encode_wire(Clock(0, 0, True)))) is None
    assert set(case.keeper.shards) == {1}
    await case.keeper.close()
    assert all(ledger.closed for ledger in case.opened)


async def test_a_partition_that_stays_keeps_its_state_and_its_ledger(case: Case) -> None:
    await case.own(0)
    case.tell(HIGH)
    await case.own(0, 1)
    assert len(case.keeper.shards[0].watches) == 1
    assert [ledger.partition.partition for ledger in case.opened] == [0, 1]


async def test_one_that_comes_back_is_read_anew_before_it_is_judged(case: Case) -> None:
    await case.own(0)
    case.tell(HIGH)
    case.tell_time(1)
    await case.keeper.assigned(set())
    await case.keeper.assigned({0})
    assert case.keeper.shards[0].watches == {}
    await settle()
    await case.keeper.judge()
    assert case.published == []
    assert len(case.opened) == 1, "its ledger waits for the state"


async def test_one_that_moves_away_while_its_ledger_opens_leaves_none_open(case: Case) -> None:
    case.open_waits = asyncio.Event()
    await case.own(0)
    await case.keeper.assigned(set())
    case.open_waits.set()
    await settle()
    assert [ledger.closed for ledger in case.opened] == [True]
    assert case.keeper.ledgers == {}


async def test_one_that_goes_and_comes_while_its_ledger_opens_has_one_ledger(case: Case) -> None:
    """The end of the first try must not make the second forgotten: two ledgers would fence each other."""
    case.open_waits = asyncio.Event()
    case.close_waits = asyncio.Event()
    await case.own(0)
    await case.keeper.assigned(set())
    await case.own(0)
    case.close_waits.set()
    await settle()
    await case.keeper.recovered({0})
    await settle()
    case.open_waits.set()
    await settle()
    assert [ledger.closed for ledger in case.opened] == [True, False]


async def test_one_that_moves_away_while_it_is_published_is_judged_no_further(case: Case) -> None:
    await case.own(0)
    case.tell(HIGH)
    case.tell(HIGH, pair=OTHER)
    case.tell_time(1)
    case.publish_waits = asyncio.Event()
    judging = asyncio.create_task(case.keeper.judge())
    await settle()
    await case.keeper.assigned(set())
    case.publish_waits.set()
    await judging
    assert case.levels() == [(PAIR, "firing", "high")]
    assert case.sinks.restored == [], "who has it now renews its alerts"


async def test_alerts_that_fire_are_handed_to_the_sinks_once_a_partition_came(case: Case) -> None:
    case.keeper.apply(0, state_key("report", "CUB-USA", "0a"), encode(HIGH))
    await case.own(0)
    case.tell_time(1)
    await case.keeper.judge()
    assert case.sinks.restored == [["high"]]
    case.tell(SEVERE)
    await case.keeper.judge()
    assert case.sinks.restored == [["high"]]
    await case.keeper.assigned(set())
    case.keeper.apply(0, state_key("report", "CUB-USA", "0a"), encode(HIGH))
    await case.own(0)
    case.tell_time(1)
    await case.keeper.judge()
    assert case.sinks.restored == [["high"], ["high"]]
    assert case.levels() == [(PAIR, "firing", "high"), (PAIR, "firing", "severe"), (PAIR, "resolved", "severe")]


async def test_what_was_written_although_it_seemed_to_fail_reaches_the_sinks(case: Case) -> None:
    await case.own(0)
    case.tell(HIGH)
    case.tell_time(1)
    await case.keeper.judge()
    assert case.sinks.restored == [["high"]]
    case.tell(SEVERE)
    case.publish_fails = [TimeoutError()]
    await case.keeper.judge()
    (severe,) = (
        alert for alert in case.keeper.shards[0].watches[PAIR].open_alerts().values() if alert.level == "severe"
    )
    case.out[pair_name(PAIR)].note(severe)  # the broker had it
    await asyncio.sleep(3 * REOPEN_S)
    assert case.sinks.forgotten == [PAIR]
    await case.keeper.judge()
    assert case.sinks.restored == [["high"], ["high", "severe"]]


async def test_a_pair_that_takes_long_to_judge_rests_and_is_judged_again(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.monitor.keeper.LONG_S", 0.0)
    monkeypatch.setattr("service.monitor.keeper.REST", 1e6)
    await case.own(0)
    case.tell(HIGH)
    case.tell_time(1)
    await case.keeper.judge()
    case.tell(SEVERE)
    case.tell(HIGH, pair=OTHER)
    await case.keeper.judge()
    assert case.levels() == [(PAIR, "firing", "high"), (OTHER, "firing", "high")]
    assert case.keeper.shards[0].changed == {PAIR}
    case.keeper.shards[0].rest(PAIR, 0)
    await case.keeper.judge()
    assert (PAIR, "firing", "severe") in case.levels()


async def test_the_first_judgement_of_many_days_lets_others_run_between_two_of_them(case: Case) -> None:
    await case.own(0)
    case.tell(*(report(f"day {day}", deed(f"v{day}", 10, day=DAY + day), at=day) for day in range(6)))
    case.tell_time(5.5)
    judging = asyncio.create_task(case.keeper.judge())
    seen = []
    while not judging.done():
        await asyncio.sleep(0)
        seen.append(len(case.keeper.shards[0].watches[PAIR].rows))
    assert set(range(1, 7)) <= set(seen)

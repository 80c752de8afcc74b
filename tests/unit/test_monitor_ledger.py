"""The alerts of one partition: the old owner is fenced before they are read, and they are written all or none."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, ProducerFenced

from service.messages.alert import EscalationAlert
from service.monitor.ledger import Ledger
from tests.unit.monitor_cases import PAIR, alert_rules, alerts, deed, judged, report

WHERE = TopicPartition("alerts", 3)
RULES = alert_rules()
FIRING, SEVERE, RESOLVED, SEVERE_RESOLVED = alerts(judged(RULES, [report("a", deed("v0", 100))], until=30))


@dataclass
class Record:
    key: bytes | None
    value: bytes | None


@dataclass
class Sent:
    partition: int
    key: bytes
    value: bytes
    headers: dict[str, bytes]


@dataclass
class Broker:
    """One partition, and what was done in which order."""

    records: list[Record] = field(default_factory=list)
    did: list[str] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    start_fails: Exception | None = None
    read_fails: Exception | None = None
    commit_fails: Exception | None = None

    def ledger(self) -> Ledger:
        producer: Any = lambda: Producer(self)  # noqa: E731 - the fakes stand for aiokafka's classes
        consumer: Any = lambda: Consumer(self)  # noqa: E731
        return Ledger(WHERE, producer, consumer)


class Producer:
    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.open: list[Sent] = []

    async def start(self) -> None:
        self.broker.did.append("fence")
        if self.broker.start_fails is not None:
            raise self.broker.start_fails

    async def stop(self) -> None:
        self.broker.did.append("stop producer")

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        self.open = []
        yield
        if self.broker.commit_fails is not None:
            raise self.broker.commit_fails
        self.broker.sent += self.open

    async def send(
        self, topic: str, *, key: bytes, value: bytes, partition: int, headers: Sequence[tuple[str, bytes]]
    ) -> Any:
        assert topic == WHERE.topic
        self.open.append(Sent(partition, key, value, dict(headers)))

        async def delivered() -> None:
            self.broker.did.append("delivered")

        return delivered()


class Consumer:
    """Gives two records at a time."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.at = 0

    async def start(self) -> None:
        self.broker.did.append("read")

    async def stop(self) -> None:
        self.broker.did.append("stop consumer")

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        assert list(partitions) == [WHERE]

    async def seek_to_beginning(self, partition: TopicPartition) -> None:
        self.at = 0

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {partition: len(self.broker.records) for partition in partitions}

    async def position(self, partition: TopicPartition) -> int:
        return self.at

    async def getmany(self, partition: TopicPartition, timeout_ms: int) -> dict[TopicPartition, list[Record]]:
        if self.broker.read_fails is not None:
            raise self.broker.read_fails
        found = self.broker.records[self.at : self.at + 2]
        self.at += len(found)
        return {partition: found}


def on_topic(alert: EscalationAlert) -> Record:
    return Record("-".join(alert.pair).encode(), alert.model_dump_json(by_alias=True).encode())


async def test_the_old_owner_is_fenced_before_the_topic_is_read() -> None:
    broker = Broker([on_topic(FIRING)])
    await broker.ledger().open()
    assert broker.did == ["fence", "read", "stop consumer"]


async def test_what_is_out_is_known_to_the_last_record() -> None:
    iran = SEVERE.model_copy(update={"pair": ("IRN", "ISR")})
    ledger = Broker([on_topic(each) for each in (FIRING, SEVERE, iran, RESOLVED)]).ledger()
    await ledger.open()
    assert ledger.of("CUB-USA").last == RESOLVED
    assert ledger.of("CUB-USA").open == {"severe": SEVERE}
    assert ledger.of("IRN-ISR").open == {"severe": iran}
    assert ledger.of("RUS-UKR").last is None
    assert sorted(ledger.firing(), key=lambda alert: alert.pair) == [SEVERE, iran]


async def test_what_others_wrote_is_passed_over_and_a_deletion_forgets_the_pair() -> None:
    foreign = [Record(b"x", b"{}"), Record(None, b"\xff"), Record(b"y", None), Record(None, None)]
    ledger = Broker([*foreign, on_topic(FIRING), *foreign]).ledger()
    await ledger.open()
    assert ledger.of("CUB-USA").last == FIRING
    deleted = Broker([on_topic(FIRING), Record(b"CUB-USA", None)]).ledger()
    await deleted.open()
    assert deleted.of("CUB-USA").last is None


async def test_alerts_are_written_keyed_by_pair_with_the_headers_of_cloud_events() -> None:
    broker = Broker()
    ledger = broker.ledger()
    await ledger.open()
    await ledger.publish([FIRING, SEVERE])
    assert [(each.partition, each.key) for each in broker.sent] == [(3, b"CUB-USA")] * 2
    assert [EscalationAlert.model_validate_json(each.value) for each in broker.sent] == [FIRING, SEVERE]
    assert broker.sent[0].headers["ce_id"] == FIRING.alert_id.encode()
    assert broker.sent[0].headers["ce_time"] == FIRING.updated_at.encode()
    assert broker.did.count("delivered") == 2
    assert ledger.of("CUB-USA").open == {"high": FIRING, "severe": SEVERE}
    await ledger.publish([RESOLVED, SEVERE_RESOLVED])
    assert not ledger.of("CUB-USA").open
    assert ledger.of("CUB-USA").last == SEVERE_RESOLVED


async def test_what_was_not_committed_is_not_out() -> None:
    broker = Broker([on_topic(FIRING)])
    ledger = broker.ledger()
    await ledger.open()
    broker.commit_fails = ProducerFenced()
    with pytest.raises(ProducerFenced):
        await ledger.publish([SEVERE])
    assert ledger.of("CUB-USA").last == FIRING
    assert broker.sent == []


async def test_a_ledger_that_does_not_open_lets_go_of_what_it_took() -> None:
    broker = Broker([on_topic(FIRING)], read_fails=KafkaConnectionError())
    ledger = broker.ledger()
    with pytest.raises(KafkaConnectionError):
        await ledger.open()
    await ledger.close()
    assert broker.did == ["fence", "read", "stop consumer", "stop producer"]

    unstarted = Broker(start_fails=KafkaConnectionError())
    ledger = unstarted.ledger()
    with pytest.raises(KafkaConnectionError):
        await ledger.open()
    await ledger.close()
    assert unstarted.did == ["fence", "stop producer"]


async def test_it_is_closed_once_and_takes_nothing_after() -> None:
    broker = Broker()
    ledger = broker.ledger()
    await ledger.open()
    await ledger.close()
    await ledger.close()
    assert broker.did.count("stop producer") == 1
    with pytest.raises(AssertionError, match="open the ledger first"):
        await ledger.publish([FIRING])


def test_the_alerts_of_these_tests_are_of_one_pair() -> None:
    assert {each.pair for each in (FIRING, SEVERE, RESOLVED, SEVERE_RESOLVED)} == {PAIR}

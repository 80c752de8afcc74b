"""The monitor as it is run: a process of its own, a real Kafka, and what a reader of the alerts sees.

What it must say is what the offline reducer says of the same articles.
"""

import asyncio
import contextlib
import json
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.structs import TopicPartition

from service.broker import Broker
from service.broker.node import free_ports
from service.knowledge.weights import Weights
from service.messages.dead_letter import DeadLetter
from service.monitor.reading import Reader
from service.monitor.replay import Replay
from service.monitor.rules import Rules, load_rules
from service.monitor.times import DAY_MS, rfc3339, start_of
from service.monitor.wire import pair_name
from service.paths import config_dir
from service.worker.sending import send
from tests.support.kafka import Record, consume, create_topics, produce
from tests.support.monitors import MonitorProcess
from tests.support.requirements import lacks
from tests.unit.monitor_cases import enriched, event

FIRST_DAY = 19_000
PARTITIONS = 2
"""Of every topic, which is what the monitors of these tests are told."""
PLACES = ("Mariel", "Geneva", "Santiago", "Odessa", "Havana", "Washington", "Kerch", "Ankara", "Trieste")
RULE = {
    "name": "every-pair",
    "pairs": ["*"],
    "levels": {"high": {"index": 10, "zscore": 1.6}, "severe": {"index": 17, "zscore": 2.8}},
    "clear": 0.5,
}
INDEX = {"evidence_days": 10, "series_days": 40}
"""So short that days are summed up while the articles come in."""

Alert = dict[str, Any]
Deeds = list[tuple[float, dict[str, Any]]]
"""When, and what the event of the article is."""


def article(number: int, at: float, **deed: Any) -> Record:
    """An article like no other, ``at`` so many days after the first."""
    name, place = f"article-{number:03d}", PLACES[number % len(PLACES)]
    words = " ".join(f"{place}{number}word{each}" for each in range(30))
    moment = rfc3339(start_of(FIRST_DAY) + round(at * DAY_MS))
    value = enriched(event(**deed), id=name, title=place, body=words, source=place, published_at=moment)
    return name.encode(), value


def articles() -> list[Record]:
    """Six weeks in which the United States attack Cuba twice and Russia once, and Russia aids Cuba."""
    quarrels: Deeds = [(day + 0.3, {"quad_class": 3, "goldstein": -1.0}) for day in range(0, 40, 4)]
    attacks: Deeds = [(5 + step / 8, {}) for step in range(16)]
    attacks += [(21 + step / 4, {}) for step in range(6)]
    others = [(25 + step / 9, {"targets": ["gov:RUS"]}) for step in range(12)]
    aid = {"sources": ["gov:RUS"], "targets": ["gov:CUB"], "goldstein": 3.0, "quad_class": 2}
    quiet = [(day + 0.6, aid) for day in range(0, 45, 5)]
    told = sorted([*quarrels, *attacks, *others, *quiet], key=lambda each: each[0])
    return [article(number, at, **deed) for number, (at, deed) in enumerate(told)]


ARTICLES = articles()


@dataclass(frozen=True)
class Expected:
    """What the offline reducer says."""

    alerts: list[Alert]
    """In order of time."""
    indexes: dict[str, float]
    """At the last moment."""
    moment_s: float


def rules_file(folder: Path) -> Path:
    """The rules of these tests."""
    shipped = yaml.safe_load((config_dir() / "alerts.yaml").read_text("utf-8"))
    file = folder / "rules.yaml"
    file.write_text(yaml.safe_dump({"index": shipped["index"] | INDEX, "rules": [RULE]}), "utf-8")
    return file


def offline(folder: Path, records: Sequence[Record]) -> Expected:
    rules: Rules = load_rules(rules_file(folder), config_dir() / "knowledge")
    reader, replay = Reader(Weights.load(config_dir() / "scoring.yaml")), Replay(rules)
    for record in records:
        replay.add(reader.read(record[1] or b""))
    alerts = [alert for _, _, fired in replay.lines() for alert in fired]
    indexes = {pair_name(pair): watch.current.index for pair, watch in replay.watches.items() if watch.current}
    assert replay.horizon is not None
    return Expected(
        [json.loads(alert.model_dump_json(by_alias=True)) for alert in alerts], indexes, replay.horizon / 1000
    )


class Watched:
    """A monitor with its topics and rules, and what a reader sees of it."""

    def __init__(self, kafka: str, folder: Path, topics: str, server: str | None = None, **settings: str) -> None:
        self.kafka = kafka
        self.folder = folder
        told = {"HARBINGER_MONITOR__RULES_FILE": str(rules_file(folder)), **settings}
        self.monitor = MonitorProcess(server or kafka, folder, topics, **told)

    async def produce(self, records: Sequence[Record]) -> None:
        await produce(self.kafka, self.monitor.topic("enriched"), records)

    async def alerts(self, count: int | None, within: float = 30.0) -> list[Alert]:
        """As they stand on the topic; the order of a pair is kept, and pairs follow each other."""
        records = await consume(self.kafka, self.monitor.topic("alerts"), count, within)
        found = [json.loads(record.value) for record in records]
        assert [record.key.decode() for record in records] == ["-".join(alert["pair"]) for alert in found]
        return found

    async def until_settled(self, expected: Expected) -> None:
        """Until everything is read and judged; then the figures must be those of the offline reducer."""

        async def settled() -> bool:
            metrics = await self.monitor.metrics()
            lags = [value for (name, _), value in metrics.items() if name == "harbinger_monitor_lag_records"]
            moment = metrics.get(("harbinger_monitor_event_time_seconds", ()))
            return len(lags) == 2 * PARTITIONS and not any(lags) and moment == expected.moment_s

        async def shown() -> bool:
            return await self.monitor.indexes() == expected.indexes

        await self.monitor.until(settled)
        with contextlib.suppress(AssertionError):  # gauges are brought up to date once a second
            await self.monitor.until(shown, within_s=5)
        assert await self.monitor.indexes() == expected.indexes


def by_pair(alerts: Sequence[Alert]) -> dict[tuple[str, ...], list[Alert]]:
    """Each pair's alerts in their order; between pairs there is none."""
    pairs: dict[tuple[str, ...], list[Alert]] = {}
    for alert in alerts:
        pairs.setdefault(tuple(alert["pair"]), []).append(alert)
    return pairs


async def produce_in_transaction(kafka: str, topic: str, records: Sequence[Record], commit: bool) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=f"{topic}-{commit}")
    await producer.start()
    try:
        await producer.begin_transaction()
        for key, value, *_ in records:
            await producer.send(topic, value, key=key)
        await (producer.commit_transaction() if commit else producer.abort_transaction())
    finally:
        await producer.stop()


async def produce_nothing(kafka: str, topic: str) -> None:
    """A record with neither key nor value, which other clients may send."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        await (await send(producer, topic, key=None, value=None, partition=0, headers=[]))
    finally:
        await producer.stop()


async def test_alerts_are_those_of_the_offline_reducer_and_what_is_no_article_is_a_dead_letter(
    kafka: str, topics: str, tmp_path: Path
) -> None:
    expected = offline(tmp_path, ARTICLES)
    watched = Watched(kafka, tmp_path, topics, HARBINGER_KAFKA__MAX_REQUEST_BYTES="20000")
    monitor = watched.monitor
    await create_topics(kafka, [monitor.topic("enriched")], PARTITIONS)
    undone = [article(900 + number, 30 + number / 9) for number in range(12)]
    await produce_in_transaction(kafka, monitor.topic("enriched"), undone, commit=False)
    large = b"{" * 30_000
    await watched.produce([(b"bad", b"\xff{", [("mine", b"\x00\xff")]), (b"large", large)])
    await produce_nothing(kafka, monitor.topic("enriched"))
    await produce_in_transaction(kafka, monitor.topic("enriched"), ARTICLES, commit=True)
    async with monitor:
        monitor.start()
        await monitor.until_ready()
        await watched.until_settled(expected)
        found = await watched.alerts(len(expected.alerts))
        dead = await consume(kafka, monitor.own_topic("dlq"), 3)
        assert await monitor.metric("harbinger_monitor_articles_total", outcome="dead_lettered") == 3
        assert await monitor.end() == 0
    assert by_pair(found) == by_pair(expected.alerts)
    assert by_pair(await watched.alerts(None, within=1)) == by_pair(found), "and no more"

    assert {(record.key, record.value) for record in dead} == {(b"bad", b"\xff{"), (b"large", large), (None, None)}
    letter = next(record for record in dead if record.key == b"bad")
    assert letter.headers[0] == ("mine", b"\x00\xff")
    reason = DeadLetter.from_headers(letter.headers)
    assert reason is not None
    assert (reason.topic, reason.stage, reason.consumer_group) == (monitor.topic("enriched"), "monitor", topics)


async def test_after_sigkill_the_state_comes_back_and_a_replay_changes_nothing(
    kafka: str, topics: str, tmp_path: Path
) -> None:
    expected, half = offline(tmp_path, ARTICLES), len(ARTICLES) // 2
    watched = Watched(kafka, tmp_path, topics)
    monitor = watched.monitor
    await create_topics(kafka, [monitor.topic("enriched")], PARTITIONS)
    await watched.produce(ARTICLES[:half])
    async with monitor:
        monitor.start()
        await monitor.until_ready()
        await watched.until_settled(offline(tmp_path, ARTICLES[:half]))
        await watched.produce(ARTICLES[half:])
        await watched.alerts(5)
        assert await monitor.end(signal.SIGKILL) == -signal.SIGKILL
        monitor.start()
        await monitor.until_ready()
        await watched.until_settled(expected)

        await watched.produce(ARTICLES)

        async def seen() -> bool:
            counts = [
                await monitor.metric("harbinger_monitor_reports_total", outcome=each) for each in ("known", "late")
            ]
            return sum(count or 0 for count in counts) >= len(ARTICLES)

        await monitor.until(seen)
        await watched.until_settled(expected)
        assert by_pair(await watched.alerts(None, within=2)) == by_pair(expected.alerts)


async def test_missing_topics_are_named_when_they_may_not_be_made(kafka: str, topics: str, tmp_path: Path) -> None:
    async with Watched(kafka, tmp_path, topics, HARBINGER_TOPICS__CREATE="false").monitor as monitor:
        monitor.start()
        assert await monitor.ended() == 1
        last = monitor.log.read_text().splitlines()[-1]
    assert last.startswith("harbinger: missing topics: ")
    assert all(monitor.topic(role) in last for role in ("enriched", "alerts"))


async def test_a_state_with_another_number_of_partitions_than_the_alerts_is_refused(
    kafka: str, topics: str, tmp_path: Path
) -> None:
    async with Watched(kafka, tmp_path, topics).monitor as monitor:
        await create_topics(kafka, [monitor.topic("enriched"), monitor.topic("alerts")], PARTITIONS)
        await create_topics(kafka, [monitor.own_topic("state-changelog")], 3)
        monitor.start()
        assert await monitor.ended() == 1
        last = monitor.log.read_text().splitlines()[-1]
    assert f"{monitor.own_topic('state-changelog')} has 3 partitions and {monitor.topic('alerts')} has 2" in last


@dataclass(frozen=True)
class OwnBroker:
    """A broker that may be hurt, whose cleaner is quick. Not started yet."""

    broker: Broker
    plain: str
    secure: str
    """Where SASL over TLS is demanded."""
    settings: dict[str, str]
    """What a client there must be told."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnBroker]:
    if shutil.which("openssl") is None:
        lacks("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("certificate")
    pem = certificate(folder)
    plain, secure, controller = free_ports(3)
    addresses = f"PLAINTEXT://127.0.0.1:{plain},SECURE://127.0.0.1:{secure}"
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    properties = {
        "listeners": f"{addresses},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": addresses,
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.secure.scram-sha-512.sasl.jaas.config": scram,
        "listener.name.secure.ssl.keystore.type": "PEM",
        "listener.name.secure.ssl.keystore.location": str(pem),
        "log.cleaner.backoff.ms": "100",
    }
    settings = {
        "HARBINGER_KAFKA__SECURITY__PROTOCOL": "SASL_SSL",
        "HARBINGER_KAFKA__SECURITY__CA_FILE": str(pem.with_suffix(".crt")),
        "HARBINGER_KAFKA__SECURITY__SASL__MECHANISM": "SCRAM-SHA-512",
        "HARBINGER_KAFKA__SECURITY__SASL__USERNAME": "alice",
        "HARBINGER_KAFKA__SECURITY__SASL__PASSWORD": "secret",
    }
    user = "--add-scram=SCRAM-SHA-512=[name=alice,password=secret]"
    broker = Broker(port=plain, properties=properties, format_options=[user])
    try:
        yield OwnBroker(broker, f"127.0.0.1:{plain}", f"127.0.0.1:{secure}", settings)
    finally:
        broker.stop()


def certificate(folder: Path) -> Path:
    """Key and certificate of a server on loopback in one file, and the certificate beside it."""
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=server -addext subjectAltName=IP:127.0.0.1 "
        "-keyout server.key -out server.crt"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    pem = folder / "server.pem"
    pem.write_text((folder / "server.key").read_text() + (folder / "server.crt").read_text())
    return pem


@pytest.mark.timeout(180)
async def test_a_broker_that_is_away_is_waited_for_over_sasl_and_tls(
    own: OwnBroker, topics: str, tmp_path: Path
) -> None:
    """At the start, for some seconds in the middle, and at the end."""
    expected, half = offline(tmp_path, ARTICLES), len(ARTICLES) // 2
    settings = own.settings | {"HARBINGER_WORKER__RETRY__MAX_S": "0.5"}
    watched = Watched(own.plain, tmp_path, topics, server=own.secure, **settings)
    async with watched.monitor as monitor:
        monitor.start()

        async def retries() -> bool:
            return '"retrying"' in monitor.log.read_text()

        await monitor.until(retries)
        await asyncio.to_thread(own.broker.start)
        await monitor.until_ready()
        await watched.produce(ARTICLES[:half])
        assert await watched.alerts(1), "some are out before it goes away"
        await asyncio.to_thread(own.broker.kill)
        await asyncio.sleep(2)
        await asyncio.to_thread(own.broker.start)
        await watched.produce(ARTICLES[half:])
        await watched.until_settled(expected)
        assert by_pair(await watched.alerts(None, within=1)) == by_pair(expected.alerts)
        await asyncio.to_thread(own.broker.kill)
        assert await monitor.end(within_s=20) == 0, "it leaves without the broker, too"


@pytest.mark.timeout(180)
async def test_a_changelog_that_was_compacted_and_cut_gives_the_state_back(
    own: OwnBroker, topics: str, tmp_path: Path
) -> None:
    """Its first records are gone, tombstones and the marker of an aborted transaction are its end."""
    expected = offline(tmp_path, ARTICLES)
    if own.broker.pid is None:
        await asyncio.to_thread(own.broker.start)
    kafka = own.plain
    watched = Watched(kafka, tmp_path, topics)
    monitor, changelog = watched.monitor, watched.monitor.own_topic("state-changelog")
    await create_topics(kafka, [monitor.topic("enriched")], PARTITIONS)
    await create_compacted(kafka, changelog)
    await watched.produce(ARTICLES)
    async with monitor:
        monitor.start()
        await monitor.until_ready()
        await watched.until_settled(expected)
        assert await monitor.end() == 0
        await cut(kafka, changelog)
        for partition in range(PARTITIONS):
            end = [(b"report|CUB-USA|0000000000000000", None)] * 3
            await produce(kafka, changelog, end, partition)
        await produce_in_transaction(kafka, changelog, [(b"clock|0", b"never")] * 8, commit=False)
        monitor.start()
        await monitor.until_ready()
        await watched.until_settled(expected)
        assert by_pair(await watched.alerts(None, within=1)) == by_pair(expected.alerts)


async def create_compacted(kafka: str, topic: str) -> None:
    """A topic whose records are cleaned as soon as another follows them."""
    config = {
        "cleanup.policy": "compact,delete",  # only what may be deleted may be cut off
        "retention.ms": "-1",
        "segment.ms": "100",
        "min.cleanable.dirty.ratio": "0.0",
        "delete.retention.ms": "0",
        "min.compaction.lag.ms": "0",
    }
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1, topic_configs=config)])
    finally:
        await admin.close()


async def cut(kafka: str, topic: str) -> None:
    """Wait until the cleaner took the first records away, and cut off what is before the first that is left."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        for partition in range(PARTITIONS):
            async with asyncio.timeout(30):
                while (first := await first_offset(kafka, topic, partition)) == 0:
                    filler = [(b"report|CUB-USA|0000000000000000", None)]
                    await produce(kafka, topic, filler, partition)
            await admin.delete_records({TopicPartition(topic, partition): RecordsToDelete(first)})
    finally:
        await admin.close()


async def first_offset(kafka: str, topic: str, partition: int) -> int:
    """Offset of the first record that is there."""
    where = TopicPartition(topic, partition)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([where])
        return int((await consumer.getone(where)).offset)
    finally:
        await consumer.stop()

"""Dead letters go back once and only once, whatever becomes of the process that moves them."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import UnknownError
from aiokafka.structs import TopicPartition

from service.messages.dead_letter import DeadLetter
from service.settings import Settings, load_settings
from service.worker.errors import FatalError
from service.worker.redrive import TRIES, _PartitionRun, marker_topic, redrive
from service.worker.selection import Selection
from service.worker.sending import send
from service.worker.topics import ALL_ROLES, admin_client, describe_topics, ensure_topics

Row = tuple[int, bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]
"""Partition, key, value, headers."""

EVERYTHING = Selection()


@pytest.fixture
def topic_settings(kafka: str) -> Settings:
    """Settings with topics of their own, of two partitions, which do not exist."""
    defaults = load_settings()
    prefix = f"redrive-{uuid.uuid4().hex[:12]}"
    names: dict[str, str] = {role: f"{prefix}.{role}" for role in ALL_ROLES}
    return defaults.model_copy(
        update={
            "kafka": defaults.kafka.model_copy(update={"bootstrap_servers": kafka}),
            "topics": defaults.topics.model_copy(update={**names, "partitions": 2}),
        }
    )


@pytest.fixture
async def settings(topic_settings: Settings) -> Settings:
    """The same, and the topics exist."""
    await ensure_topics(topic_settings, create=True)
    return topic_settings


def letter(settings: Settings, number: int, **changes: Any) -> DeadLetter:
    """The dead letter of article ``number``, which came from partition ``number % 2``."""
    facts: dict[str, Any] = {
        "topic": settings.topics.articles, "partition": number % 2, "offset": number, "timestamp": 1_700_000_000_000,
        "consumer_group": "harbinger", "exception": "service.messages.errors.DecodeError", "message": "not JSON",
        "stage": "decode",
    }  # fmt: skip
    return DeadLetter(**facts | changes)


def original(number: int, size: int = 0) -> Row:
    """What was in the articles topic: article ``number``."""
    return number % 2, f"id-{number}".encode(), b"{broken" + b"x" * size, (("trace", str(number).encode()),)


async def bury(settings: Settings, letters: Sequence[tuple[DeadLetter, Row]]) -> None:
    """Write dead letters to the partition that they came from."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka.bootstrap_servers, compression_type="lz4", max_request_size=2**31 - 1
    )
    await producer.start()
    try:
        sent = []
        for each, (partition, key, value, headers) in letters:
            sent.append(
                await send(
                    producer,
                    settings.topics.dead_letters,
                    key=key,
                    value=value,
                    partition=partition,
                    headers=each.headers(headers),
                )
            )
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def read(settings: Settings, topic: str, isolation: str = "read_committed") -> list[Row]:
    """Everything in a topic, partition by partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka.bootstrap_servers,
        isolation_level=isolation,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=50,
    )
    await consumer.start()
    rows: list[Row] = []
    try:
        async with admin_client(settings) as admin:
            count = len((await describe_topics(admin))[topic]["partitions"])
        for partition in [TopicPartition(topic, number) for number in range(count)]:
            end = (await consumer.end_offsets([partition]))[partition]
            consumer.assign([partition])
            while await consumer.position(partition) < end:
                for records in (await consumer.getmany(partition, timeout_ms=200)).values():
                    rows += [(r.partition, r.key, r.value, tuple(r.headers)) for r in records]
    finally:
        await consumer.stop()
    return rows


async def test_the_original_comes_back_byte_for_byte_and_once(settings: Settings) -> None:
    earlier = letter(settings, 7).headers()  # failed before, was redriven, failed again
    rows: list[Row] = [
        original(0),
        original(1),
        (0, None, b"\xff\x00 not UTF-8", ()),
        (1, b"key", None, (("a", b"1"), ("a", b"2"), ("b", b""))),
        (1, None, None, (("traceparent", b"00-1-2-01"),)),
        (0, b"again", b"{}", tuple(earlier)),
    ]
    await bury(settings, [(letter(settings, row[0]), row) for row in rows])

    report = await redrive(settings, EVERYTHING)
    assert report.total("moved") == len(rows)
    assert Counter(await read(settings, settings.topics.articles)) == Counter(rows)

    again = await redrive(settings, EVERYTHING)
    assert (again.total("moved"), again.total("already moved")) == (0, len(rows))
    assert len(await read(settings, settings.topics.articles)) == len(rows)


async def test_what_a_filter_leaves_is_moved_later(settings: Settings) -> None:
    kinds = {0: {"stage": "decode"}, 1: {"stage": "validate"}, 2: {"stage": "analyse", "exception": "a.TimeLimit"}}
    await bury(settings, [(letter(settings, n, **kinds[n % 3]), original(n)) for n in range(12)])

    report = await redrive(settings, Selection(stages={"validate"}))
    assert report.counts == {("validate", "service.messages.errors.DecodeError", "moved"): 4}
    report = await redrive(settings, Selection(exception="TimeLimit"), limit=3)
    assert report.total("moved") == 3
    report = await redrive(settings, Selection(ids={"id-0", "id-1", "unheard-of"}))
    assert (report.total("moved"), report.total("already moved")) == (1, 1)
    report = await redrive(settings, EVERYTHING)
    assert (report.total("moved"), report.total("already moved")) == (4, 8)
    assert Counter(await read(settings, settings.topics.articles)) == Counter(original(n) for n in range(12))


@pytest.mark.parametrize("times", [1, 99])
async def test_an_answer_that_got_lost_is_asked_for_again_and_nothing_is_moved_twice(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """The transaction is committed, the answer to it is an error of the broker's."""
    await bury(settings, [(letter(settings, n), original(n)) for n in range(2 * TRIES)])
    move = _PartitionRun._move
    failures: list[TopicPartition] = []

    async def move_and_fail(run: _PartitionRun, *arguments: Any) -> None:
        await move(run, *arguments)
        if len(failures) < times:
            failures.append(run.source)
            raise UnknownError

    monkeypatch.setattr(_PartitionRun, "_move", move_and_fail)
    monkeypatch.setattr("service.worker.redrive.BATCH_RECORDS", 1)
    monkeypatch.setattr("service.worker.redrive.PAUSE_S", 0)
    with contextlib.nullcontext() if times == 1 else pytest.raises(UnknownError):
        await redrive(settings, EVERYTHING)
    moved = Counter(await read(settings, settings.topics.articles))
    assert max(moved.values()) == 1
    if times == 1:
        assert moved == Counter(original(n) for n in range(2 * TRIES))
    else:
        assert len(failures) == TRIES


async def test_time_bounds_are_those_of_the_dead_letter(settings: Settings) -> None:
    await bury(settings, [(letter(settings, 0), original(0))])
    await asyncio.sleep(0.02)
    between = time.time_ns() // 1_000_000
    await asyncio.sleep(0.02)
    await bury(settings, [(letter(settings, 1), original(1))])
    assert (await redrive(settings, Selection(since_ms=between))).total("moved") == 1
    assert await read(settings, settings.topics.articles) == [original(1)]
    assert (await redrive(settings, Selection(until_ms=between))).total("moved") == 1


async def test_a_dry_run_writes_nothing(settings: Settings) -> None:
    await bury(settings, [(letter(settings, n), original(n)) for n in range(4)])
    report = await redrive(settings, EVERYTHING, dry_run=True)
    assert report.total("moved") == 4
    assert await read(settings, settings.topics.articles, "read_uncommitted") == []
    async with admin_client(settings) as admin:
        assert marker_topic(settings.topics.dead_letters) not in await describe_topics(admin)
    await redrive(settings, EVERYTHING, limit=1)
    report = await redrive(settings, EVERYTHING, dry_run=True)
    assert (report.total("moved"), report.total("already moved")) == (3, 1)


async def test_what_has_no_way_back_stays_and_is_counted(settings: Settings) -> None:
    await bury(
        settings,
        [
            (letter(settings, 0, topic="no.such.topic"), original(0)),
            (letter(settings, 0, partition=99), original(0)),
            (letter(settings, 0, topic=settings.topics.dead_letters), original(0)),
            (letter(settings, 1), original(1)),
        ],
    )
    await bury_plain(settings, [original(0)])
    report = await redrive(settings, EVERYTHING)
    assert (report.total("moved"), report.total("cannot be moved"), report.unknown) == (1, 3, 1)
    assert await read(settings, settings.topics.articles) == [original(1)]


async def test_what_is_too_large_by_now_stays_and_holds_nobody_up(settings: Settings) -> None:
    """The articles topic takes less than it once did; a record that compresses well goes through whatever its size."""
    large = (0, b"large", os.urandom(20_000), ())
    compressible = (0, b"compressible", b"x" * 18_000_000, ())
    rows: list[Row] = [original(0), large, original(2), compressible, large, original(4)]
    await bury(settings, [(letter(settings, 0), row) for row in rows])
    async with admin_client(settings) as admin:
        limit = ConfigResource(ConfigResourceType.TOPIC, settings.topics.articles, {"max.message.bytes": "10000"})
        await admin.alter_configs([limit])
    report = await redrive(settings, EVERYTHING)
    assert (report.total("moved"), report.total("cannot be moved")) == (3, 3)
    assert sorted(await read(settings, settings.topics.articles)) == sorted([original(0), original(2), original(4)])


async def bury_plain(settings: Settings, rows: Sequence[Row]) -> None:
    """Records in the dead letter topic that are no dead letters."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka.bootstrap_servers)
    await producer.start()
    for partition, key, value, headers in rows:
        await producer.send_and_wait(
            settings.topics.dead_letters, value, key=key, partition=partition, headers=list(headers)
        )
    await producer.stop()


async def test_dead_letters_of_an_aborted_transaction_do_not_exist(settings: Settings) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka.bootstrap_servers, transactional_id=settings.topics.articles
    )
    await producer.start()
    await producer.begin_transaction()
    headers = letter(settings, 0).headers()
    await producer.send_and_wait(settings.topics.dead_letters, b"aborted", partition=0, headers=headers)
    await producer.abort_transaction()
    await producer.stop()
    await bury(settings, [(letter(settings, 1), original(1))])
    assert (await redrive(settings, EVERYTHING)).total("moved") == 1
    assert await read(settings, settings.topics.articles) == [original(1)]


async def test_markers_of_a_topic_that_was_made_anew_do_not_count(settings: Settings) -> None:
    await bury(settings, [(letter(settings, 0), original(0))])
    await redrive(settings, EVERYTHING)
    async with admin_client(settings) as admin:
        await admin.delete_topics([settings.topics.dead_letters])
        async with asyncio.timeout(20):
            while settings.topics.dead_letters in await describe_topics(admin):  # noqa: ASYNC110  no event tells
                await asyncio.sleep(0.05)
    await ensure_topics(settings, create=True)
    await bury(settings, [(letter(settings, 2), original(2))])
    assert (await redrive(settings, EVERYTHING)).total("moved") == 1


async def test_a_missing_dead_letter_topic_is_named(topic_settings: Settings) -> None:
    with pytest.raises(FatalError, match=topic_settings.topics.dead_letters):
        await redrive(topic_settings, EVERYTHING)


def command(settings: Settings) -> "subprocess.Popen[bytes]":
    """``harbinger redrive`` in a process of its own."""
    environment = {
        **os.environ,
        "HARBINGER_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "HARBINGER_TOPICS__ARTICLES": settings.topics.articles,
        "HARBINGER_TOPICS__ENRICHED": settings.topics.enriched,
        "HARBINGER_TOPICS__DEAD_LETTERS": settings.topics.dead_letters,
    }
    line = [sys.executable, "-c", "from service.cli import main; main()", "redrive"]
    return subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


async def killed_as_soon_as_it_writes(settings: Settings, isolation: str) -> None:
    """``harbinger redrive``, and SIGKILL once records have arrived that a reader of this isolation level may see."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka.bootstrap_servers, isolation_level=isolation)
    await consumer.start()
    where = TopicPartition(settings.topics.articles, 0)
    before = await consumer.end_offsets([where])
    process = command(settings)
    try:
        while process.poll() is None and await consumer.end_offsets([where]) == before:
            pass
    finally:
        process.kill()
        process.communicate()
        await consumer.stop()


@pytest.mark.timeout(180)
async def test_killed_in_the_middle_and_run_again_moves_each_once(settings: Settings) -> None:
    """SIGKILL within a transaction and after one, in turns; then a run to the end."""
    count = 12_000
    await bury(settings, [(letter(settings, n), original(n, size=500)) for n in range(count)])
    counts = [0]
    while len(counts) < 5 and counts[-1] < count / 2:
        await killed_as_soon_as_it_writes(settings, ["read_uncommitted", "read_committed"][len(counts) % 2])
        counts.append(len(await read(settings, settings.topics.articles)))
    moved = counts[-1]
    assert any(0 < each < count for each in counts), f"no kill hit the middle: {counts}"

    last = command(settings)
    out, _ = await asyncio.to_thread(last.communicate)
    assert last.returncode == 0, out.decode()
    rows = await read(settings, settings.topics.articles)
    assert Counter(rows) == Counter(original(n, size=500) for n in range(count))
    assert f"{count - moved} moved, {moved} moved before" in out.decode()


@pytest.mark.timeout(120)
async def test_two_at_once_move_each_once(settings: Settings) -> None:
    count = 4_000
    await bury(settings, [(letter(settings, n), original(n, size=500)) for n in range(count)])
    both = [command(settings) for _ in range(2)]
    outs = [out.decode() for out, _ in await asyncio.gather(*(asyncio.to_thread(each.communicate) for each in both))]
    assert Counter(await read(settings, settings.topics.articles)) == Counter(
        original(n, size=500) for n in range(count)
    )
    for each, out in zip(both, outs, strict=True):
        assert each.returncode == 0 or "took over" in out, out
    assert any(each.returncode == 0 for each in both), outs


async def test_markers_say_what_was_moved(settings: Settings) -> None:
    await bury(settings, [(letter(settings, 1), original(1))])
    await redrive(settings, EVERYTHING)
    [(partition, key, value, _)] = await read(settings, marker_topic(settings.topics.dead_letters))
    assert (partition, key) == (1, b"1-0")
    assert {name: json.loads(value or b"")[name] for name in ("partition", "offset")} == {"partition": 1, "offset": 0}

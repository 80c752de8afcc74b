"""Dead letters back to the topic that they came from, exactly once.

Of each dead letter that is moved, a *marker* is written to a compacted topic, in the same transaction as the record
itself. One transactional producer for each partition of the dead letter topic fences whoever redrives the same partition,
in this process or another; the markers are read after that, so they tell of everything that was ever moved. A run that is
killed, repeated, or met by a second one therefore moves no record twice, and what a filter left behind can be moved later.
"""

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import NewTopic
from aiokafka.errors import ProducerFenced
from aiokafka.structs import TopicPartition

from service.messages.dead_letter import DeadLetter, original_headers
from service.settings import Settings
from service.worker.connection import client_options, producer_options
from service.worker.errors import FatalError
from service.worker.record import Record
from service.worker.sending import send
from service.worker.topics import admin_client, create_topics, describe_topics

BATCH_RECORDS = 500
"""Most dead letters in one transaction: a few MB, and done long before the transaction times out."""

FETCH_WAIT_MS = 50
"""Longest wait of the broker for records. Requests on one connection are answered in turn, so at the end of a partition
each question about the next one waits for the last fetch."""

STALLED_AFTER_S = 60.0
"""Seconds without a record, before the end of a partition, after which reading counts as failed."""

STOP_LIMIT_S = 5.0
"""Seconds that a fenced producer may take to close."""

Fate = Literal["moved", "already moved", "cannot be moved"]
Chosen = tuple[Record, DeadLetter]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters to move; what is empty or None selects all.

    ``exception`` is part of the exception's class name or message. ``since_ms`` (inclusive) and ``until_ms`` (exclusive)
    bound the time at which the dead letter was written, in milliseconds since 1970. ``ids`` are article ids, which are
    record keys.
    """

    stages: Collection[str] = ()
    exception: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    ids: Collection[str] = ()

    def takes(self, record: Record, letter: DeadLetter) -> bool:
        """Whether this dead letter is meant."""
        return (
            (not self.stages or letter.stage in self.stages)
            and (self.exception is None or self.exception in f"{letter.exception}: {letter.message}")
            and (self.since_ms is None or record.timestamp >= self.since_ms)
            and (self.until_ms is None or record.timestamp < self.until_ms)
            and (not self.ids or record.key in {name.encode("utf-8", "surrogatepass") for name in self.ids})
        )


@dataclass(slots=True)
class RedriveReport:
    """What became of the selected dead letters, by stage, exception and fate.

    ``unknown`` counts records that are no dead letters (somebody else's headers); ``fenced`` are partitions that another
    redrive took over: what was moved until then stays moved, the rest is the other one's work.
    """

    counts: Counter[tuple[str, str, Fate]] = field(default_factory=Counter)
    unknown: int = 0
    fenced: list[int] = field(default_factory=list)

    def total(self, fate: Fate) -> int:
        """How many selected dead letters met this fate."""
        return sum(count for (_, _, each), count in self.counts.items() if each == fate)

    def note(self, letter: DeadLetter, fate: Fate) -> None:
        """Count one."""
        self.counts[(letter.stage or "–", letter.exception or "–", fate)] += 1


async def redrive(
    settings: Settings, selection: Selection, *, dry_run: bool = False, limit: int | None = None
) -> RedriveReport:
    """Move the selected dead letters back to their topic and partition, with their key, value and headers.

    Only what was in the dead letter topic at the start is looked at, so an article that fails again is not moved again by
    the same run. The timestamp is new: by the old one, retention might delete the record before it is read.

    Args:
        settings: where, and the names of the topics.
        selection: which.
        dry_run: count, write nothing, disturb nobody.
        limit: most dead letters to move.

    Raises:
        FatalError: the dead letter topic is missing, or a partition cannot be read.
        KafkaError: the brokers cannot be reached or deny access.
    """
    source = settings.topics.dead_letters
    markers = marker_topic(source)
    async with admin_client(settings) as admin:
        found = await describe_topics(admin)
        if source not in found:
            raise FatalError(f"there is no topic {source}")
        partitions = sorted(partition["partition"] for partition in found[source]["partitions"])
        if markers not in found and not dry_run:
            config = {"cleanup.policy": "compact"}
            found = await create_topics(
                admin, [NewTopic(markers, len(partitions), settings.topics.replication_factor, topic_configs=config)]
            )
    counts = {name: len(topic["partitions"]) for name, topic in found.items()}
    if not dry_run and counts[markers] < len(partitions):
        raise FatalError(f"topic {markers} has {counts[markers]} partitions and {source} has {len(partitions)}")
    report = RedriveReport()
    async with _reader(settings) as consumer:
        ends = await consumer.end_offsets([TopicPartition(source, partition) for partition in partitions])
        for partition in partitions:
            if limit is not None and report.total("moved") >= limit:
                break
            run = _PartitionRun(consumer, TopicPartition(source, partition), selection, report, counts, limit)
            if dry_run:
                await run.go(ends[run.source], None)
                continue
            try:
                async with _producer(settings, run.source) as producer:
                    await run.go(ends[run.source], producer)
            except ProducerFenced:
                report.fenced.append(partition)
    return report


def marker_topic(dead_letters: str) -> str:
    """The compacted topic that remembers which records of this dead letter topic were moved."""
    return f"{dead_letters}.redriven"


@dataclass(slots=True)
class _PartitionRun:
    """One partition of the dead letter topic."""

    consumer: AIOKafkaConsumer
    source: TopicPartition
    selection: Selection
    report: RedriveReport
    partition_counts: Mapping[str, int]
    limit: int | None

    async def go(self, end: int, producer: AIOKafkaProducer | None) -> None:
        """Look at everything before offset ``end``; without a producer only count. The producer must be started."""
        moved_before = await self._read_markers()
        async for batch in _read(self.consumer, self.source, end):
            chosen = list(self._movable(self._selected(batch), moved_before))
            if self.limit is not None:
                chosen = chosen[: self.limit - self.report.total("moved")]
            if chosen and producer:
                await self._move(producer, chosen)
            for _, letter in chosen:
                self.report.note(letter, "moved")
            if self.limit is not None and self.report.total("moved") >= self.limit:
                return

    async def _read_markers(self) -> dict[int, int]:
        """Timestamp by offset of the dead letters that were moved by anybody before."""
        topic = TopicPartition(marker_topic(self.source.topic), self.source.partition)
        if self.source.partition >= self.partition_counts.get(topic.topic, 0):
            return {}
        end = (await self.consumer.end_offsets([topic]))[topic]
        moved: dict[int, int] = {}
        async for batch in _read(self.consumer, topic, end):
            for record in batch:
                marker = json.loads(record.value or b"")
                moved[marker["offset"]] = marker["timestamp"]
        return moved

    def _selected(self, batch: Iterable[Record]) -> Iterable[Chosen]:
        for record in batch:
            letter = DeadLetter.from_headers(record.headers)
            if letter is None:
                self.report.unknown += 1
            elif self.selection.takes(record, letter):
                yield record, letter

    def _movable(self, selected: Iterable[Chosen], moved_before: Mapping[int, int]) -> Iterable[Chosen]:
        """Those that can be moved and were not; notes what holds the others.

        A marker counts only with the right timestamp: a dead letter topic that was deleted and made again starts over
        with its offsets, and the old markers must not hold the new letters.
        """
        for record, letter in selected:
            partitions = self.partition_counts.get(letter.topic, 0)
            if moved_before.get(record.offset) == record.timestamp:
                self.report.note(letter, "already moved")
            elif letter.topic == self.source.topic or not 0 <= (letter.partition or 0) < partitions:
                self.report.note(letter, "cannot be moved")
            else:
                yield record, letter

    async def _move(self, producer: AIOKafkaProducer, chosen: Sequence[Chosen]) -> None:
        """The records and their markers, in one transaction."""
        async with producer.transaction():
            sent = []
            for record, letter in chosen:
                sent.append(
                    await send(
                        producer,
                        letter.topic,
                        key=record.key,
                        value=record.value,
                        partition=letter.partition,
                        headers=original_headers(record.headers),
                    )
                )
                sent.append(await self._send_marker(producer, record))
            await asyncio.gather(*sent)  # aiokafka commits a transaction even when one of its batches was refused

    async def _send_marker(self, producer: AIOKafkaProducer, record: Record) -> Any:
        marker = {"partition": record.partition, "offset": record.offset, "timestamp": record.timestamp}
        return await producer.send(
            marker_topic(self.source.topic),
            key=f"{record.partition}-{record.offset}".encode(),
            value=json.dumps(marker).encode(),
            partition=self.source.partition,
        )


@contextlib.asynccontextmanager
async def _reader(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        **client_options(settings.kafka),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",  # retention may delete what we are about to read
        fetch_max_bytes=settings.kafka.fetch_max_bytes,
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


@contextlib.asynccontextmanager
async def _producer(settings: Settings, source: TopicPartition) -> AsyncIterator[AIOKafkaProducer]:
    """A started transactional producer: every earlier one for this partition is fenced, its open transaction ended."""
    name = f"{settings.kafka.transactional_id_prefix}.redrive.{source.topic}.{source.partition}"
    producer = AIOKafkaProducer(**producer_options(settings.kafka, name))
    await producer.start()
    try:
        yield producer
    finally:
        with contextlib.suppress(TimeoutError, ProducerFenced):
            await asyncio.wait_for(producer.stop(), STOP_LIMIT_S)


async def _read(consumer: AIOKafkaConsumer, partition: TopicPartition, end: int) -> AsyncIterator[list[Record]]:
    """All committed records of a partition from its beginning to before offset ``end``.

    The end is told by the consumer's position, since the last offsets may be transaction markers, or compacted away.

    Raises:
        FatalError: nothing comes for :data:`STALLED_AFTER_S`.
    """
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    last, moved_at = -1, time.monotonic()
    while (position := await consumer.position(partition)) < end:
        if position != last:
            last, moved_at = position, time.monotonic()
        elif time.monotonic() - moved_at > STALLED_AFTER_S:
            raise FatalError(f"{partition.topic}-{partition.partition} cannot be read beyond offset {position}")
        fetched = await consumer.getmany(partition, timeout_ms=200, max_records=BATCH_RECORDS)
        if records := [record for record in fetched.get(partition, []) if record.offset < end]:
            yield records

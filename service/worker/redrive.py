"""Dead letters back to the topic that they came from, exactly once.

Of each dead letter that is moved, a *marker* is written to a compacted topic, in the same transaction as the record
itself. One transactional producer for each partition of the dead letter topic fences whoever redrives the same partition,
in this process or another; the markers are read after that, so they tell of everything that was ever moved. A run that is
killed, repeated, or met by a second one therefore moves no record twice, and what a filter left behind can be moved later.
"""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import NewTopic
from aiokafka.errors import (
    IllegalOperation,
    KafkaError,
    MessageSizeTooLargeError,
    ProducerFenced,
    RecordListTooLargeError,
)
from aiokafka.structs import TopicPartition

from service.messages.dead_letter import DeadLetter, original_headers
from service.settings import Settings
from service.worker.connection import client_options, producer_options
from service.worker.errors import FatalError, fatal
from service.worker.record import Record
from service.worker.selection import RedriveReport, Selection
from service.worker.sending import send
from service.worker.topics import admin_client, create_topics, describe_topics

log = structlog.get_logger(__name__)

BATCH_RECORDS = 500
"""Most dead letters in one transaction: a few MB, and done long before the transaction times out."""

FETCH_WAIT_MS = 50
"""Longest wait of the broker for records. Requests on one connection are answered in turn, so at the end of a partition
each question about the next one waits for the last fetch."""

STALLED_AFTER_S = 60.0
"""Seconds without a record, before the end of a partition, after which reading counts as failed."""

TRIES = 10
"""Times that a partition is begun before an error of the broker counts. What was moved is not moved again: the next producer
reads the markers. A broker that ends a transaction for one producer while another takes its place may answer an unknown error, and
who begins again takes the other's place."""

PAUSE_S = 1.0
"""Longest pause before a partition is begun again. It is drawn by chance, so that two do not go on to meet."""

STOP_LIMIT_S = 5.0
"""Seconds that a fenced producer may take to close."""

Chosen = tuple[Record, DeadLetter]


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
            end = ends[run.source]
            if dry_run:
                await run.go(end, None)
                continue
            failures = 0
            while not run.done:
                try:
                    async with _producer(settings, run.source) as producer:
                        await run.go(end, producer)
                except ProducerFenced:
                    report.fenced.append(partition)
                    break
                except (KafkaError, IllegalOperation) as error:
                    failures += 1
                    if failures == TRIES or fatal(error, f"moving dead letters of {source}-{partition}"):
                        raise
                    log.warning("trying again", topic=source, partition=partition, error=repr(error))
                    await asyncio.sleep(random.uniform(0, PAUSE_S))
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
    done: bool = False
    next_offset: int = 0
    """Everything before it is settled."""
    alone_until: int = -1
    """Up to this offset dead letters are moved one by one, because one of them was refused for its size."""

    async def go(self, end: int, producer: AIOKafkaProducer | None) -> None:
        """Look at everything before offset ``end``; without a producer only count. The producer must be just started.

        Returns with :attr:`done` false when the broker refused a record for its size: aiokafka's producer is of no use
        after that, and the next one must begin with the markers again, for it may have fenced somebody.
        """
        moved_before = await self._read_markers()
        async for batch in _read(self.consumer, self.source, self.next_offset, end):
            for group in self._groups(batch):
                tally = RedriveReport()
                chosen = list(self._movable(self._selected(group, tally), moved_before, tally))
                if self.limit is not None:
                    chosen = chosen[: self.limit - self.report.total("moved")]
                if chosen and producer:
                    try:
                        await self._move(producer, chosen)
                    except (MessageSizeTooLargeError, RecordListTooLargeError):
                        if len(group) > 1:
                            self.alone_until = group[-1].offset
                        else:
                            tally.note(chosen[0][1], "cannot be moved")
                            self._settle(group, tally)
                        return
                for _, letter in chosen:
                    tally.note(letter, "moved")
                self._settle(group, tally)
                if self.limit is not None and self.report.total("moved") >= self.limit:
                    self.done = True
                    return
        self.done = True

    def _groups(self, batch: Sequence[Record]) -> Iterable[Sequence[Record]]:
        """What goes into one transaction each: single records up to :attr:`alone_until`, then all the rest."""
        rest = [record for record in batch if record.offset > self.alone_until]
        yield from ([record] for record in batch if record.offset <= self.alone_until)
        if rest:
            yield rest

    def _settle(self, group: Sequence[Record], tally: RedriveReport) -> None:
        self.next_offset = group[-1].offset + 1
        self.report.counts.update(tally.counts)
        self.report.unknown += tally.unknown

    async def _read_markers(self) -> dict[int, int]:
        """Timestamp by offset of the dead letters that were moved by anybody before."""
        topic = TopicPartition(marker_topic(self.source.topic), self.source.partition)
        if self.source.partition >= self.partition_counts.get(topic.topic, 0):
            return {}
        end = (await self.consumer.end_offsets([topic]))[topic]
        moved: dict[int, int] = {}
        async for batch in _read(self.consumer, topic, 0, end):
            for record in batch:
                marker = json.loads(record.value or b"")
                moved[marker["offset"]] = marker["timestamp"]
        return moved

    def _selected(self, records: Iterable[Record], tally: RedriveReport) -> Iterable[Chosen]:
        for record in records:
            letter = DeadLetter.from_headers(record.headers)
            if letter is None:
                tally.unknown += 1
            elif self.selection.takes(record, letter):
                yield record, letter

    def _movable(
        self, selected: Iterable[Chosen], moved_before: Mapping[int, int], tally: RedriveReport
    ) -> Iterable[Chosen]:
        """Those that can be moved and were not; notes what holds the others.

        A marker counts only with the right timestamp: a dead letter topic that was deleted and made again starts over
        with its offsets, and the old markers must not hold the new letters.
        """
        for record, letter in selected:
            partitions = self.partition_counts.get(letter.topic, 0)
            if moved_before.get(record.offset) == record.timestamp:
                tally.note(letter, "already moved")
            elif letter.topic == self.source.topic or not 0 <= (letter.partition or 0) < partitions:
                tally.note(letter, "cannot be moved")
            else:
                yield record, letter

    async def _move(self, producer: AIOKafkaProducer, chosen: Sequence[Chosen]) -> None:
        """The records and their markers, in one transaction."""
        sent: list[asyncio.Future[Any]] = []
        try:
            async with producer.transaction():
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
        except IllegalOperation:  # aiokafka's sender gave up in between, and what was handed to it says why
            await asyncio.gather(*sent)
            raise

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


async def _read(
    consumer: AIOKafkaConsumer, partition: TopicPartition, start: int, end: int
) -> AsyncIterator[list[Record]]:
    """All committed records of a partition from offset ``start``, or the first that is left, to before offset ``end``.

    The end is told by the consumer's position, since the last offsets may be transaction markers, or compacted away.

    Raises:
        FatalError: nothing comes for :data:`STALLED_AFTER_S`.
    """
    consumer.assign([partition])
    beginning = (await consumer.beginning_offsets([partition]))[partition]
    consumer.seek(partition, max(start, beginning))
    last, moved_at = -1, time.monotonic()
    while (position := await consumer.position(partition)) < end:
        if position != last:
            last, moved_at = position, time.monotonic()
        elif time.monotonic() - moved_at > STALLED_AFTER_S:
            raise FatalError(f"{partition.topic}-{partition.partition} cannot be read beyond offset {position}")
        fetched = await consumer.getmany(partition, timeout_ms=200, max_records=BATCH_RECORDS)
        if records := [record for record in fetched.get(partition, []) if record.offset < end]:
            yield records

"""One assigned partition: what was read from it, what became of it, and the transactions that publish it.

A lane owns a transactional producer whose id names the partition and nothing else, so that whoever owns the partition
next fences it, whatever this process believes (aiokafka sends no group generation with a transaction's offsets, so the
broker would not). Opening a lane means, in this order: start the producer, which ends the transactions of every earlier
owner; read the committed offset, which nobody can move any more; seek there; open the gate.

Whatever goes wrong in a transaction, the lane forgets everything and opens again: what was not committed is read again,
what was committed is not. Nothing is retried in place, because aiokafka's producer does not always know what the broker did.
"""

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, ProducerFenced, RecordListTooLargeError
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from service.observability.metrics import LaneState, Metrics
from service.settings.tree import Worker as WorkerSettings
from service.worker.budget import Budget
from service.worker.errors import FatalError, fatal
from service.worker.outbound import Outbound
from service.worker.pool import Job, Pool
from service.worker.process import Enriched, Rejected, Task
from service.worker.record import Record
from service.worker.sending import send

log = structlog.get_logger(__name__)

STOP_LIMIT_S: Final = 5.0
"""Seconds that a producer may take to close before it is left behind: it is fenced, so it can do no harm."""

OPEN_WARNING_S: Final = 30.0
"""Seconds after which a lane that is still not open is worth an error line of its own."""


class Offsets(Protocol):
    """Where a partition is to be read from, and how the consumer is told."""

    async def start_of(self, partition: TopicPartition) -> int:
        """The offset to go on from: the committed one, or what ``auto_offset_reset`` says when there is none."""

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Make the consumer read on from ``offset``."""


@dataclass(slots=True)
class Pending:
    """A record that was read and whose outcome is not yet committed."""

    record: Record
    job: Job
    size: int


@dataclass(slots=True, frozen=True)
class LaneContext:
    """What all lanes of a worker share."""

    group_id: str
    settings: WorkerSettings
    transaction_limit_s: float
    max_request_bytes: int
    fenced_pause_s: float
    new_producer: Callable[[TopicPartition], AIOKafkaProducer]
    offsets: Offsets
    outbound: Outbound
    pool: Pool
    budget: Budget
    metrics: Metrics
    on_commit: Callable[[Record, Enriched | Rejected], None]
    on_fatal: Callable[[FatalError], None]


class PositionLost(Exception):
    """The consumer's position is not in the log (any more): the lane must find a new one."""


class Lane:
    """The state machine of one partition: opening -> open -> closing, and back to opening after a failure."""

    def __init__(self, partition: TopicPartition, context: LaneContext) -> None:
        self.partition = partition
        self.state: LaneState = "opening"
        self.epoch = 0
        """How often the lane was opened. What was fetched in one epoch must not be accepted in another."""
        self.next_offset = -1
        """Offset of the next record to be read."""
        self.committed_offset = -1
        """Offset of the next record to be committed."""
        self.last_timestamp_ms: int | None = None
        """Kafka timestamp (ms since the epoch) of the record that was committed last by this lane."""
        self._closing = False
        self._context = context
        self._pending: deque[Pending] = deque()
        self._arrived = asyncio.Event()
        self._reopen = False
        self._producer: AIOKafkaProducer | None = None
        self._failures = 0
        self._alone_until = -1
        self._oversize: dict[int, str] = {}
        self._opening_since = time.monotonic()
        self._log = log.bind(topic=partition.topic, partition=partition.partition)
        self._task = asyncio.create_task(self._run(), name=f"lane-{partition.topic}-{partition.partition}")

    # What the poll loop and the health checks ask.

    @property
    def open(self) -> bool:
        """Whether records of this partition may be accepted."""
        return self.state == "open"

    @property
    def pending(self) -> int:
        """Records that were read and are not yet committed."""
        return len(self._pending)

    @property
    def oldest_timestamp_ms(self) -> int | None:
        """Kafka timestamp (ms since the epoch) of the oldest record that is not yet committed."""
        return self._pending[0].record.timestamp if self._pending else None

    @property
    def opening_seconds(self) -> float:
        """How long the lane has been trying to open; 0 when it is open."""
        return 0.0 if self.state == "open" else time.monotonic() - self._opening_since

    def accept(self, records: list[Record]) -> None:
        """Take records that follow on from :attr:`next_offset`, and have them analysed."""
        for record in records:
            if record.offset < self.next_offset:
                continue  # the same record twice cannot be: the poll loop checks the gate, this checks the poll loop
            size = len(record.value or b"")
            task = Task(record.topic, record.partition, record.offset, record.value)
            self._pending.append(Pending(record, self._context.pool.submit(task), size))
            self._context.budget.take(size)
            self.next_offset = record.offset + 1
        self._arrived.set()

    def reopen(self) -> None:
        """Forget where we are and find the position again, as after a failure."""
        self._reopen = True
        self._arrived.set()

    # Opening, working, failing.

    async def _run(self) -> None:
        while True:
            try:
                await self._open()
                await self._work()
            except Exception as error:
                self.state = "failed"
                self._opening_since = time.monotonic()
                self._forget()
                if self._closing:
                    self._log.info("lane_failed_while_closing", reason=repr(error))
                    return
                if final := fatal(error, f"lane of {self.partition.topic}-{self.partition.partition}"):
                    self._context.on_fatal(final)
                    return
                await self._discard_producer()
                pause = self._pause(error)
                self._context.metrics.retries.labels("lane").inc()
                self._log.warning(
                    "lane_failed", reason=repr(error), failures=self._failures, retry_in_s=round(pause, 2)
                )
                await asyncio.sleep(pause)

    def _pause(self, error: Exception) -> float:
        """Seconds before the next try: exponential, with full jitter's upper half, so that lanes do not knock together.

        A fenced lane has lost its partition, most likely, and waits until the group had time to say so: to fence the
        new owner in turn would only be a quarrel, if a harmless one.
        """
        self._failures += 1
        retry = self._context.settings.retry
        pause = min(retry.max_s, retry.initial_s * 2.0 ** min(self._failures - 1, 16)) * random.uniform(0.5, 1)
        return max(pause, self._context.fenced_pause_s) if isinstance(error, ProducerFenced) else pause

    async def _open(self) -> None:
        self.state = "opening"
        async with asyncio.timeout(self._context.transaction_limit_s):
            self._producer = self._context.new_producer(self.partition)
            await self._producer.start()
            self.next_offset = await self._context.offsets.start_of(self.partition)
        self.committed_offset = self.next_offset
        self._context.offsets.seek(self.partition, self.next_offset)
        self.epoch += 1
        self.state = "open"
        self._log.info("lane_opened", offset=self.next_offset)

    async def _work(self) -> None:
        self._reopen = False
        while not self._reopen:
            batch = await self._next_batch()
            await self._commit(batch)
        raise PositionLost

    async def _next_batch(self) -> list[Pending]:
        """Wait for the first record's outcome, then for a batch that is worth a transaction, and take it.

        A batch goes out when everything that was read is done (nobody waits on a quiet topic), when it is full, or when
        the commit interval is over.
        """
        while not self._pending:
            self._arrived.clear()
            await self._arrived.wait()
            if self._reopen:
                return []
        head = self._pending[0].job.future
        await asyncio.wait([head])
        deadline = time.monotonic() + self._context.settings.commit_interval_ms / 1000
        while True:
            ready, full = self._ready()
            rest = deadline - time.monotonic()
            if full or rest <= 0 or len(ready) == len(self._pending):
                return ready
            await asyncio.wait([self._pending[len(ready)].job.future], timeout=rest)

    def _ready(self) -> tuple[list[Pending], bool]:
        """The records at the head whose outcome is known, in order, and whether they fill a batch."""
        settings = self._context.settings
        ready: list[Pending] = []
        size = 0
        for pending in self._pending:
            future = pending.job.future
            size += pending.size
            if ready and (size > settings.batch_max_bytes or ready[0].record.offset <= self._alone_until):
                return ready, True
            if not future.done() or future.cancelled():
                break
            ready.append(pending)
            if len(ready) >= settings.batch_max_records:
                return ready, True
        return ready, False

    async def _commit(self, batch: list[Pending]) -> None:
        if not batch:
            return
        outcomes = [self._outcome(pending) for pending in batch]
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._context.transaction_limit_s):
                await self._transact(batch, outcomes)
        except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
            self._note_oversize(batch, outcomes, error)
            self._context.metrics.transactions.labels("aborted").inc()
            raise
        except Exception as error:
            outcome = "fenced" if isinstance(error, ProducerFenced) else "aborted"
            self._context.metrics.transactions.labels(outcome).inc()
            raise
        self._context.metrics.transactions.labels("committed").inc()
        self._context.metrics.transaction_seconds.observe(time.monotonic() - started)
        self._failures = 0
        self.committed_offset = batch[-1].record.offset + 1
        self.last_timestamp_ms = batch[-1].record.timestamp
        for pending, result in zip(batch, outcomes, strict=True):
            self._pending.popleft()
            self._context.budget.release(pending.size)
            self._oversize.pop(pending.record.offset, None)
            self._context.on_commit(pending.record, result)

    async def _transact(self, batch: list[Pending], outcomes: list[Enriched | Rejected]) -> None:
        producer = self._producer
        assert producer is not None
        await producer.begin_transaction()
        sent: list[asyncio.Future[Any]] = []
        for pending, outcome in zip(batch, outcomes, strict=True):
            message = self._context.outbound.message(pending.record, outcome)
            delivery = await send(
                producer,
                message.topic,
                key=message.key,
                value=message.value,
                partition=message.partition,
                headers=message.headers,
            )
            delivery.add_done_callback(_seen)
            sent.append(delivery)
        await asyncio.gather(*sent)  # aiokafka commits a transaction even when one of its batches was refused
        last = batch[-1].record.offset
        await producer.send_offsets_to_transaction(
            {self.partition: OffsetAndMetadata(last + 1, "")}, self._context.group_id
        )
        await producer.commit_transaction()

    def _outcome(self, pending: Pending) -> Enriched | Rejected:
        """What the analysis said, unless it is too large to be written or the broker has refused it for its size before."""
        outcome = pending.job.future.result()
        reason = self._oversize.get(pending.record.offset)
        limit = self._context.max_request_bytes
        if isinstance(outcome, Enriched) and len(outcome.value) > limit:
            reason = f"the enriched article has {len(outcome.value)} bytes, kafka.max_request_bytes is {limit}"
        if reason is None:
            return outcome
        return Rejected("encode", "aiokafka.errors.MessageSizeTooLargeError", reason, outcome.seconds)

    def _note_oversize(self, batch: list[Pending], outcomes: list[Enriched | Rejected], error: Exception) -> None:
        """Find the record that is too large: first by committing one by one, then it is known, and dead-lettered.

        Raises:
            FatalError: the dead letter itself does not fit, so the record can go nowhere.
        """
        if len(batch) > 1:
            self._alone_until = batch[-1].record.offset
            return
        record, outcome = batch[0].record, outcomes[0]
        if isinstance(outcome, Rejected):
            raise FatalError(
                f"the dead letter of {record.topic}-{record.partition} offset {record.offset} "
                f"({len(record.value or b'')} bytes) is larger than max.message.bytes of its topic allows: {error}"
            )
        self._oversize[record.offset] = f"the enriched article has {len(outcome.value)} bytes: {error}"

    # Closing.

    async def close(self, deadline: float) -> None:
        """Close the gate, commit what is analysed or under analysis, and stop; at ``deadline`` (event loop time) at the latest.

        What no process has begun with is given back at once: its next owner reads it again.
        """
        was_open = self.open
        self._closing = True
        self.state = "closing"
        if was_open:
            self._shed()
            loop = asyncio.get_running_loop()
            while self._pending and not self._task.done() and loop.time() < deadline:
                await asyncio.wait([self._task], timeout=min(0.02, max(0.0, deadline - loop.time())))
        self._task.cancel()
        await asyncio.wait([self._task])
        self._forget()
        await self._discard_producer()

    def _shed(self) -> None:
        """Give back the records at the tail that no process has begun with."""
        while self._pending and not self._pending[-1].job.started:
            self._drop(self._pending.pop())

    def _forget(self) -> None:
        """Give back everything that is not committed."""
        while self._pending:
            self._drop(self._pending.pop())

    def _drop(self, pending: Pending) -> None:
        pending.job.future.cancel()
        self._context.budget.release(pending.size)

    async def _discard_producer(self) -> None:
        producer = self._producer
        if producer is None:
            return
        try:
            await asyncio.wait_for(producer.stop(), STOP_LIMIT_S)
        except Exception as error:
            # It waits for batches that will never arrive. Its epoch is over as soon as the lane opens again anywhere.
            self._log.info("producer_left_behind", reason=repr(error))
            with contextlib.suppress(Exception):
                producer._sender.sender_task.cancel()
                await asyncio.wait_for(producer.client.close(), STOP_LIMIT_S)
        self._producer = None


def _seen(delivery: "asyncio.Future[Any]") -> None:
    """Look at a delivery's error: when an earlier send fails, nobody waits for the later ones, and asyncio complains."""
    if not delivery.cancelled():
        delivery.exception()

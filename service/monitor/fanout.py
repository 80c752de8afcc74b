"""First stage: each enriched article goes to the partitions of the pairs that it speaks of, and so does the time.

A clock goes to every partition of pairs, because time passes for a pair by articles on others, too: an alert ends when
days go by without news of it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from service.messages.dead_letter import DeadLetter
from service.messages.errors import qualified_name
from service.monitor.reading import NotEnriched, Read, Reader
from service.monitor.report import Report, report_key
from service.monitor.report import encode as encode_report
from service.monitor.times import DAY_MS
from service.monitor.wire import Clock, Reports, Told, encode, pair_name, partition_of
from service.observability.monitor_metrics import MonitorMetrics

log = structlog.get_logger(__name__)

CLOCK_INTERVAL_S: Final = 1.0
"""Seconds between two clocks of a partition that is being read: each goes to every partition of pairs."""
TICK_S: Final = 0.25
FLUSH_S: Final = 0.05
"""Seconds for which reports are collected into one record."""
BATCH_MAX: Final = 100
"""Reports in one record at most: some 60 kB."""
FUTURE_MS: Final = DAY_MS
"""An article may be published at most so long after its Kafka record was written: time zones, and clocks that run ahead. One
from the year 2099 would make all others too late."""
STAGE: Final = "monitor"

Send = Callable[[bytes | None, bytes, int | None], Awaitable[Any]]
"""Key, value and partition to the pairs' topic; gives the delivery once the record is buffered."""
Bury = Callable[[bytes | None, bytes | None, list[tuple[str, bytes]]], Awaitable[Any]]
"""Key, value and headers to the dead letter topic; gives the delivery."""


@dataclass(slots=True)
class _Input:
    """An input partition that this process reads."""

    time: int | None = None
    read_at: float = 0.0
    sent_at: float = 0.0
    sent: Clock | None = None


@dataclass(slots=True)
class _Batch:
    """Reports for one partition of pairs."""

    delivered: "asyncio.Future[None]"
    told: list[Told] = field(default_factory=list)

    def done(self, delivery: "asyncio.Future[Any]") -> None:
        """The record with all of them is delivered, or is not."""
        if self.delivered.done():
            return
        if delivery.cancelled():
            self.delivered.cancel()
        elif (error := delivery.exception()) is not None:
            self.delivered.set_exception(error)
        else:
            self.delivered.set_result(None)


class Fanout:
    """Turns articles into reports and clocks.

    Args:
        reader: reads the articles.
        partitions: of the pairs' topic.
        settle_s: see ``monitor.settle_s``.
        group_id: consumer group, for dead letters.
        caught_up: whether an input partition was read to its end.
    """

    def __init__(
        self,
        reader: Reader,
        partitions: int,
        settle_s: float,
        group_id: str,
        send: Send,
        bury: Bury,
        caught_up: Callable[[int], bool],
        metrics: MonitorMetrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._partitions = partitions
        self._settle_s = settle_s
        self._group_id = group_id
        self._send = send
        self._bury = bury
        self._caught_up = caught_up
        self._metrics = metrics
        self._clock = clock
        self._inputs: dict[int, _Input] = {}
        self._batches: dict[int, _Batch] = {}
        self._order = asyncio.Lock()
        """A clock that is sent while reports of before still wait for the producer would overtake them."""

    def assign(self, partitions: set[int]) -> None:
        """Read these input partitions from now on, and no others."""
        now = self._clock()
        self._inputs = {each: self._inputs.get(each) or _Input(read_at=now) for each in partitions}

    async def take(self, message: Any) -> list[Awaitable[Any]]:
        """Pass on what one record says (a Faust message); gives the deliveries that must be waited for."""
        try:
            read = self._reader.read(message.value or b"")
            self._check_time(read, message.timestamp)
        except Exception as error:  # whatever an article may do to us, it must not stop those behind it
            return [await self._give_up(message, error)]
        deliveries = [await self._tell(pair_name(pair), report) for pair, report in read.reports.items()]
        source = self._inputs.setdefault(message.partition, _Input())
        source.time = read.published if source.time is None else max(source.time, read.published)
        source.read_at = self._clock()
        self._metrics.articles.labels("with_evidence" if read.reports else "without_evidence").inc()
        return deliveries

    async def flush(self) -> None:
        """Send what was collected; call every `FLUSH_S`."""
        async with self._order:
            await self._send_batches()

    async def tick(self) -> list[Awaitable[Any]]:
        """Send the clocks that are due, behind the reports of before; call every `TICK_S`."""
        due = list(self._due(self._clock()))
        await self.flush()
        return [await self._send(None, encode(clock), number) for clock in due for number in range(self._partitions)]

    def _due(self, now: float) -> Iterator[Clock]:
        for partition, source in self._inputs.items():
            idle = now - source.read_at >= self._settle_s and self._caught_up(partition)
            clock = Clock(partition, source.time, idle)
            changed = source.sent is None or source.sent.idle != idle
            if clock != source.sent and (changed or now - source.sent_at >= CLOCK_INTERVAL_S):
                source.sent, source.sent_at = clock, now
                yield clock

    async def _tell(self, name: str, report: Report) -> Awaitable[Any]:
        """Put a report to others for the same partition; gives the delivery of them all."""
        partition = partition_of(name, self._partitions)
        batch = self._batches.get(partition)
        if batch is None:
            batch = self._batches[partition] = _Batch(asyncio.get_running_loop().create_future())
        batch.told.append(Told(name, report_key(report.article_id), encode_report(report)))
        if len(batch.told) >= BATCH_MAX:
            await self.flush()
        return batch.delivered

    async def _send_batches(self) -> None:
        for partition in list(self._batches):
            await self._send_batch(partition)

    async def _send_batch(self, partition: int) -> None:
        batch = self._batches.pop(partition, None)
        if batch is None:
            return
        delivery = asyncio.ensure_future(await self._send(None, encode(Reports(batch.told)), partition))
        delivery.add_done_callback(batch.done)

    def _check_time(self, read: Read, timestamp: float) -> None:
        if timestamp > 0 and read.published > timestamp * 1000 + FUTURE_MS:
            raise NotEnriched("article.published_at: lies in the future")

    async def _give_up(self, message: Any, error: Exception) -> Awaitable[Any]:
        letter = DeadLetter(
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            timestamp=round(message.timestamp * 1000),
            consumer_group=self._group_id,
            exception=qualified_name(error),
            message=str(error),
            stage=STAGE,
        )
        self._metrics.articles.labels("dead_lettered").inc()
        log.warning(
            "dead_lettered",
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            error_type=letter.exception,
            reason=letter.message,
        )
        headers = message.headers or ()
        pairs = headers.items() if isinstance(headers, dict) else headers
        delivery: Awaitable[Any] = await self._bury(message.key, message.value, letter.headers(list(pairs)))
        return delivery

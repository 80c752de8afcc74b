"""Which partitions the worker is still at: their next enriched articles may be older than what other partitions have brought.

An article and what comes of it have the same partition number, and the worker commits both in one transaction. So an
input partition is finished when the worker's group has committed the end of the articles' partition of that number. Where its offsets
could not be read, or have stood still, for long (there is no worker, or it is down), nothing is waited for.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from service.settings import Settings
from service.worker.connection import client_options
from service.worker.topics import admin_client

log = structlog.get_logger(__name__)

INTERVAL_S: Final = 0.5
"""Seconds between two looks. An article takes the worker longer than that from its topic to the next one."""
RETRY_S: Final = 2.0
"""Seconds after a look that failed. On a fresh Kafka the first ones do: there is no coordinator of groups yet."""
UNMOVED_S: Final = 60.0
"""Seconds after which a partition whose offsets do not move is no longer waited for: a worker that is down must not hold up alerts,
and the mark that a transactional producer leaves at the end of its articles is never committed."""


@dataclass(slots=True)
class _Seen:
    committed: int
    end: int
    since: float


class Upstream:
    """Look at :attr:`unfinished`; it is renewed in the background."""

    def __init__(self, settings: Settings, partitions: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.unfinished: Collection[int] = frozenset(range(partitions))
        """Partitions that the worker has not finished, as of the latest look; all of them before the first."""
        self.ends: Mapping[int, int] = {}
        """End of what was written to each partition of enriched articles, asked for after that: what the worker has finished lies before it.
        A reader's own idea of the end is that of its last fetch, which may be older. And what counts is what was written, not what was
        committed: the mark of a transaction reaches the offsets and each partition one after another."""
        self._settings = settings
        self._partitions = [TopicPartition(settings.topics.articles, number) for number in range(partitions)]
        self._enriched = [TopicPartition(settings.topics.enriched, number) for number in range(partitions)]
        self._clock = clock
        self._seen: dict[int, _Seen] = {}
        self._looked_at = clock()
        self._task: asyncio.Task[None] | None = None

    def note(self, committed: dict[int, int], ends: dict[int, int]) -> None:
        """Take the group's committed offset of each partition, where it has one, and the end of each."""
        now = self._clock()
        unfinished = set()
        for number, end in ends.items():
            offset = committed.get(number, 0)
            seen = self._seen.get(number)
            if seen is None or (seen.committed, seen.end) != (offset, end):
                seen = self._seen[number] = _Seen(offset, end, now)
            if offset < end and now - seen.since < UNMOVED_S:
                unfinished.add(number)
        self.unfinished = frozenset(unfinished)
        self._looked_at = now

    def missed(self) -> None:
        """A look failed: what was seen last holds for a while, and then nobody is waited for any more."""
        if self._clock() - self._looked_at >= UNMOVED_S:
            self.unfinished = frozenset()

    async def _watch(self) -> None:
        while True:
            try:
                async with AsyncExitStack() as stack:
                    admin = await stack.enter_async_context(admin_client(self._settings))
                    committed = await stack.enter_async_context(self._ends_of("read_committed"))
                    written = await stack.enter_async_context(self._ends_of("read_uncommitted"))
                    while True:
                        await self._look(admin, committed, written)
                        await asyncio.sleep(INTERVAL_S)
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("worker_not_seen", group=self._settings.kafka.group_id, reason=repr(error))
                self.missed()
                await asyncio.sleep(RETRY_S)

    @asynccontextmanager
    async def _ends_of(self, isolation_level: str) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(**client_options(self._settings.kafka), isolation_level=isolation_level)
        try:
            await consumer.start()
            yield consumer
        finally:
            await consumer.stop()

    async def _look(
        self, admin: AIOKafkaAdminClient, committed_ends: AIOKafkaConsumer, written_ends: AIOKafkaConsumer
    ) -> None:
        group = self._settings.kafka.group_id
        offsets = await admin.list_consumer_group_offsets(group, partitions=self._partitions)
        committed = {tp.partition: int(found.offset) for tp, found in offsets.items() if found.offset >= 0}
        ends = await committed_ends.end_offsets(self._partitions)
        enriched = await written_ends.end_offsets(self._enriched)
        self.ends = {tp.partition: int(end) for tp, end in enriched.items()}
        self.note(committed, {tp.partition: int(end) for tp, end in ends.items()})

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

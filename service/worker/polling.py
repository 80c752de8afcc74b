"""The poll loop: fetch what there is room for, check the gate, hand it to the lanes.

It never waits for an analysis or a transaction, so the consumer is polled all the time, which is what the broker and the
liveness probe go by. A partition without room is simply not asked for: aiokafka keeps what it has fetched of it, whereas
pausing would throw that away and fetch it again.
"""

import asyncio
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import (
    CorruptRecordException,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)
from aiokafka.structs import TopicPartition

from service.observability.health import Health
from service.observability.metrics import Metrics
from service.settings import Settings
from service.worker.budget import Budget
from service.worker.circuit import Circuit
from service.worker.lane import Lane
from service.worker.lanes import Lanes
from service.worker.record import Record

log = structlog.get_logger(__name__)

POLL_MS: Final = 200
"""Longest wait for records. Short, because room that becomes free is noticed only after it."""

NO_PARTITION: Final = TopicPartition("", 0)
"""A partition that is never assigned: asking for it alone polls the consumer and takes nothing."""

ERROR_PAUSE_S: Final = 1.0
"""Wait after the consumer reported an error that passes."""


class Poller:
    """Moves records from the consumer to the lanes that may take them."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        lanes: Lanes,
        budget: Budget,
        circuit: Circuit,
        health: Health,
        metrics: Metrics,
        settings: Settings,
    ) -> None:
        self._consumer = consumer
        self._lanes = lanes
        self._budget = budget
        self._circuit = circuit
        self._health = health
        self._metrics = metrics
        self._settings = settings.worker

    async def run(self) -> None:
        """Poll until cancelled.

        Raises:
            KafkaError: the consumer cannot go on and must be made anew, or never will.
        """
        while True:
            self._health.polled()
            try:
                await self.poll_once()
            except (OffsetOutOfRangeError, NoOffsetForPartitionError) as error:
                log.error("offset_out_of_range", reason=repr(error))
                self._reopen_all()
            except CorruptRecordException as error:
                # It stays where it is until somebody mends the log or moves the offset: never skipped.
                log.error("corrupt_record", reason=repr(error))
                self._metrics.retries.labels("poll").inc()
                await asyncio.sleep(ERROR_PAUSE_S)
            except KafkaError as error:
                if not error.retriable:
                    raise
                log.warning("poll_failed", reason=repr(error))
                self._metrics.retries.labels("poll").inc()
                await asyncio.sleep(ERROR_PAUSE_S)

    async def poll_once(self) -> None:
        """One round: ask for what there is room for, and give each lane what is its own."""
        before = self._lanes.open_epochs()
        room = self._circuit.admit(self._budget.room)
        wanted = [partition for partition in before if self._has_room(partition)] if room else []
        self._metrics.partitions_paused.set(len(before) - len(wanted))
        batches = await self._consumer.getmany(
            *(wanted or [NO_PARTITION]), timeout_ms=POLL_MS if room else POLL_MS // 4, max_records=max(1, room)
        )
        for partition, records in batches.items():
            lane = self._lanes.get(partition)
            if lane is not None and lane.open and before.get(partition) == lane.epoch:
                lane.accept(records)
                self._circuit.admitted(len(records))
            else:
                self._drop(partition, lane, records)

    def _has_room(self, partition: TopicPartition) -> bool:
        """A lane may hold its share of what may be in flight, and two batches in any case: no partition starves another."""
        lane = self._lanes.get(partition)
        share = max(2 * self._settings.batch_max_records, self._budget.max_records // max(1, self._lanes.count))
        return lane is not None and lane.pending < share

    def _drop(self, partition: TopicPartition, lane: Lane | None, records: list[Record]) -> None:
        """Records that were fetched for another epoch of the lane, or another owner: drop them and read them again.

        Merely dropping would lose them, for the consumer's position is already behind them. A lane that is not open
        seeks by itself when it opens.
        """
        self._metrics.batches_dropped.inc()
        log.info("batch_dropped", partition=partition.partition, first=records[0].offset, records=len(records))
        if lane is not None and lane.open:
            try:
                self._consumer.seek(partition, lane.next_offset)
            except IllegalStateError:
                log.info("partition_already_gone", partition=partition.partition)

    def _reopen_all(self) -> None:
        """Positions are wrong, and which one is not said: let every lane find its own again."""
        for partition in self._lanes.open_epochs():
            lane = self._lanes.get(partition)
            if lane is not None:
                lane.reopen()

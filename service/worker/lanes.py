"""The lanes of the partitions that this member of the consumer group has now.

aiokafka calls the listener beside the poll loop, swallows what it raises, and sends no heartbeats until an assignment's
callback has returned: so assignment only starts the lanes, which open by themselves and keep trying.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable

import structlog
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.structs import TopicPartition

from service.observability.metrics import LaneState, Metrics
from service.worker.lane import OPEN_WARNING_S, Lane, LaneContext

log = structlog.get_logger(__name__)


class Lanes(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Opens lanes on assignment and closes them on revocation, within one deadline for all."""

    def __init__(self, new_context: Callable[[], LaneContext], metrics: Metrics, drain_timeout_s: float) -> None:
        self._new_context = new_context
        self._metrics = metrics
        self._drain_timeout_s = drain_timeout_s
        self._lanes: dict[TopicPartition, Lane] = {}
        self.assigned_once = False
        """Whether this member has ever been given an assignment, be it an empty one."""

    @property
    def count(self) -> int:
        """How many partitions are assigned. (No ``__len__``: aiokafka takes a listener that is false for none.)"""
        return len(self._lanes)

    def get(self, partition: TopicPartition) -> Lane | None:
        """The lane of a partition that is assigned."""
        return self._lanes.get(partition)

    def open_epochs(self) -> dict[TopicPartition, int]:
        """The partitions whose gate is open, each with the epoch of its lane."""
        return {partition: lane.epoch for partition, lane in self._lanes.items() if lane.open}

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Start a lane for each partition; it opens in the background."""
        partitions = sorted(assigned)
        self.assigned_once = True
        self._metrics.rebalances.inc()
        log.info("partitions_assigned", partitions=[f"{p.topic}-{p.partition}" for p in partitions])
        await self._close([partition for partition in partitions if partition in self._lanes])
        for partition in partitions:
            self._lanes[partition] = Lane(partition, self._new_context())

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Close all lanes: an eager rebalance takes everything away before it gives anything."""
        log.info("partitions_revoked", partitions=[f"{p.topic}-{p.partition}" for p in sorted(revoked)])
        await self.close()

    async def close(self) -> None:
        """Close every lane, within the drain timeout for all together."""
        await self._close(list(self._lanes))

    async def _close(self, partitions: list[TopicPartition]) -> None:
        lanes = [self._lanes.pop(partition) for partition in partitions]
        deadline = asyncio.get_running_loop().time() + self._drain_timeout_s
        results = await asyncio.gather(*(lane.close(deadline) for lane in lanes), return_exceptions=True)
        for lane, result in zip(lanes, results, strict=True):
            self._metrics.drop_lag(lane.partition.topic, lane.partition.partition)
            if isinstance(result, BaseException):
                log.error("lane_close_failed", partition=lane.partition.partition, reason=repr(result))

    def show(self) -> None:
        """Report the lanes' states, and complain of one that does not open."""
        self._metrics.set_lanes(dict(Counter[LaneState](lane.state for lane in self._lanes.values())))
        for lane in self._lanes.values():
            if lane.opening_seconds > OPEN_WARNING_S:
                log.error("lane_does_not_open", partition=lane.partition.partition, seconds=round(lane.opening_seconds))

    def unready(self) -> str | None:
        """Readiness: assigned, and every lane open."""
        if not self.assigned_once:
            return "no assignment from the consumer group yet"
        closed = [lane.partition.partition for lane in self._lanes.values() if not lane.open]
        return f"lanes not open: partitions {closed}" if closed else None

"""Where a partition is to be read from.

The committed offset is asked for by a request of its own. The consumer's ``committed()`` may answer from a request that
was under way before the lane fenced its predecessor, and that answer may be older than the predecessor's last commit.
"""

from typing import Literal

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

log = structlog.get_logger(__name__)


class CommittedOffsets:
    """Committed offsets of the consumer group, and what stands in for them."""

    def __init__(
        self,
        admin: AIOKafkaAdminClient,
        consumer: AIOKafkaConsumer,
        group_id: str,
        reset: Literal["earliest", "latest"],
    ) -> None:
        self._admin = admin
        self._consumer = consumer
        self._group_id = group_id
        self._reset = reset

    async def start_of(self, partition: TopicPartition) -> int:
        """The committed offset; without one, the beginning or the end by ``auto_offset_reset``.

        When retention has already deleted the committed position, the first record that is left, and an error in the
        log that says how many were lost: no silent skip.
        """
        committed = await self._committed(partition)
        if committed is None and self._reset == "latest":
            return await self._end(partition)
        beginning = await self._beginning(partition)
        if committed is None:
            return beginning
        if committed < beginning:
            log.error(
                "records_expired_before_they_were_read",
                topic=partition.topic,
                partition=partition.partition,
                committed=committed,
                first_available=beginning,
                lost=beginning - committed,
            )
            return beginning
        return committed

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Make the consumer read on from ``offset``.

        Raises:
            IllegalStateError: the partition was taken away.
        """
        self._consumer.seek(partition, offset)

    async def _committed(self, partition: TopicPartition) -> int | None:
        found = await self._admin.list_consumer_group_offsets(self._group_id, partitions=[partition])
        offset: int = found[partition].offset
        return offset if offset >= 0 else None

    async def _beginning(self, partition: TopicPartition) -> int:
        offsets = await self._consumer.beginning_offsets([partition])
        return int(offsets[partition])

    async def _end(self, partition: TopicPartition) -> int:
        offsets = await self._consumer.end_offsets([partition])
        return int(offsets[partition])

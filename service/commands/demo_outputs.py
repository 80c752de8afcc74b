"""What a downstream consumer of the demo's topics sees, committed records only: enriched articles, dead letters, alerts."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from service.commands.demo_process import Child, DemoError
from service.messages.alert import EscalationAlert
from service.messages.dead_letter import DeadLetter
from service.settings import Settings
from service.worker.connection import client_options
from service.worker.record import Record

Position = tuple[int, int]
"""Partition and offset in the articles topic."""


@dataclass(slots=True)
class Results:
    """What has come out, by the position of the article that it came of; ``repeated`` counts positions seen twice."""

    enriched: dict[Position, bytes] = field(default_factory=dict)
    dead: dict[Position, tuple[Record, DeadLetter]] = field(default_factory=dict)
    repeated: int = 0

    def __contains__(self, position: Position) -> bool:
        return position in self.enriched or position in self.dead

    def __len__(self) -> int:
        return len(self.enriched) + len(self.dead)

    def add(self, record: Record) -> None:
        """Take one record of an output topic of the worker."""
        letter = DeadLetter.from_headers(record.headers)
        if letter is not None:
            position = (letter.partition or 0, letter.offset or 0)
            self.repeated += position in self
            self.dead[position] = (record, letter)
            return
        value = record.value or b"{}"
        source = json.loads(value)["provenance"]["input"]
        position = (source["partition"], source["offset"])
        self.repeated += position in self
        self.enriched[position] = value


@dataclass(slots=True)
class Outputs:
    """Reads the topics while worker and monitor run. Make it with :func:`outputs`."""

    consumer: AIOKafkaConsumer
    alerts_topic: str
    on_alert: Callable[[EscalationAlert], None]
    results: Results = field(default_factory=Results)
    alerts: list[EscalationAlert] = field(default_factory=list)
    """In the order of their topic."""

    async def take(self) -> None:
        """Take what is there; wait a quarter of a second at most."""
        for records in (await self.consumer.getmany(timeout_ms=250)).values():
            for record in records:
                if record.topic == self.alerts_topic:
                    alert = EscalationAlert.model_validate_json(record.value or b"")
                    self.alerts.append(alert)
                    self.on_alert(alert)
                else:
                    self.results.add(record)

    async def each(
        self, positions: Iterable[Position], within_s: float, children: Sequence[Child]
    ) -> AsyncIterator[Position]:
        """Each position as soon as it and all before it have come out.

        Raises:
            DemoError: one of the processes that are needed ended, or time ran out.
        """
        deadline = time.monotonic() + within_s
        for position in positions:
            while position not in self.results:
                for child in children:
                    child.check()
                if time.monotonic() > deadline:
                    raise DemoError(
                        f"only {len(self.results)} came out within {within_s:.0f} s; the end of the worker's log:\n"
                        + children[0].tail()
                    )
                await self.take()
            yield position

    async def rest(self) -> None:
        """Read to the end of all topics, once nobody writes any more."""
        partitions: list[TopicPartition] = sorted(self.consumer.assignment())
        ends = await self.consumer.end_offsets(partitions)
        for partition in partitions:
            while await self.consumer.position(partition) < ends[partition]:
                await self.take()


@contextlib.asynccontextmanager
async def outputs(settings: Settings, on_alert: Callable[[EscalationAlert], None]) -> AsyncIterator[Outputs]:
    """The topics from the beginning, for they are new. ``on_alert`` is called with each alert as it is read."""
    consumer = AIOKafkaConsumer(
        settings.topics.enriched,
        settings.topics.dead_letters,
        settings.topics.alerts,
        **client_options(settings.kafka),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        yield Outputs(consumer, settings.topics.alerts, on_alert)
    finally:
        await consumer.stop()


async def send(settings: Settings, lines: Sequence[bytes]) -> list[Position]:
    """Send articles as they are; where each went, in order."""
    producer = AIOKafkaProducer(**client_options(settings.kafka), enable_idempotence=True)
    await producer.start()
    try:
        sent = [await producer.send(settings.topics.articles, line, key=_key(line)) for line in lines]
        return [(done.partition, done.offset) for done in await asyncio.gather(*sent)]
    finally:
        await producer.stop()


def _key(line: bytes) -> bytes | None:
    """The article's id, as the contract wants it; a sample that is meant to be broken may have none."""
    try:
        document = json.loads(line)
        return str(document.get("id") or document["uri"]).encode()
    except (ValueError, KeyError, AttributeError):
        return None

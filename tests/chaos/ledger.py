"""What went in against what came out, by a reader that sees only committed records."""

import json
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import ConsumerRecord, TopicPartition

from service.messages.dead_letter import DeadLetter

Position = tuple[int, int]
"""Partition and offset of a record in ``articles``."""
Fate = Literal["enriched", "dead_lettered"]

QUIET_S = 4.0
"""After the last record that was missing, wait so long for one too many."""


@dataclass
class Verdict:
    """The violations, by kind; all empty when every article came out once, in order, as what it is."""

    lost: list[Position] = field(default_factory=list)
    doubled: list[Position] = field(default_factory=list)
    wrong_fate: list[Position] = field(default_factory=list)
    unknown: list[Position] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)
    bad_ends: list[str] = field(default_factory=list)
    not_ready: list[str] = field(default_factory=list)
    inputs: int = 0
    enriched: int = 0
    dead_lettered: int = 0

    def violations(self) -> dict[str, list[str]]:
        """What is wrong, by kind; nothing when all is well."""
        return {
            name: [str(item) for item in found]
            for name, found in vars(self).items()
            if isinstance(found, list) and found
        }


async def judge(bootstrap: str, partitions: int, inputs: Mapping[Position, bool], within_s: float) -> Verdict:
    """Read all output and hold it against ``inputs`` (position to: is it a good article)."""
    fates, disorder = await _read(bootstrap, partitions, len(inputs), within_s)
    verdict = Verdict(inputs=len(inputs), out_of_order=disorder)
    for position, good in inputs.items():
        found = fates.get(position, [])
        if not found:
            verdict.lost.append(position)
        elif len(found) > 1:
            verdict.doubled.append(position)
        elif (found[0] == "enriched") != good:
            verdict.wrong_fate.append(position)
    verdict.unknown = [position for position in fates if position not in inputs]
    verdict.enriched = sum(found[0] == "enriched" for found in fates.values())
    verdict.dead_lettered = len(fates) - verdict.enriched
    verdict.behind = await _behind(bootstrap, inputs)
    return verdict


async def _read(
    bootstrap: str, partitions: int, wanted: int, within_s: float
) -> tuple[dict[Position, list[Fate]], list[str]]:
    fates: dict[Position, list[Fate]] = defaultdict(list)
    disorder: list[str] = []
    latest: dict[tuple[Fate, int], int] = {}
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    await consumer.start()
    topics = ("articles.enriched", "articles.dlq")
    consumer.assign([TopicPartition(topic, number) for topic in topics for number in range(partitions)])
    deadline, quiet_since = time.monotonic() + within_s, time.monotonic()
    try:
        while time.monotonic() < deadline:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    fate, position = _account(record)
                    fates[position].append(fate)
                    before = latest.get((fate, position[0]), -1)
                    if position[1] < before:
                        disorder.append(f"{fate}: partition {position[0]}: {position[1]} after {before}")
                    latest[fate, position[0]] = position[1]
                    quiet_since = time.monotonic()
            if len(fates) >= wanted and time.monotonic() - quiet_since > QUIET_S:
                break
    finally:
        await consumer.stop()
    return fates, disorder


def _account(record: "ConsumerRecord[bytes, bytes]") -> tuple[Fate, Position]:
    """What became of which input record; it must have stayed in its partition, or the order by key is lost."""
    if record.topic == "articles.enriched":
        source = json.loads(record.value)["provenance"]["input"]
        assert source["partition"] == record.partition
        return "enriched", (source["partition"], source["offset"])
    letter = DeadLetter.from_headers(record.headers)
    assert letter is not None
    assert letter.partition is not None
    assert letter.offset is not None
    return "dead_lettered", (letter.partition, letter.offset)


async def _behind(bootstrap: str, inputs: Mapping[Position, bool]) -> list[str]:
    """Partitions whose committed offset is not right behind the last record."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        committed = await admin.list_consumer_group_offsets("harbinger")
    finally:
        await admin.close()
    last: dict[int, int] = {}
    for partition, offset in inputs:
        last[partition] = max(last.get(partition, -1), offset)
    found = {partition: committed.get(TopicPartition("articles", partition)) for partition in last}
    return [
        f"partition {partition}: committed {found[partition]}, last record {offset}"
        for partition, offset in last.items()
        if found[partition] is None or found[partition].offset != offset + 1
    ]

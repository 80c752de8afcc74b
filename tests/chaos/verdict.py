"""The verdict: what was fed against what came out, record by record. Pure, so that it can itself be put to the test."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Position = tuple[int, int]
"""Partition and offset in the articles topic."""

Outlet = Literal["enriched", "dead letter"]

SHOWN = 12
"""Positions that a violation names; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Fed:
    """A record of the articles topic. ``number`` is the harness's own count; ``good`` that it must be enriched."""

    position: Position
    key: bytes
    good: bool
    number: int
    version: int


@dataclass(frozen=True, slots=True)
class CameOut:
    """A committed record of an output topic, in the order of its partition.

    ``source`` is what it says it came of; ``intact`` that key and payload are those of the source; ``version`` is read
    from the title of an enriched article, 0 for dead letters.
    """

    outlet: Outlet
    partition: int
    source: Position
    key: bytes
    intact: bool
    version: int


def judge(fed: Sequence[Fed], came_out: Iterable[CameOut], expected: int) -> list[str]:
    """Every way in which the output is not what it must be, in words; empty when all is well.

    Args:
        fed: what lies in the articles topic.
        came_out: both outputs, each partition in its order.
        expected: how many messages the harness meant to feed; a difference makes the run itself invalid.
    """
    out = list(came_out)
    return [
        *_check_feed(fed, expected),
        *_check_each_once(fed, out),
        *_check_contents(fed, out),
        *_check_order_of_partitions(out),
        *_check_order_of_keys(out),
    ]


def _check_feed(fed: Sequence[Fed], expected: int) -> list[str]:
    numbers = Counter(record.number for record in fed)
    missing = sorted(set(range(expected)) - numbers.keys())
    doubled = sorted(number for number, count in numbers.items() if count > 1)
    return [
        *_named("harness: messages that never reached the articles topic", missing),
        *_named("harness: messages that are in the articles topic more than once", doubled),
    ]


def _check_each_once(fed: Sequence[Fed], out: Sequence[CameOut]) -> list[str]:
    counts = Counter(record.source for record in out)
    outlets = {record.source: record.outlet for record in out}
    positions = {record.position for record in fed}
    good = {record.position for record in fed if record.good}
    return [
        *_named("lost", sorted(positions - counts.keys())),
        *_named("doubled", sorted(position for position, count in counts.items() if count > 1)),
        *_named("came out but were never fed", sorted(counts.keys() - positions)),
        *_named("good but dead-lettered", sorted(p for p in good if outlets.get(p) == "dead letter")),
        *_named("malformed but enriched", sorted(p for p in positions - good if outlets.get(p) == "enriched")),
    ]


def _check_contents(fed: Sequence[Fed], out: Sequence[CameOut]) -> list[str]:
    sources = {record.position: record for record in fed}
    foreign = sorted(
        record.source
        for record in out
        if not record.intact or ((source := sources.get(record.source)) and source.key != record.key)
    )
    moved = sorted(record.source for record in out if record.partition != record.source[0])
    return [
        *_named("key or contents are not those of the source", foreign),
        *_named("in another partition than their source", moved),
    ]


def _check_order_of_partitions(out: Sequence[CameOut]) -> list[str]:
    """Within a partition of an output topic, sources must come in the order in which they were fed."""
    last: dict[tuple[Outlet, int], int] = {}
    wrong: list[Position] = []
    for record in out:
        lane = (record.outlet, record.partition)
        if record.source[1] < last.get(lane, -1):
            wrong.append(record.source)
        last[lane] = max(last.get(lane, -1), record.source[1])
    return _named("out of order in their partition", wrong)


def _check_order_of_keys(out: Sequence[CameOut]) -> list[str]:
    """Versions of an article must come 1, 2, 3, by what the articles themselves say."""
    versions: dict[bytes, list[int]] = defaultdict(list)
    for record in out:
        if record.outlet == "enriched":
            versions[record.key].append(record.version)
    wrong = [key.decode() for key, found in versions.items() if found != list(range(1, len(found) + 1))]
    return _named("keys whose versions are not in order and complete", sorted(wrong))


def _named(what: str, items: Sequence[object]) -> list[str]:
    if not items:
        return []
    shown = ", ".join(str(item) for item in items[:SHOWN])
    return [f"{len(items)} {what}: {shown}{', ...' if len(items) > SHOWN else ''}"]

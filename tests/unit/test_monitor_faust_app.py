"""Where a partition is read from, how far it is from its end, and what may be acknowledged."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import IllegalStateError
from faust.transport.drivers.aiokafka import Consumer
from faust.types import TP

from service.monitor.faust_app import CommittedOnlyConsumer
from service.monitor.unbroken import Unbroken

WHERE = TP("articles.enriched", 0)


def behind(position: int | None, end: int | None, fetched: int | None, taken: int | None) -> int | None:
    """Position of the reader, end of the partition, and the last record that Faust got and that came out of it."""
    consumer: Any = object.__new__(CommittedOnlyConsumer)
    consumer._thread = SimpleNamespace(
        next_offset=lambda tp: position,
        highwater=lambda tp: end,
    )
    consumer._unbroken = Unbroken(fetched={} if fetched is None else {WHERE: fetched}, _next={WHERE: 0})
    found: int | None = consumer.behind(WHERE, taken)
    return found


@pytest.mark.parametrize(
    ("position", "end", "fetched", "taken", "expected"),
    [
        pytest.param(None, 9, None, None, None, id="no position yet"),
        pytest.param(0, None, None, None, None, id="no end yet"),
        pytest.param(0, 0, None, None, 0, id="empty"),
        pytest.param(9, 9, 8, 8, 0, id="all taken"),
        pytest.param(9, 9, 7, 7, 0, id="a marker is the last"),
        pytest.param(9, 9, None, None, 0, id="all was read before us"),
        pytest.param(9, 9, None, 3, 0, id="another read the rest while it was away"),
        pytest.param(4, 9, 3, 3, 5, id="more is to come"),
        pytest.param(4, 9, None, None, 5, id="nothing came yet"),
        pytest.param(9, 9, 8, 5, 3, id="Faust holds three"),
        pytest.param(9, 9, 7, 6, 2, id="Faust holds one, then a marker"),
        pytest.param(9, 9, 8, None, 1, id="Faust holds some, we had none"),
        pytest.param(6, 9, 5, None, 3, id="Faust holds some and more is to come"),
    ],
)
def test_what_is_not_taken_yet(
    position: int | None, end: int | None, fetched: int | None, taken: int | None, expected: int | None
) -> None:
    assert behind(position, end, fetched, taken) == expected


def test_an_end_that_others_have_seen_counts_when_our_own_is_older() -> None:
    consumer: Any = object.__new__(CommittedOnlyConsumer)
    consumer._thread = SimpleNamespace(next_offset=lambda tp: 4, highwater=lambda tp: 4)
    consumer._unbroken = Unbroken(_next={WHERE: 0})
    assert consumer.behind(WHERE, None) == 0
    assert consumer.behind(WHERE, None, at_least=9) == 5
    consumer._unbroken.seek_begins()
    assert consumer.behind(WHERE, None) is None, "the position is about to change"


def test_what_faust_skips_is_not_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer: Any = object.__new__(CommittedOnlyConsumer)
    consumer._finished = set()
    acknowledged: list[int] = []

    def accept(self: Any, message: Any) -> bool:
        acknowledged.append(message.offset)
        return True

    monkeypatch.setattr(Consumer, "ack", accept)
    worked_on, skipped = (SimpleNamespace(tp=WHERE, offset=offset) for offset in (4, 5))
    consumer.finish(worked_on)
    assert [consumer.ack(message) for message in (skipped, worked_on, worked_on)] == [False, True, False]
    assert acknowledged == [4]


class Reader:
    """The consumer's thread: where partitions begin and end, and what it was told to seek."""

    def __init__(self, earliest: int, end: int) -> None:
        self.earliest, self.end = earliest, end
        self.sought: dict[TP, int] = {}

    async def earliest_offsets(self, *partitions: TP) -> dict[TP, int]:
        return dict.fromkeys(partitions, self.earliest)

    async def highwaters(self, *partitions: TP) -> dict[TP, int]:
        return dict.fromkeys(partitions, self.end)

    async def seek_wait(self, places: dict[TP, int]) -> None:
        self.sought |= places


async def sought(
    monkeypatch: pytest.MonkeyPatch, committed: int | None, earliest: int, end: int, fails: Exception | None = None
) -> Any:
    """A consumer after a seek of a partition."""

    async def seek(self: Any) -> None:
        if fails is not None:
            raise fails
        self._committed_offset[WHERE] = committed

    monkeypatch.setattr(Consumer, "perform_seek", seek)
    consumer: Any = object.__new__(CommittedOnlyConsumer)
    consumer._thread, consumer._unbroken = Reader(earliest, end), Unbroken()
    consumer._committed_offset, consumer._read_offset = {}, {}
    consumer._read_partitions = lambda: [WHERE]
    await consumer.perform_seek()
    return consumer


@pytest.mark.parametrize(
    ("committed", "earliest", "end", "place", "moved"),
    [
        pytest.param(7, 0, 9, 7, False, id="where the last commit was"),
        pytest.param(9, 0, 9, 9, False, id="at the end"),
        pytest.param(None, 3, 9, 3, True, id="at the beginning when nothing was committed"),
        pytest.param(2, 5, 9, 5, True, id="at the beginning when what was committed was deleted since"),
        pytest.param(12, 0, 9, 0, True, id="at the beginning of a topic that was made anew"),
    ],
)
async def test_a_seek_goes(
    monkeypatch: pytest.MonkeyPatch, committed: int | None, earliest: int, end: int, place: int, moved: bool
) -> None:
    consumer = await sought(monkeypatch, committed, earliest, end)
    assert consumer._read_offset == {WHERE: place}
    assert consumer._committed_offset == {WHERE: place or None}
    assert consumer._thread.sought == ({WHERE: place} if moved else {})
    assert not consumer._unbroken.broken([WHERE])
    assert consumer._unbroken.accepts(WHERE, place, place + 1, place, 1)


@pytest.mark.parametrize("error", [IllegalStateError("No current assignment"), AssertionError("none is assigned")])
async def test_a_seek_that_a_rebalance_overtakes_is_made_again(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    consumer = await sought(monkeypatch, 7, 0, 9, error)
    assert consumer._unbroken.broken([WHERE])
    assert not consumer._unbroken.accepts(WHERE, 7, 8, 7, 1)

"""How far a partition is from its end, which neither offsets of records nor positions say alone."""

from types import SimpleNamespace
from typing import Any

import pytest
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

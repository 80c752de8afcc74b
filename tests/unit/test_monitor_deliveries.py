"""What was read is acknowledged in order, and not before all that follows from it is delivered."""

import asyncio
from collections.abc import AsyncIterator, Awaitable

import pytest

from service.monitor.deliveries import Deliveries


class Case:
    """Deliveries that run, with what they acknowledged."""

    def __init__(self, limit: int = 10) -> None:
        self.acknowledged: list[str] = []
        self.deliveries = Deliveries(self._acknowledge, limit)
        self.running = asyncio.create_task(self.deliveries.run())

    async def _acknowledge(self, event: str) -> None:
        self.acknowledged.append(event)

    async def put(self, event: str, count: int = 1) -> list[asyncio.Future[None]]:
        """An event with so many deliveries, none of them confirmed."""
        following: list[asyncio.Future[None]] = [asyncio.Future() for _ in range(count)]
        await self.deliveries.put(event, following)
        return following


@pytest.fixture
async def case() -> AsyncIterator[Case]:
    made = Case()
    yield made
    made.running.cancel()
    await asyncio.gather(made.running, return_exceptions=True)


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_an_event_waits_for_all_its_deliveries(case: Case) -> None:
    first, second = await case.put("a", 2)
    await settle()
    second.set_result(None)
    await settle()
    assert case.acknowledged == []
    first.set_result(None)
    await settle()
    assert case.acknowledged == ["a"]
    assert case.deliveries.under_way == 0


async def test_order_is_kept_whatever_is_delivered_first(case: Case) -> None:
    (a,), (b,) = await case.put("a"), await case.put("b")
    b.set_result(None)
    await settle()
    assert case.acknowledged == []
    assert case.deliveries.under_way == 2
    a.set_result(None)
    await settle()
    assert case.acknowledged == ["a", "b"]


async def test_an_event_without_consequences_waits_for_those_before_it(case: Case) -> None:
    await case.put("a", 0)
    (b,) = await case.put("b")
    await case.put("c", 0)
    await settle()
    assert case.acknowledged == ["a"]
    b.set_result(None)
    await settle()
    assert case.acknowledged == ["a", "b", "c"]


async def test_a_delivery_that_fails_leaves_its_event_and_those_after_it_unacknowledged(case: Case) -> None:
    (a,), (b,), (c,) = await case.put("a"), await case.put("b"), await case.put("c")
    a.set_result(None)
    c.set_result(None)
    b.set_exception(OSError("refused"))
    with pytest.raises(OSError, match="refused"):
        await case.running
    assert case.acknowledged == ["a"]
    assert case.deliveries.under_way == 2


async def test_a_cancellation_acknowledges_nothing(case: Case) -> None:
    waiting = await case.put("a")
    await settle()
    case.running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await case.running
    assert case.acknowledged == []
    assert not any(each.cancelled() for each in waiting), "and takes nothing back that was sent"


async def test_no_more_than_the_limit_are_under_way() -> None:
    case = Case(limit=2)
    (a,), _ = await case.put("a"), await case.put("b")
    third = asyncio.create_task(case.put("c"))
    await settle()
    assert not third.done()
    a.set_result(None)
    await settle()
    assert third.done()
    assert case.deliveries.under_way == 2
    case.running.cancel()


async def test_one_that_is_being_acknowledged_is_still_under_way() -> None:
    """Otherwise one more than the limit could be read meanwhile."""
    may_go, seen = asyncio.Event(), []

    async def slowly(event: str) -> None:
        seen.append(event)
        await may_go.wait()

    deliveries = Deliveries(slowly, 1)
    running = asyncio.create_task(deliveries.run())
    nothing: list[Awaitable[None]] = []
    await deliveries.put("a", nothing)
    second = asyncio.create_task(deliveries.put("b", nothing))
    await settle()
    assert (seen, deliveries.under_way, second.done()) == (["a"], 1, False)
    may_go.set()
    await settle()
    assert (seen, deliveries.under_way, second.done()) == (["a", "b"], 0, True)
    running.cancel()

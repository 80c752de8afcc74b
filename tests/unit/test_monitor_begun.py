"""Coroutines that are run as far as they go."""

import asyncio

import pytest

from service.monitor.begun import begin


async def test_what_waits_for_nothing_is_done_at_once() -> None:
    done = []

    async def work() -> None:
        done.append(1)

    assert begin(work()) is None
    assert done == [1]


async def test_what_waits_goes_on_when_it_is_awaited_in_another_task_too() -> None:
    gate = asyncio.Event()

    async def work() -> int:
        await gate.wait()
        await asyncio.sleep(0)
        return 7

    begun = begin(work())
    assert begun is not None

    async def rest() -> int:
        found: int = await begun
        return found

    task = asyncio.create_task(rest())
    await asyncio.sleep(0)
    gate.set()
    assert await task == 7


async def test_errors_and_cancellation_reach_it() -> None:
    async def fails() -> None:
        raise ValueError("at once")

    with pytest.raises(ValueError, match="at once"):
        begin(fails())

    cleaned = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(1)

    begun = begin(waits())
    assert begun is not None

    async def rest() -> None:
        await begun

    task = asyncio.create_task(rest())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned == [1]

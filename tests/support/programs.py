"""Programs that a test runs beside itself, and waiting for what they do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp


@contextlib.asynccontextmanager
async def running(command: Sequence[str | Path], ask: Callable[[], Awaitable[Any]]) -> AsyncIterator[None]:
    """Run a program, from when it answers until the end of the block.

    Args:
        command: the program and its arguments.
        ask: asks it something over HTTP, and raises ``aiohttp.ClientError`` while it does not answer.

    Raises:
        RuntimeError: it ended by itself before it answered.
        TimeoutError: it did not answer within 30 s.
    """
    process = await asyncio.create_subprocess_exec(*command)

    async def answers() -> bool:
        if process.returncode is not None:
            raise RuntimeError(f"{Path(command[0]).name} ended with status {process.returncode}")
        with contextlib.suppress(aiohttp.ClientError):
            await ask()
            return True
        return False

    try:
        await eventually(answers, within=30)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        async with asyncio.timeout(20):
            await process.wait()


async def eventually(holds: Callable[[], Any], within: float = 15.0) -> None:
    """Wait until ``holds()`` is true; it may be a coroutine function.

    Raises:
        TimeoutError: it was not within so many seconds.
    """
    async with asyncio.timeout(within):
        while True:
            found = holds()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.05)

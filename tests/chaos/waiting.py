"""Wait for what no event tells of: other processes, and offsets on a broker."""

import asyncio
import time
from collections.abc import Callable


async def until(condition: Callable[[], bool], *, every_s: float = 0.1, within_s: float = float("inf")) -> bool:
    """Look again and again; False when the condition is still not met after ``within_s`` seconds."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() >= deadline:
            return False
        await asyncio.sleep(every_s)
    return True

"""Acknowledges what was read when everything that follows from it is safe in Kafka, and not before.

Faust's own ``stream.take`` acknowledges its batch also when the code that works on it is cancelled, and its commit waits for
the producer's buffer at most 100 ms: with a slow broker an offset can be committed before its changelog record, and a
process that dies then has lost it. Here an event is acknowledged when the broker has confirmed every record of it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any


class Deliveries:
    """Events in the order in which they were read, each with the deliveries that it waits for.

    Args:
        acknowledge: called for each event in order, when its deliveries are confirmed.
        limit: events under way at most.
    """

    def __init__(self, acknowledge: Callable[[Any], Awaitable[Any]], limit: int) -> None:
        self._acknowledge = acknowledge
        self._room = asyncio.Semaphore(limit)
        self._waiting: deque[tuple[Any, Sequence[Awaitable[Any]]]] = deque()
        self._arrived = asyncio.Event()

    @property
    def under_way(self) -> int:
        """Events that are not acknowledged yet."""
        return len(self._waiting)

    async def put(self, event: Any, deliveries: Sequence[Awaitable[Any]]) -> None:
        """Hand over an event. Waits while too many are under way."""
        await self._room.acquire()
        self._waiting.append((event, deliveries))
        self._arrived.set()

    async def run(self) -> None:
        """Wait for the deliveries and acknowledge, for ever.

        Raises:
            Exception: a delivery failed; its event and all after it stay unacknowledged.
        """
        while True:
            await self._arrived.wait()
            while self._waiting:
                event, deliveries = self._waiting[0]
                for delivery in deliveries:
                    await asyncio.shield(delivery)  # who stops waiting does not take back what was sent
                await self._acknowledge(event)
                self._waiting.popleft()
                self._room.release()
            self._arrived.clear()

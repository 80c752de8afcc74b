"""What goes wrong for monitors: what goes wrong for workers, and besides a slow broker and articles that come again."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from service.broker import Broker
from tests.chaos.mishaps import EARLIEST, LATEST, Mischief, Work
from tests.chaos.mishaps import Kind as WorkerKind
from tests.chaos.monitor.fleet import MonitorFleet
from tests.chaos.monitor.kafka import Feed
from tests.chaos.waiting import until
from tests.support.slow_proxy import SlowProxy

Kind = WorkerKind | Literal["slow", "replay"]

SLOW_REQUEST_S = 0.5
"""Seconds that a request takes while the broker is slow."""

KILL_WITHIN = (0.2, 0.6)
"""When in a slow phase a monitor is killed, as a share of it."""

REPLAYED = (0.05, 0.2)
"""Share of all articles that a replay sends again."""


@dataclass(frozen=True, slots=True)
class Mishap:
    """One thing that goes wrong once ``at`` (0 to 1) of the work is done."""

    at: float
    kind: Kind


def plan(seed: int, counts: dict[Kind, int]) -> list[Mishap]:
    """So many mishaps of each kind, at random over the run, in the order of their time."""
    chooser = random.Random(f"monitor-mishaps-{seed}")
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    mishaps = [Mishap(round(chooser.uniform(EARLIEST, LATEST), 4), kind) for kind in kinds]
    return sorted(mishaps, key=lambda mishap: mishap.at)


class MonitorMischief(Mischief):
    """Carries out a plan."""

    def __init__(
        self,
        fleet: MonitorFleet,
        broker: Broker,
        proxy: SlowProxy,
        feed: Feed,
        session_timeout_s: float,
        slow_for_s: tuple[float, float],
        seed: int,
        say: Callable[[str], None],
        complain: Callable[[str], None],
    ) -> None:
        super().__init__(fleet, broker, session_timeout_s, seed, say, complain)
        self._proxy = proxy
        self._feed = feed
        self._slow_for_s = slow_for_s
        self._slow_lock = asyncio.Lock()

    async def carry_out_all(self, mishaps: list[Mishap], work: Work) -> None:
        """Let each mishap happen at its time, and return when the last one is over. They may well overlap."""
        async with asyncio.TaskGroup() as group:
            for mishap in mishaps:
                await until(partial(_reached, work, mishap.at), every_s=0.05)
                group.create_task(self._happen_here(mishap.kind))

    async def _happen_here(self, kind: Kind) -> None:
        match kind:
            case "slow":
                await self._slow_down()
                self.done[kind] += 1
            case "replay":
                await self._replay()
                self.done[kind] += 1
            case _:
                await self._happen(kind)

    async def _slow_down(self) -> None:
        """A slow phase, in which a monitor is killed."""
        async with self._slow_lock:
            seconds = self._chooser.uniform(*self._slow_for_s)
            kill_after = seconds * self._chooser.uniform(*KILL_WITHIN)
            self._say(f"broker takes {SLOW_REQUEST_S * 1000:.0f} ms a request for {seconds:.0f} s")
            self._proxy.delay_s = SLOW_REQUEST_S
            try:
                await asyncio.sleep(kill_after)
                await self._kill()
                await asyncio.sleep(seconds - kill_after)
            finally:
                self._proxy.delay_s = 0.0
            self._say("broker is quick again")

    async def _replay(self) -> None:
        first = self._chooser.randrange(max(1, self._feed.sent))
        count = round(self._feed.total * self._chooser.uniform(*REPLAYED))
        self._say(f"{count} articles from number {first} on come again")
        await self._feed.replay(first, count)


def _reached(work: Work, share: float) -> bool:
    return work.share >= share

"""What goes wrong, when, and to whom: drawn by a seed, and carried out as the work proceeds.

Each mishap has its time as a share of the work done, not on the clock, so that a slow machine sees the same run.
"""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

import aiohttp

from service.broker import Broker
from tests.chaos.fleet import Fleet, WorkerProcess
from tests.chaos.waiting import until

Kind = Literal["kill", "stop", "broker", "rebalance", "term", "child"]

EXIT_WITHIN_S = 60.0
"""Seconds for a worker to end on SIGTERM: the drain, leaving the group, and a slow machine."""

EARLIEST, LATEST = 0.03, 0.93
"""Share of the work between which mishaps happen: after the start and before everything is done."""


@dataclass(frozen=True, slots=True)
class Mishap:
    """One thing that goes wrong once ``at`` (0 to 1) of the work is done."""

    at: float
    kind: Kind


class Work(Protocol):
    """Where the run stands."""

    @property
    def share(self) -> float:
        """Share of the work that is done, 0 to 1."""


def plan(seed: int, counts: dict[Kind, int]) -> list[Mishap]:
    """So many mishaps of each kind, at random over the run, in the order of their time."""
    chooser = random.Random(f"mishaps-{seed}")
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    return sorted(
        (Mishap(round(chooser.uniform(EARLIEST, LATEST), 4), kind) for kind in kinds), key=lambda mishap: mishap.at
    )


class Mischief:
    """Carries out a plan. ``say`` tells people; ``complain`` records a violation."""

    def __init__(
        self,
        fleet: Fleet,
        broker: Broker,
        session_timeout_s: float,
        seed: int,
        say: Callable[[str], None],
        complain: Callable[[str], None],
    ) -> None:
        self.done: Counter[str] = Counter()
        self._fleet = fleet
        self._broker = broker
        self._session_timeout_s = session_timeout_s
        self._chooser = random.Random(f"mischief-{seed}")
        self._say = say
        self._complain = complain
        self._broker_lock = asyncio.Lock()
        self._joined = 0

    async def carry_out(self, mishaps: list[Mishap], work: Work) -> None:
        """Let each mishap happen at its time, and return when the last one is over. They may well overlap."""
        async with asyncio.TaskGroup() as group:
            for mishap in mishaps:
                await until(partial(_reached, work, mishap.at), every_s=0.05)
                group.create_task(self._happen(mishap.kind))

    async def _happen(self, kind: Kind) -> None:
        match kind:
            case "kill":
                await self._kill()
            case "stop":
                await self._stop()
            case "broker":
                await self._kill_broker()
            case "rebalance":
                await self._join_and_leave()
            case "term":
                await self._terminate()
            case "child":
                await self._kill_child()
        self.done[kind] += 1

    async def _kill(self) -> None:
        worker = await self._choose()
        self._say(f"SIGKILL {worker.name}")
        self._fleet.kill(worker)

    async def _stop(self) -> None:
        worker = await self._choose(running=True)
        life = worker.lives
        seconds = self._session_timeout_s + self._chooser.uniform(1.5, 5.0)
        worker.stopped = True
        worker.signal_group(signal.SIGSTOP)
        self._say(f"SIGSTOP {worker.name} for {seconds:.1f} s")
        await asyncio.sleep(seconds)
        if worker.lives == life and worker.alive:
            worker.signal_group(signal.SIGCONT)
            worker.stopped = False
            self._say(f"SIGCONT {worker.name}")
        else:  # it was killed while it was stopped: that is no resurrection, and one is still owed
            await self._stop()

    async def _kill_child(self) -> None:
        while True:
            worker = await self._choose(running=True)
            if (pid := worker.kill_analysis_process(self._chooser)) is not None:
                self._say(f"SIGKILL analysis process {pid} of {worker.name}")
                return
            await asyncio.sleep(0.1)

    async def _kill_broker(self) -> None:
        async with self._broker_lock:
            pause = self._chooser.uniform(0.5, 4.0)
            self._say(f"SIGKILL broker, back in {pause:.1f} s")
            await asyncio.to_thread(self._broker.kill)
            await asyncio.sleep(pause)
            await asyncio.to_thread(self._broker.restart)
            self._say("broker is back")

    async def _join_and_leave(self) -> None:
        """One more worker joins; some time after it listens it leaves by SIGTERM, ready or not."""
        self._joined += 1
        worker = self._fleet.new(f"visitor-{self._joined}")
        worker.start()
        self._say(f"{worker.name} joins")
        try:
            await self._until_ready(worker)
            await asyncio.sleep(self._chooser.uniform(0, 6.0))
            worker.terminate()
            asked = time.monotonic()
            status = await worker.wait_ended(EXIT_WITHIN_S)
            took = time.monotonic() - asked
            self._say(f"{worker.name} left by SIGTERM in {took:.1f} s with status {status}")
            if status != 0:
                self._complain(
                    f"{worker.name} ended with {status} on SIGTERM after {took:.1f} s: {worker.log_file.name}"
                )
            elif left := await worker.left_behind():
                self._complain(f"{worker.name} left processes behind: {left}")
        finally:
            worker.kill()

    async def _terminate(self) -> None:
        """SIGTERM to a worker of the fleet, as a rolling update sends it; the supervisor brings it back."""
        worker = await self._choose(running=True)
        life = worker.lives
        await until(lambda: worker.port() is not None or worker.lives != life, within_s=EXIT_WITHIN_S)
        if worker.lives != life or not worker.alive:
            return await self._terminate()  # it was killed before it could do anything: choose again
        self._say(f"SIGTERM {worker.name}")
        status = await self._fleet.terminate(worker, EXIT_WITHIN_S)
        if not worker.stopped and worker.lives == life and status not in (0, -signal.SIGKILL):  # else: another mishap
            self._complain(f"{worker.name} ended with {status} on SIGTERM: {worker.log_file.name}")
        return None

    async def _until_ready(self, worker: WorkerProcess, within_s: float = 45.0) -> None:
        """Wait for readiness, but not for ever: while others are being killed it may well never come."""
        deadline = time.monotonic() + within_s
        async with aiohttp.ClientSession() as session:
            while time.monotonic() < deadline:
                if await worker.probe(session, "/readyz") is None:
                    return
                await asyncio.sleep(0.3)

    async def _choose(self, running: bool = False) -> WorkerProcess:
        """A worker that is alive (and not stopped); waits until there is one."""
        while True:
            found = [w for w in self._fleet.workers if w.alive and not (running and w.stopped)]
            if found:
                return self._chooser.choice(found)
            await asyncio.sleep(0.1)


def _reached(work: Work, share: float) -> bool:
    return work.share >= share

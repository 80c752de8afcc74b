"""Workers as Kubernetes would run them: each in a process group of its own, started again when it is gone."""

import asyncio
import contextlib
import ctypes
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import aiohttp
import psutil

from tests.chaos.waiting import until

ROOT = Path(__file__).parents[2]

RESTART_AFTER_S = (0.2, 2.0)
"""Seconds between the end of a worker and its next life."""

LEFT_BEHIND_AFTER_S = 5.0
"""Seconds after a worker's end by which every process of its group must be gone."""

_PR_SET_PDEATHSIG = 1


class WorkerProcess:
    """One name in the fleet, over several lives. ``log`` says what happens to it."""

    command: ClassVar = "worker"

    def __init__(self, name: str, environment: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.lives = 0
        self.stopped = False
        self._environment = {**os.environ, **environment}
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._port: int | None = None

    @property
    def alive(self) -> bool:
        """Whether a process runs, be it stopped."""
        return self._process is not None and self._process.poll() is None

    @property
    def status(self) -> int | None:
        """Exit status of the last life; None while it runs or before the first."""
        return self._process.poll() if self._process else None

    @property
    def log_file(self) -> Path:
        """The log of this life."""
        return self._folder / f"{self.name}.{self.lives}.log"

    def start(self) -> None:
        """Begin a new life."""
        self.lives += 1
        self.stopped = False
        self._port = None
        harness = os.getpid()
        with self.log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "service", self.command],
                cwd=ROOT,
                env=self._surroundings(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: _die_with(harness),
            )

    def _surroundings(self) -> Mapping[str, str]:
        """The environment of the life that begins."""
        return self._environment

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the worker and its analysis processes; nothing when it is gone."""
        if self._process is not None and self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def terminate(self) -> None:
        """SIGTERM to the worker alone, as Kubernetes does it."""
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """SIGKILL to the whole group, and reap."""
        self.signal_group(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def kill_analysis_process(self, chooser: random.Random) -> int | None:
        """SIGKILL one of its analysis processes and return its id; None when there is none."""
        if self._process is None or not self.alive:
            return None
        with contextlib.suppress(psutil.NoSuchProcess):
            children = [
                child
                for child in psutil.Process(self._process.pid).children()
                if "spawn_main" in " ".join(child.cmdline())
            ]
            if children:
                child = chooser.choice(children)
                child.kill()
                return int(child.pid)
        return None

    async def left_behind(self) -> list[str]:
        """Processes of its group that outlive it by more than a moment (multiprocessing's own helper takes one).

        Zombies do not count: nobody here is their parent.
        """
        if self._process is None:
            return []
        leader = self._process.pid
        await until(lambda: not _group(leader), within_s=LEFT_BEHIND_AFTER_S)
        return _group(leader)

    def port(self) -> int | None:
        """Where its probes listen, once its log has told."""
        if self._port is None and self.lives:
            for event in events(self.log_file):
                if event.get("event") == "http_listening":
                    self._port = int(str(event["port"]))
                    break
        return self._port

    async def probe(self, session: aiohttp.ClientSession, path: str) -> str | None:
        """None when the probe answers 200; otherwise what is wrong."""
        if not self.alive:
            return f"not running (exit status {self.status})"
        if (port := self.port()) is None:
            return "not listening yet"
        try:
            async with session.get(f"http://127.0.0.1:{port}{path}", timeout=aiohttp.ClientTimeout(total=2)) as answer:
                return None if answer.status == 200 else f"{answer.status} {await answer.text()}"
        except (aiohttp.ClientError, TimeoutError) as error:
            return repr(error)

    async def wait_ended(self, seconds: float) -> int | None:
        """Exit status, or None when it is still running after ``seconds``."""
        await until(lambda: not self.alive, within_s=seconds)
        return self.status


class Fleet:
    """The workers that are to run, and the supervisor that starts them again."""

    def __init__(
        self, count: int, environment: Mapping[str, str], folder: Path, seed: int, on_end: Callable[[str], None]
    ) -> None:
        self._environment = environment
        self._folder = folder
        self._chooser = random.Random(f"fleet-{seed}")
        self._on_end = on_end
        self._expected_death: set[str] = set()
        self.workers = [self.new(f"worker-{number}") for number in range(1, count + 1)]

    def new(self, name: str) -> WorkerProcess:
        """A worker that nobody supervises yet."""
        return WorkerProcess(name, self._environment, self._folder)

    def kill(self, worker: WorkerProcess) -> None:
        """SIGKILL its group; the supervisor brings it back."""
        self._expected_death.add(worker.name)
        worker.kill()

    async def terminate(self, worker: WorkerProcess, seconds: float) -> int | None:
        """SIGTERM to it and wait; its exit status, or None when it is still running. The supervisor brings it back."""
        self._expected_death.add(worker.name)
        worker.terminate()
        return await worker.wait_ended(seconds)

    async def supervise(self) -> None:
        """Start all, and again whatever ends, until cancelled. An end that nobody ordered is reported to ``on_end``."""
        for worker in self.workers:
            worker.start()
        async with asyncio.TaskGroup() as group:
            for worker in self.workers:
                group.create_task(self._supervise(worker))

    async def _supervise(self, worker: WorkerProcess) -> None:
        while True:
            await until(lambda: not worker.alive)
            if worker.name not in self._expected_death:
                self._on_end(f"{worker.name} ended by itself with status {worker.status}: {worker.log_file.name}")
            self._expected_death.discard(worker.name)
            await asyncio.sleep(self._chooser.uniform(*RESTART_AFTER_S))
            worker.start()

    async def unready(self) -> dict[str, str]:
        """What keeps each worker from being live and ready; empty when all are."""
        found = {}
        async with aiohttp.ClientSession() as session:
            for worker in self.workers:
                for path in ("/livez", "/readyz"):
                    if reason := await worker.probe(session, path):
                        found[worker.name] = f"{path}: {reason}"
        return found

    def kill_all(self) -> None:
        """End whatever is left."""
        for worker in self.workers:
            worker.kill()


def events(log_file: Path) -> Iterator[dict[str, object]]:
    """The JSON lines of a worker's log; other lines (a traceback of the interpreter) are passed over."""
    with contextlib.suppress(FileNotFoundError), log_file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            with contextlib.suppress(json.JSONDecodeError):
                event = json.loads(line)
                if isinstance(event, dict):
                    yield event


def noteworthy(folder: Path) -> Counter[str]:
    """How often the workers logged what: everything from warnings up, and what shows that a rule was put to use."""
    counts: Counter[str] = Counter()
    for log_file in folder.glob("*.log"):
        for event in events(log_file):
            name = str(event.get("event"))
            if event.get("level") not in ("info", "debug") or name in ("batch_dropped", "partitions_assigned"):
                counts[name if len(name) < 60 else f"{name[:57]}..."] += 1
    return counts


def _group(leader: int) -> list[str]:
    """Process ids and command lines of a group, without its leader."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            running = process.pid != leader and os.getpgid(process.pid) == leader
            if running and process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{process.pid} {' '.join(process.cmdline())[-120:]}")
    return found


def _die_with(parent: int) -> None:
    """In the child: be killed when the harness ends, however it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

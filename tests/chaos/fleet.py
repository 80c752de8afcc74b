"""The workers under test, and the supervisor that starts them again, as Kubernetes would."""

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil

from tests.chaos.plan import Plan


class WorkerProcess:
    """One ``harbinger worker`` in a process group of its own, with a log file for each life."""

    def __init__(self, name: str, bootstrap: str, plan: Plan, logs: Path) -> None:
        self.name = name
        self.lives = 0
        self._bootstrap = bootstrap
        self._plan = plan
        self._logs = logs
        self.process: subprocess.Popen[bytes]
        self.start()

    @property
    def log(self) -> Path:
        """The log of the life that it is in."""
        return self._logs / f"{self.name}-{self.lives}.log"

    def start(self) -> None:
        """Begin a life."""
        self.lives += 1
        timeout_ms = round(self._plan.session_timeout_s * 1000)
        environment = os.environ | {
            "HARBINGER_KAFKA__BOOTSTRAP_SERVERS": self._bootstrap,
            "HARBINGER_KAFKA__SESSION_TIMEOUT_MS": str(timeout_ms),
            "HARBINGER_KAFKA__HEARTBEAT_INTERVAL_MS": str(timeout_ms // 6),
            "HARBINGER_HTTP__PORT": "0",
            "HARBINGER_WORKER__PROCESSES": "1",
        }
        command = [str(Path(sys.executable).with_name("harbinger")), "worker"]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env=environment, start_new_session=True)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole process group."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def kill_child(self) -> None:
        """SIGKILL the analysis process, the child that has used most CPU time."""
        try:
            children = psutil.Process(self.process.pid).children()
            max(children, key=lambda child: sum(child.cpu_times()[:2])).kill()
        except (psutil.NoSuchProcess, ValueError):
            return

    async def ready(self) -> bool:
        """Whether ``/readyz`` says so."""
        found = re.search(rb'"port": (\d+)', self.log.read_bytes()) if self.log.exists() else None
        if found is None or self.process.poll() is not None:
            return False
        return await asyncio.to_thread(_answers, f"http://127.0.0.1:{int(found[1])}/readyz")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


class Fleet:
    """All workers. A worker that ended is started again after a moment; how it ended is noted."""

    def __init__(self, bootstrap: str, plan: Plan, logs: Path, say: Callable[[str], None]) -> None:
        self._new = lambda name: WorkerProcess(name, bootstrap, plan, logs)
        self._rng = random.Random(plan.seed + 2)
        self._say = say
        self.workers = [self._new(f"worker-{number}") for number in range(plan.workers)]
        self.guests: list[WorkerProcess] = []
        self.bad_ends: list[str] = []
        """Ends that were no SIGKILL and had another status than 0."""

    async def supervise(self) -> None:
        """Start again what ended, until cancelled."""
        while True:
            for worker in self.workers:
                if (status := worker.process.poll()) is not None:
                    self._note_end(worker, status)
                    await asyncio.sleep(self._rng.uniform(0.2, 1.0))
                    worker.start()
            await asyncio.sleep(0.2)

    def _note_end(self, worker: WorkerProcess, status: int) -> None:
        if status not in (0, -signal.SIGKILL):
            self.bad_ends.append(f"{worker.name} ended with {status}: see {worker.log}")
            self._say(self.bad_ends[-1])

    async def visit(self, seconds: float) -> None:
        """Another worker joins the group and leaves it by SIGTERM."""
        guest = self._new(f"guest-{len(self.guests)}")
        self.guests.append(guest)
        await asyncio.sleep(seconds)
        guest.signal(signal.SIGTERM)
        self._note_end(guest, await asyncio.to_thread(guest.process.wait, 60))

    async def all_ready(self, within_s: float) -> bool:
        """Wait until every worker is ready."""
        deadline = asyncio.get_running_loop().time() + within_s
        while asyncio.get_running_loop().time() < deadline:
            if all(await asyncio.gather(*(worker.ready() for worker in self.workers))):
                return True
            await asyncio.sleep(0.5)
        return False

    async def end(self) -> None:
        """SIGTERM to all, and the statuses noted; SIGKILL to what is left."""
        for worker in self.workers:
            worker.signal(signal.SIGCONT)
            worker.signal(signal.SIGTERM)
        for worker in self.workers:
            try:
                self._note_end(worker, await asyncio.to_thread(worker.process.wait, 60))
            except subprocess.TimeoutExpired:
                self.bad_ends.append(f"{worker.name} did not end on SIGTERM: see {worker.log}")
        self.kill()

    def kill(self) -> None:
        """Leave nothing behind."""
        for worker in [*self.workers, *self.guests]:
            worker.signal(signal.SIGKILL)

"""One run: broker, fleet, feed and mishaps together, then the verdict."""

import asyncio
import contextlib
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from service.broker import Broker
from tests.chaos.articles import messages
from tests.chaos.fleet import Fleet, noteworthy
from tests.chaos.kafka import ARTICLES, DEAD_LETTERS, ENRICHED, LARGEST, Progress, feed, read_for_verdict
from tests.chaos.mishaps import EXIT_WITHIN_S, Kind, Mischief, plan
from tests.chaos.verdict import judge

STALLED_AFTER_S = 120.0
"""Seconds without one committed record after which the run is given up: far beyond any drain, session or backoff."""

SETTLED_WITHIN_S = 60.0
"""Seconds after the last commit for all workers to be ready."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """How large a run is. ``mishaps`` counts each kind."""

    articles: int = 20_000
    workers: int = 3
    partitions: int = 8
    session_timeout_s: float = 6.0
    ahead: int = 2_000
    """Records that the feed may be ahead of what is committed, so that feeding goes on as long as the mishaps do."""
    mishaps: dict[Kind, int] = field(
        default_factory=lambda: {"kill": 10, "stop": 5, "broker": 1, "rebalance": 2, "term": 2, "child": 3}
    )


@dataclass(slots=True)
class Report:
    """What a run came to. It passed when there are no ``violations``."""

    seed: int
    articles: int
    seconds: float = 0.0
    enriched: int = 0
    dead_letters: int = 0
    mishaps: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    worker_lives: int = 0
    logged: dict[str, int] = field(default_factory=dict)
    folder: str | None = None
    """Where the logs lie; None when they were removed because all went well."""

    def as_json(self) -> dict[str, Any]:
        """For a report file."""
        return asdict(self)


class _Work:
    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total

    @property
    def share(self) -> float:
        return self._progress.done / self._total


async def run(
    parameters: Parameters,
    seed: int,
    folder: Path,
    *,
    say: Callable[[str], None] = lambda line: None,
    show: Callable[[int, int], None] = lambda fed, done: None,
) -> Report:
    """One run with its own broker. ``say`` gets a line for each thing that happens, ``show`` records fed and done.

    Raises:
        RequirementMissingError: no Java, or no jars.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    report = Report(seed, parameters.articles)
    started = time.monotonic()
    broker = Broker()
    await asyncio.to_thread(broker.start)
    try:
        await create_topics(broker.bootstrap_servers, parameters.partitions)
        await _Run(parameters, seed, folder, broker, report, say, show).go()
    finally:
        with contextlib.suppress(OSError):
            shutil.copy(broker.data_dir / "kafka.log", folder / "kafka.txt")
        await asyncio.to_thread(broker.stop)
    report.seconds = round(time.monotonic() - started, 1)
    report.logged = dict(noteworthy(folder).most_common())
    return report


class _Run:
    """The parts of one run and the order in which they happen."""

    def __init__(
        self,
        parameters: Parameters,
        seed: int,
        folder: Path,
        broker: Broker,
        report: Report,
        say: Callable[[str], None],
        show: Callable[[int, int], None],
    ) -> None:
        self._parameters = parameters
        self._seed = seed
        self._broker = broker
        self._servers = broker.bootstrap_servers
        self._report = report
        self._say = say
        self._show = show
        self._fed = 0
        self._progress = Progress(self._servers)
        environment = {
            "HARBINGER_KAFKA__BOOTSTRAP_SERVERS": self._servers,
            "HARBINGER_KAFKA__SESSION_TIMEOUT_MS": str(round(parameters.session_timeout_s * 1000)),
            "HARBINGER_KAFKA__HEARTBEAT_INTERVAL_MS": str(round(parameters.session_timeout_s * 1000 / 4)),
            "HARBINGER_HTTP__PORT": "0",
            "HARBINGER_WORKER__PROCESSES": "1",
            "PYTHONFAULTHANDLER": "1",
        }
        self._fleet = Fleet(parameters.workers, environment, folder, seed, self._complain)
        self._mischief = Mischief(
            self._fleet, broker, parameters.session_timeout_s, seed, self._say_when, self._complain
        )

    async def go(self) -> None:
        """Work and mischief, the wait for the rest, the end of the fleet, the verdict."""
        background = [asyncio.create_task(self._fleet.supervise()), asyncio.create_task(self._progress.follow())]
        try:
            if await self._until_mischief_is_over():
                await self._until_settled()
        finally:
            for task in background:
                task.cancel()
            with _note_failure(self._complain):
                await self._end_fleet()
            self._fleet.kill_all()
            self._report.mishaps = dict(self._mischief.done)
            self._report.worker_lives = sum(worker.lives for worker in self._fleet.workers)
        await self._judge()

    async def _until_mischief_is_over(self) -> bool:
        """Feed while things go wrong. False when the work stands still."""
        total = self._parameters.articles
        work = _Work(self._progress, total)
        feeding = asyncio.create_task(
            feed(self._servers, messages(self._seed, total), self._may_feed, self._has_fed), name="feed"
        )
        mischief = asyncio.create_task(
            self._mischief.carry_out(plan(self._seed, self._parameters.mishaps), work), name="mischief"
        )
        tasks = {feeding, mischief}
        try:
            while tasks:
                done, tasks = await asyncio.wait(tasks, timeout=1)
                for task in done:
                    await task
                self._show(self._fed, self._progress.done)
                if self._stalled():
                    return False
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return True

    async def _until_settled(self) -> None:
        """Everything committed up to the end, and every worker live and ready."""
        while self._progress.done < self._parameters.articles or self._progress.behind:
            self._show(self._fed, self._progress.done)
            if self._stalled():
                return
            await asyncio.sleep(0.5)
        self._show(self._fed, self._progress.done)
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while unready := await self._fleet.unready():
            if time.monotonic() > deadline:
                self._complain(f"not ready {SETTLED_WITHIN_S:.0f} s after everything was committed: {unready}")
                return
            await asyncio.sleep(0.5)
        self._say_when("all committed, all workers ready")

    def _stalled(self) -> bool:
        if time.monotonic() - self._progress.changed_at < STALLED_AFTER_S:
            return False
        self._complain(
            f"nothing was committed for {STALLED_AFTER_S:.0f} s; partition: (committed, end) {self._progress.behind}"
        )
        return True

    async def _end_fleet(self) -> None:
        """SIGTERM to all: exit status 0, nothing left behind."""
        for worker in self._fleet.workers:
            worker.signal_group(signal.SIGCONT)
            worker.terminate()
        for worker in self._fleet.workers:
            status = await worker.wait_ended(EXIT_WITHIN_S)
            if status != 0:
                self._complain(f"{worker.name} ended with {status} on SIGTERM: {worker.log_file.name}")
            elif left := await worker.left_behind():
                self._complain(f"{worker.name} left processes behind: {left}")

    async def _judge(self) -> None:
        try:
            fed, out = await read_for_verdict(self._servers, self._parameters.partitions)
        except TimeoutError:
            self._complain("the output cannot be read to its end: a transaction was left open")
            return
        self._report.enriched = sum(record.outlet == "enriched" for record in out)
        self._report.dead_letters = len(out) - self._report.enriched
        self._report.violations += judge(fed, out, self._parameters.articles)

    def _may_feed(self, number: int) -> bool:
        return number - self._progress.done < self._parameters.ahead

    def _has_fed(self, count: int) -> None:
        self._fed = count

    def _say_when(self, line: str) -> None:
        self._say(f"{self._progress.done:>6}  {line}")

    def _complain(self, violation: str) -> None:
        self._say_when(f"VIOLATION {violation}")
        self._report.violations.append(violation)


async def create_topics(servers: str, partitions: int) -> None:
    """The topics, made before anybody looks for them, with the limits that the worker would give them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.create_topics(
            [
                NewTopic(name, partitions, 1, topic_configs={"max.message.bytes": str(LARGEST)})
                for name in (ARTICLES, ENRICHED, DEAD_LETTERS)
            ]
        )
    finally:
        await admin.close()


@contextlib.contextmanager
def _note_failure(complain: Callable[[str], None]) -> Iterator[None]:
    """The end of the fleet must not hide what went wrong before."""
    try:
        yield
    except Exception as error:
        complain(f"harness: ending the fleet failed: {error!r}")

"""A rolling upgrade under load, as a Deployment does it: one new pod, ready; then one old pod, SIGTERM; and so on.

    python -m tests.chaos.upgrade [--pods 2] [--logs build/upgrade]

Both versions are in the consumer group at once for a while, and every article must come out exactly once all the same, in the
order of its key. The versions differ in an override of the lexicon, so that ``provenance.knowledge`` tells which wrote what.
The last old pod is not given its grace: SIGKILL comes while it drains. Then the whole is rolled back. The feed goes on until
no pod changes any more.
"""

import asyncio
import contextlib
import json
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any, Final

import aiohttp
import typer

from service.broker import Broker
from tests.chaos.articles import messages
from tests.chaos.fleet import WorkerProcess
from tests.chaos.kafka import ENRICHED, Progress, feed, read, read_for_verdict
from tests.chaos.run import create_topics
from tests.chaos.verdict import judge
from tests.chaos.waiting import until

READY_WITHIN_S: Final = 120.0
"""Seconds that a new pod gets to load its model and to open its lanes, on a machine that does other things, too."""

ENDED_WITHIN_S: Final = 60.0
"""Seconds that an old pod gets to drain: what `docs/upgrades.md` says for ``terminationGracePeriodSeconds``, and some."""

KILLED_AFTER_S: Final = 0.1
"""Seconds from SIGTERM to SIGKILL for the pod that gets no grace: it is in the middle of its drain."""

STALLED_AFTER_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Parameters:
    """How large an upgrade is."""

    pods: int = 2
    partitions: int = 4
    session_timeout_s: float = 10.0
    """As in `config/default.yaml`."""
    between: int = 100
    """Articles that are committed before pods change, and between upgrade and rollback."""
    ahead: int = 200
    """Articles that the feed may be ahead of what is committed: there is always work while pods change."""
    rollback: bool = True


@dataclass(slots=True)
class Report:
    """What it came to. It passed when there are no ``violations``."""

    seconds: float = 0.0
    articles: int = 0
    drain_s: list[float] = field(default_factory=list)
    """From SIGTERM to the end of the process, of each pod that was given its grace."""
    ready_s: list[float] = field(default_factory=list)
    """From the start of each new pod to its readiness, both versions being there."""
    pause_s: list[float] = field(default_factory=list)
    """Longest time without a commit while a new pod came and an old one went after its drain."""
    pause_killed_s: float = 0.0
    """The same for the one that was killed."""
    written: dict[str, int] = field(default_factory=dict)
    """Enriched articles by the version that wrote them."""
    violations: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For a report file."""
        return asdict(self)


async def run(parameters: Parameters, folder: Path, *, say: Callable[[str], None] = lambda line: None) -> Report:
    """One upgrade and its rollback, with a broker of its own.

    Raises:
        RequirementMissingError: no Java, or no jars.
    """
    report, started = Report(), time.monotonic()
    broker = Broker()
    await asyncio.to_thread(broker.start)
    try:
        await create_topics(broker.bootstrap_servers, parameters.partitions)
        await _Upgrade(parameters, folder, broker.bootstrap_servers, report, say).go()
    finally:
        await asyncio.to_thread(broker.stop)
    report.seconds = round(time.monotonic() - started, 1)
    return report


class _Upgrade:
    """The pods, the load and the order in which things happen."""

    def __init__(
        self, parameters: Parameters, folder: Path, servers: str, report: Report, say: Callable[[str], None]
    ) -> None:
        self._parameters = parameters
        self._folder = folder
        self._servers = servers
        self._report = report
        self._say = say
        self._progress = Progress(servers)
        self._pods: list[WorkerProcess] = []
        self._started = 0
        self._pause_s = 0.0
        self._rolled = False

    async def go(self) -> None:
        """Old pods, load, upgrade, rollback, the end, the verdict."""
        following = asyncio.create_task(self._progress.follow(interval_s=0.1))
        watching = asyncio.create_task(self._watch_pause())
        endless = takewhile(lambda _: not self._rolled, messages(1, sys.maxsize))
        feeding = asyncio.create_task(feed(self._servers, endless, self._may_feed, self._has_fed))
        try:
            for _ in range(self._parameters.pods):
                await self._start("old")
            await self._until_done(self._parameters.between)
            await self._roll("new", kill_last=True)
            if self._parameters.rollback:
                await self._until_done(self._progress.done + self._parameters.between)
                await self._roll("old", kill_last=False)
            self._rolled = True
            await feeding
            await self._until_done(self._report.articles)
            for pod in list(self._pods):
                await self._end(pod)
        finally:
            for task in (following, watching, feeding):
                task.cancel()
            for pod in self._pods:
                pod.kill()
        await self._judge()

    async def _roll(self, version: str, kill_last: bool) -> None:
        """Exchange all pods, one at a time, a new one first: maxSurge 1, maxUnavailable 0."""
        leaving = list(self._pods)
        for pod in leaving:
            self._pause_s = 0.0
            await self._start(version)
            killed = kill_last and pod is leaving[-1]
            await (self._end_without_grace(pod) if killed else self._end(pod))
            await self._until_done(self._progress.done + 1)
            if killed:
                self._report.pause_killed_s = self._pause_s
            else:
                self._report.pause_s.append(self._pause_s)

    async def _start(self, version: str) -> None:
        self._started += 1
        pod = WorkerProcess(f"{version}-{self._started}", self._environment(version), self._folder)
        self._pods.append(pod)
        began = time.monotonic()
        pod.start()
        async with aiohttp.ClientSession() as session:
            while reason := await pod.probe(session, "/readyz"):
                if time.monotonic() - began > READY_WITHIN_S:
                    raise TimeoutError(f"{pod.name} is not ready: {reason}")
                await asyncio.sleep(0.2)
        took = time.monotonic() - began
        self._report.ready_s.append(round(took, 2))
        self._say_when(f"{pod.name} is ready after {took:.1f} s")

    async def _end(self, pod: WorkerProcess) -> None:
        """SIGTERM, and the time that it takes."""
        began = time.monotonic()
        pod.terminate()
        await until(lambda: not pod.alive, every_s=0.02, within_s=ENDED_WITHIN_S)
        took = time.monotonic() - began
        self._report.drain_s.append(round(took, 2))
        self._say_when(f"{pod.name} ended with {pod.status} {took:.2f} s after SIGTERM")
        if pod.status != 0:
            self._complain(f"{pod.name} ended with {pod.status} on SIGTERM: {pod.log_file.name}")
        pod.kill()
        self._pods.remove(pod)

    async def _end_without_grace(self, pod: WorkerProcess) -> None:
        pod.terminate()
        await asyncio.sleep(KILLED_AFTER_S)
        pod.signal_group(signal.SIGKILL)
        pod.kill()
        self._say_when(f"{pod.name} was killed {KILLED_AFTER_S} s after SIGTERM; it ended with {pod.status}")
        self._pods.remove(pod)

    async def _watch_pause(self) -> None:
        while True:
            self._pause_s = round(max(self._pause_s, time.monotonic() - self._progress.changed_at), 1)
            await asyncio.sleep(0.1)

    async def _until_done(self, articles: int) -> None:
        while self._progress.done < articles:
            if time.monotonic() - self._progress.changed_at > STALLED_AFTER_S:
                raise TimeoutError(f"nothing was committed for {STALLED_AFTER_S:.0f} s: {self._progress.behind}")
            await asyncio.sleep(0.1)

    async def _judge(self) -> None:
        fed, out = await read_for_verdict(self._servers, self._parameters.partitions)
        self._report.violations += judge(fed, out, self._report.articles)
        records = await read(self._servers, ENRICHED, self._parameters.partitions, "read_committed")
        versions = Counter(json.loads(record.value)["provenance"]["knowledge"] for record in records)
        self._report.written = dict(versions.most_common())
        if len(versions) != 2:
            self._complain(f"two versions should have written: {versions}")

    def _environment(self, version: str) -> dict[str, str]:
        """What a pod of this version is told; the versions differ in nothing but an override."""
        overrides = self._folder / version
        overrides.mkdir(parents=True, exist_ok=True)
        (overrides / "scoring.yaml").write_text(f"# {version}\nevent: 0.25\n", "utf-8")
        timeout_ms = round(self._parameters.session_timeout_s * 1000)
        return {
            "HARBINGER_KAFKA__BOOTSTRAP_SERVERS": self._servers,
            "HARBINGER_KAFKA__SESSION_TIMEOUT_MS": str(timeout_ms),
            "HARBINGER_ANALYSIS__LEXICON_OVERRIDES": str(overrides),
            "HARBINGER_HTTP__PORT": "0",
            "HARBINGER_WORKER__PROCESSES": "1",
            "PYTHONFAULTHANDLER": "1",
        }

    def _may_feed(self, number: int) -> bool:
        return number - self._progress.done < self._parameters.ahead

    def _has_fed(self, count: int) -> None:
        self._report.articles = count

    def _say_when(self, line: str) -> None:
        self._say(f"{self._progress.done:>6}  {line}")

    def _complain(self, violation: str) -> None:
        self._say_when(f"VIOLATION {violation}")
        self._report.violations.append(violation)


def main(
    pods: Annotated[int, typer.Option(help="Pods of the Deployment")] = 2,
    logs: Annotated[Path, typer.Option(help="Where logs go; kept after a violation")] = Path("build/upgrade"),
) -> None:
    """Upgrade and roll back under load; exit status 1 on any violation."""
    folder = logs / time.strftime("%Y%m%d-%H%M%S")
    started = time.monotonic()
    report = asyncio.run(
        run(
            Parameters(pods),
            folder,
            say=lambda line: print(f"{time.monotonic() - started:6.1f} s {line}", file=sys.stderr),
        )
    )
    print(json.dumps(report.as_json(), indent=2))
    if not report.violations:
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
    raise typer.Exit(bool(report.violations))


if __name__ == "__main__":
    typer.run(main)

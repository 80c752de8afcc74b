"""One run: slow broker, monitors, feed and mishaps together, then a last monitor alone, and the verdict."""

import asyncio
import contextlib
import json
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from service.broker import Broker
from tests.chaos.fleet import noteworthy
from tests.chaos.mishaps import EXIT_WITHIN_S
from tests.chaos.monitor.articles import LATE_PAIRS, Message, messages
from tests.chaos.monitor.fleet import MonitorFleet, environment
from tests.chaos.monitor.kafka import Feed, Progress, create_topics
from tests.chaos.monitor.mishaps import Kind, MonitorMischief, plan
from tests.chaos.monitor.outcome import offline, online
from tests.chaos.monitor.verdict import Outcome, judge
from tests.support.slow_proxy import SlowProxy, proxied_broker

STALLED_AFTER_S = 150.0
"""Seconds without any change of offsets after which the run is given up: far beyond any recovery or session."""

SETTLED_AFTER_S = 6.0
"""Seconds after ``settle_s`` without any change, all read and all ready, after which nothing more is to come: longer than the
monitors' judgement and commits take."""

READY_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Parameters:
    """How large a run is. ``mishaps`` counts each kind."""

    articles: int = 6_000
    seconds: float = 150.0
    """Time over which the articles are fed."""
    monitors: int | None = None
    """None: one to three, by the seed."""
    partitions: int = 4
    session_timeout_s: float = 6.0
    settle_s: float = 10.0
    """``monitor.settle_s``. In a run two months pass in minutes, so the wait for silent partitions, which in life is nothing
    beside an article's own delay, would let whole days be judged before their articles had come."""
    slow_for_s: tuple[float, float] = (15.0, 30.0)
    """Shortest and longest slow phase: time for some commits and a rebalance, at ten requests and more each."""
    ahead: int = 2_000
    """Articles that the feed may be ahead of what is committed."""
    mishaps: dict[Kind, int] = field(
        default_factory=lambda: {"kill": 4, "stop": 1, "rebalance": 1, "term": 1, "slow": 1, "replay": 2}
    )


@dataclass(slots=True)
class Report:
    """What a run came to. It passed when there are no ``violations``."""

    seed: int
    articles: int
    monitors: int
    seconds: float = 0.0
    replayed: int = 0
    pairs: int = 0
    days: int = 0
    fired: int = 0
    resolved: int = 0
    """Pairs, days and alerts as the offline reducer has them."""
    mishaps: dict[str, int] = field(default_factory=dict)
    lives: int = 0
    violations: list[str] = field(default_factory=list)
    logged: dict[str, int] = field(default_factory=dict)
    folder: str | None = None
    """Where logs and input lie; None when they were removed because all went well."""

    def as_json(self) -> dict[str, Any]:
        """For a report file."""
        return asdict(self)


async def run(
    parameters: Parameters, seed: int, folder: Path, *, say: Callable[[str], None] = lambda line: None
) -> Report:
    """One run with its own broker. ``say`` gets a line for each thing that happens.

    Raises:
        RequirementMissingError: no Java, or no jars.
        RuntimeError: the offline reducer failed.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    monitors = parameters.monitors or random.Random(f"monitors-{seed}").randint(1, 3)
    report = Report(seed, parameters.articles, monitors)
    started = time.monotonic()
    articles = messages(seed, parameters.articles)
    expected = await _expected(articles, folder / "articles.jsonl", report)
    broker, proxy = proxied_broker()
    await asyncio.to_thread(broker.start)
    try:
        await create_topics(broker.bootstrap_servers, parameters.partitions)
        async with proxy, Feed(broker.bootstrap_servers, articles, parameters.seconds) as feed:
            await _Run(parameters, folder, broker, proxy, feed, report, say).go(expected)
    finally:
        with contextlib.suppress(OSError):
            shutil.copy(broker.data_dir / "kafka.log", folder / "kafka.txt")
        await asyncio.to_thread(broker.stop)
    report.seconds = round(time.monotonic() - started, 1)
    report.logged = dict(noteworthy(folder).most_common())
    return report


async def _expected(articles: list[Message], file: Path, report: Report) -> Outcome:
    """What the offline reducer says of the articles, each of them once; what is no article must be dead-lettered."""
    values = [message.value for message in articles if message.good and not message.again and message.value]
    await asyncio.to_thread(file.write_bytes, b"\n".join(values))
    expected = await offline(file)
    expected.dead_letters = {message.key for message in articles if not message.good}
    report.pairs, report.days = len(expected.series), expected.days
    report.fired, report.resolved = expected.count("firing"), expected.count("resolved")
    if not report.fired or not report.resolved:
        report.violations.append("harness: no alert fires and is resolved, so the run shows little")
    return expected


class _Run:
    """The parts of one run and the order in which they happen."""

    def __init__(
        self,
        parameters: Parameters,
        folder: Path,
        broker: Broker,
        proxy: SlowProxy,
        feed: Feed,
        report: Report,
        say: Callable[[str], None],
    ) -> None:
        self._parameters = parameters
        self._folder = folder
        self._servers = broker.bootstrap_servers
        self._feed = feed
        self._report = report
        self._say = say
        self._progress = Progress(self._servers, feed)
        told = environment(proxy.address, parameters.session_timeout_s, parameters.settle_s)
        self._fleet = MonitorFleet(report.monitors, told, folder, report.seed, self._complain)
        self._mischief = MonitorMischief(
            self._fleet,
            broker,
            proxy,
            feed,
            parameters.session_timeout_s,
            parameters.slow_for_s,
            report.seed,
            self._say_when,
            self._complain,
        )

    @property
    def share(self) -> float:
        """Share of the work that is done, 0 to 1."""
        return self._progress.done / self._feed.total

    async def go(self, expected: Outcome) -> None:
        """Work and mischief, the wait for the rest, the end of all monitors, one that starts anew, the verdict."""
        following = asyncio.create_task(self._progress.follow())
        try:
            await self._go_with_all()
            await self._end_with_one(expected)
        finally:
            following.cancel()
            self._fleet.kill_all()
            self._report.mishaps = dict(self._mischief.done)
            self._report.replayed = self._feed.replayed

    async def _go_with_all(self) -> None:
        supervising = asyncio.create_task(self._fleet.supervise())
        try:
            if await self._until_mischief_is_over() and await self._until_settled():
                self._say_when("settled")
        finally:
            supervising.cancel()
            await asyncio.gather(supervising, return_exceptions=True)
            self._fleet.kill_all()
            self._report.lives = sum(monitor.lives for monitor in self._fleet.workers)

    async def _end_with_one(self, expected: Outcome) -> None:
        """A monitor that starts from Kafka alone: what it shows, and its end by SIGTERM."""
        last = self._fleet.new("last")
        self._fleet.workers = [last]
        last.start()
        self._say_when("all monitors killed; one starts anew")
        if not await self._until_ready():
            return
        self._say_when("ready")
        if not await self._until_settled() or (port := last.port()) is None:
            return
        found = await online(port, self._servers, self._parameters.partitions)
        await asyncio.to_thread((self._folder / "found.json").write_text, json.dumps(found.as_json()), "utf-8")
        last.terminate()
        if (status := await last.wait_ended(EXIT_WITHIN_S)) != 0:
            self._complain(f"{last.name} ended with {status} on SIGTERM: {last.log_file.name}")
        self._report.violations += judge(expected, found, LATE_PAIRS)

    async def _until_mischief_is_over(self) -> bool:
        """Feed, from before the first monitor is there, while things go wrong. False when the work stands still."""
        tasks = {
            asyncio.create_task(self._feed.send_all(self._may_send), name="feed"),
            asyncio.create_task(
                self._mischief.carry_out_all(plan(self._report.seed, self._parameters.mishaps), self), name="mischief"
            ),
        }
        try:
            while tasks:
                done, tasks = await asyncio.wait(tasks, timeout=1)
                for task in done:
                    await task
                if self._stalled():
                    return False
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return True

    async def _until_settled(self) -> bool:
        """Everything read to its end, every monitor ready, and for a while nothing new. False when that does not come."""
        progress = self._progress
        progress.changed_at = time.monotonic()
        still_s = self._parameters.settle_s + SETTLED_AFTER_S
        while progress.behind or progress.done < self._feed.total or progress.still_s < still_s:
            if self._stalled():
                return False
            await asyncio.sleep(0.5)
        return await self._until_ready()

    async def _until_ready(self) -> bool:
        deadline = time.monotonic() + READY_WITHIN_S
        while unready := await self._fleet.unready():
            if time.monotonic() > deadline:
                self._complain(f"not ready within {READY_WITHIN_S:.0f} s: {unready}")
                return False
            await asyncio.sleep(0.5)
        return True

    def _stalled(self) -> bool:
        if self._progress.still_s < STALLED_AFTER_S:
            return False
        self._complain(
            f"nothing moved for {STALLED_AFTER_S:.0f} s; {self._progress.done} of {self._feed.total} articles are "
            f"committed; behind between the monitors (committed, end): {self._progress.behind}"
        )
        return True

    def _may_send(self) -> bool:
        return self._feed.sent + self._feed.replayed - self._progress.done < self._parameters.ahead

    def _say_when(self, line: str) -> None:
        self._say(f"{self._progress.done:>6}  {line}")

    def _complain(self, violation: str) -> None:
        self._say_when(f"VIOLATION {violation}")
        self._report.violations.append(violation)

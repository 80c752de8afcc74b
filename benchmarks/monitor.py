"""The monitor end to end: articles a second through Faust, and how long it takes to be ready again with a large state.

    python -m benchmarks.monitor [--articles 20000] [--records 200000] [--cores 1]

The monitor runs pinned to ``--cores`` CPUs, the broker where the system puts it. The rate is taken from the first article read to
the last consequence confirmed by the broker; articles speak of two pairs each, so every one means two reports and two changelog
records.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any, Final

import aiohttp
import psutil
import typer
from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from benchmarks.enriched_stream import articles, reports
from service.broker import Broker
from service.monitor.faust_app import changelog_topic_name
from service.monitor.topics import ensure_monitor_topics
from service.monitor.wire import Clock, encode, pair_name, state_key
from service.settings import Settings, load_settings

GIVE_UP_S: Final = 300.0
RATE_BAR: Final = 800
"""Articles a second on one core."""
READY_BAR_S: Final = 30.0
"""Seconds from start to ready with 200,000 changelog records."""

console = Console()


class RunningMonitor:
    """A ``harbinger monitor`` on so many CPUs."""

    def __init__(self, servers: str, cores: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="harbinger-bench-")
        self._log = Path(self._folder.name) / "log"
        environment = {
            **os.environ,
            "HARBINGER_KAFKA__BOOTSTRAP_SERVERS": servers,
            "HARBINGER_HTTP__PORT": "0",
            "HARBINGER_MONITOR__DATA_DIR": self._folder.name,
            "HARBINGER_MONITOR__ADVERTISED_HOST": "127.0.0.1",
        }
        with self._log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "service", "monitor"], env=environment, stderr=log)
        psutil.Process(self.process.pid).cpu_affinity(sorted(psutil.Process().cpu_affinity())[:cores])
        self.started = time.monotonic()

    async def ready(self) -> float:
        """Seconds from the start until it is ready."""
        async with aiohttp.ClientSession() as session:
            while time.monotonic() - self.started < GIVE_UP_S:
                port = self._port()
                if port is not None:
                    async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                        if answer.status == 200:
                            return time.monotonic() - self.started
                if self.process.poll() is not None:
                    raise RuntimeError(self._log.read_text()[-2000:])
                await asyncio.sleep(0.1)
        raise TimeoutError(self._log.read_text()[-2000:])

    async def metrics(self) -> dict[str, float]:
        """Each metric, summed over its labels, and ``reports`` without those of clocks."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self._port()}/metrics") as answer,
        ):
            text = await answer.text()
        sums: dict[str, float] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
        return sums

    def memory(self) -> float:
        """Resident memory in MB."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 1e6

    def stop(self) -> None:
        """End it and remove its files."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self._folder.cleanup()

    def _port(self) -> int | None:
        for line in self._log.read_text().splitlines():
            if '"http_listening"' in line:
                return int(json.loads(line)["port"])
        return None


async def throughput(servers: str, count: int, cores: int) -> float:
    """Articles a second from topic to confirmed state."""
    await _produce(servers, "articles.enriched", [(key, value, None) for key, value in articles(count, seed=1)])
    monitor = RunningMonitor(servers, cores)
    try:
        await monitor.ready()
        began: float | None = None
        read_before = 0.0
        while time.monotonic() - monitor.started < GIVE_UP_S:
            now, seen = time.monotonic(), await monitor.metrics()
            read = seen["harbinger_monitor_articles_total"]
            if began is None and read:
                began, read_before = now, read
            kept = seen["harbinger_monitor_reports_total"]
            if began is not None and kept >= 2 * count and not seen["harbinger_monitor_under_way"]:
                return (count - read_before) / (now - began)
            await asyncio.sleep(0.2)
        raise TimeoutError(f"only {kept} reports after {GIVE_UP_S:.0f} s")
    finally:
        monitor.stop()


async def restart(settings: Settings, records: int, cores: int) -> tuple[float, float]:
    """Seconds to ready with a changelog of so many records, and memory then in MB."""
    topics = await ensure_monitor_topics(settings)
    by_key: dict[str, int] = {}
    lines: list[tuple[bytes | None, bytes, int | None]] = []
    for pair, key, value in reports(records, seed=2):
        partition = by_key.setdefault(pair_name(pair), len(by_key) % topics.pairs)
        lines.append((state_key("report", pair_name(pair), key), value, partition))
    clock = encode(Clock(0, None, True))
    lines += [(state_key("clock", "0"), clock, partition) for partition in range(topics.pairs)]
    await _produce(settings.kafka.bootstrap_servers, changelog_topic_name(settings), lines)
    monitor = RunningMonitor(settings.kafka.bootstrap_servers, cores)
    try:
        return await monitor.ready(), monitor.memory()
    finally:
        monitor.stop()


async def _produce(servers: str, topic: str, lines: list[tuple[Any, bytes, int | None]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers, linger_ms=20, max_batch_size=262_144)
    await producer.start()
    try:
        for key, value, partition in lines:
            await producer.send(topic, key=key, value=value, partition=partition)
        await producer.flush()
    finally:
        await producer.stop()


def main(
    count: Annotated[int, typer.Option("--articles", min=100)] = 20_000,
    records: Annotated[int, typer.Option(min=100)] = 200_000,
    cores: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """Measure both, each on a fresh broker."""
    with Broker() as broker:
        settings = _settings(broker.bootstrap_servers)
        asyncio.run(ensure_monitor_topics(settings))
        rate = asyncio.run(throughput(broker.bootstrap_servers, count, cores))
    console.print(f"end to end: {rate:,.0f} articles/s on {cores} core(s), two pairs each (bar {RATE_BAR})")
    with Broker() as broker:
        seconds, memory = asyncio.run(restart(_settings(broker.bootstrap_servers), records, cores))
    console.print(
        f"restart: ready {seconds:.1f} s after the start with {records:,} changelog records (bar {READY_BAR_S:.0f}), "
        f"{memory:.0f} MB resident"
    )
    raise typer.Exit(0 if rate >= RATE_BAR and seconds <= READY_BAR_S else 1)


def _settings(servers: str) -> Settings:
    return load_settings(environ={"HARBINGER_KAFKA__BOOTSTRAP_SERVERS": servers})


if __name__ == "__main__":
    typer.run(main)

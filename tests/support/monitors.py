"""Monitors as they are run: processes of their own, with topics and a group that no other test uses."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from prometheus_client.parser import text_string_to_metric_families

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
"""Value by name and sorted labels of a metric's sample."""


class MonitorProcess:
    """``harbinger monitor``, over several lives, each with an empty disk. An asynchronous context manager.

    Args:
        kafka: bootstrap servers.
        folder: for logs and the monitor's files.
        prefix: of topics, group and transactional ids.
        settings: environment variables over those that are set here.
    """

    def __init__(self, kafka: str, folder: Path, prefix: str, **settings: str) -> None:
        self.prefix = prefix
        self.lives = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._folder = folder
        self._environment = os.environ | {
            "HARBINGER_KAFKA__BOOTSTRAP_SERVERS": kafka,
            "HARBINGER_KAFKA__SESSION_TIMEOUT_MS": "6000",
            "HARBINGER_KAFKA__HEARTBEAT_INTERVAL_MS": "500",
            "HARBINGER_TOPICS__ARTICLES": self.topic("articles"),
            "HARBINGER_TOPICS__ENRICHED": self.topic("enriched"),
            "HARBINGER_TOPICS__DEAD_LETTERS": self.topic("dlq"),
            "HARBINGER_TOPICS__ALERTS": self.topic("alerts"),
            "HARBINGER_TOPICS__PARTITIONS": "2",
            "HARBINGER_MONITOR__GROUP_ID": prefix,
            "HARBINGER_MONITOR__ADVERTISED_HOST": "127.0.0.1",
            "HARBINGER_MONITOR__SETTLE_S": "1",
            "HARBINGER_MONITOR__EVALUATE_INTERVAL_MS": "200",
            "HARBINGER_HTTP__PORT": "0",
            **settings,
        }

    def topic(self, role: str) -> str:
        """One of the topics of the settings."""
        return f"{self.prefix}.{role}"

    def own_topic(self, name: str) -> str:
        """One of the topics that are the monitor's own: ``pairs``, ``state-changelog``, ``dlq``."""
        return f"{self.prefix}-{name}"

    @property
    def log(self) -> Path:
        """What the latest life wrote."""
        return self._folder / f"monitor.{self.lives}.log"

    def start(self) -> None:
        """Begin a new life."""
        self.lives += 1
        data_dir = self._folder / f"data-{self.lives}-{uuid.uuid4().hex[:6]}"
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).with_name("harbinger")), "monitor"],
                env=self._environment | {"HARBINGER_MONITOR__DATA_DIR": str(data_dir)},
                stdout=out,
                stderr=out,
            )

    async def until(self, holds: Callable[[], Awaitable[bool]], within_s: float = 45.0) -> None:
        """Wait while it lives.

        Raises:
            AssertionError: it ended, or the time was up; the text is its log.
        """
        deadline = time.monotonic() + within_s
        while not await holds():
            assert self._running.poll() is None, self._last_words(f"ended with {self._running.poll()}")
            assert time.monotonic() < deadline, self._last_words(f"not within {within_s:.0f} s")
            await asyncio.sleep(0.1)

    async def until_ready(self, within_s: float = 45.0) -> None:
        """Until ``/readyz`` says so."""

        async def ready() -> bool:
            with contextlib.suppress(OSError):
                return bool(await self.get("/readyz"))
            return False

        await self.until(ready, within_s)

    async def get(self, path: str) -> str:
        """Ask the HTTP server.

        Raises:
            OSError: it does not listen yet, or refuses.
        """
        ports = re.findall(r'"port": (\d+)', self.log.read_text())
        if not ports:
            raise OSError("not listening yet")
        return await asyncio.to_thread(_get, f"http://127.0.0.1:{ports[-1]}{path}")

    async def metrics(self) -> Samples:
        """All metrics as they are now."""
        families = text_string_to_metric_families(await self.get("/metrics"))
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families
            for sample in family.samples
        }

    async def metric(self, name: str, **labels: str) -> float | None:
        """One of them, or None."""
        return (await self.metrics()).get((name, tuple(sorted(labels.items()))))

    async def indexes(self) -> dict[str, float]:
        """The escalation index of each pair that is shown."""
        return {
            dict(labels)["pair"]: value
            for (name, labels), value in (await self.metrics()).items()
            if name == "harbinger_monitor_index"
        }

    async def end(self, number: signal.Signals = signal.SIGTERM, within_s: float = 10.0) -> int:
        """Signal it and give the exit status.

        Raises:
            TimeoutExpired: it did not end in time.
        """
        self._running.send_signal(number)
        return await asyncio.to_thread(self._running.wait, within_s)

    async def ended(self, within_s: float = 40.0) -> int:
        """Wait for its end and give the exit status.

        Raises:
            TimeoutExpired: it did not end in time.
        """
        return await asyncio.to_thread(self._running.wait, within_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None, "never started"
        return self.process

    def _last_words(self, what: str) -> str:
        return f"{what}:\n" + "\n".join(self.log.read_text().splitlines()[-40:])


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as response:
        return str(response.read().decode())

"""Workers as they are run: processes of their own, with topics and a group that no other test uses."""

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

ARTICLE = {
    "id": "w-1",
    "title": "Russia warns Ukraine",
    "body": "Russia warned Ukraine on Tuesday that it would answer any attack. 😀 Talks between Iran and Oman go on.",
    "published_at": "2024-11-19",
}


class RunningWorker:
    """One ``harbinger worker`` with topics and a consumer group of its own."""

    def __init__(self, kafka: str, folder: Path, **settings: str) -> None:
        self.prefix = f"worker-{uuid.uuid4().hex[:10]}"
        self.kafka = kafka
        self.log = folder / "worker.log"
        self.environment = os.environ | {
            "HARBINGER_KAFKA__BOOTSTRAP_SERVERS": kafka,
            "HARBINGER_KAFKA__GROUP_ID": self.prefix,
            "HARBINGER_KAFKA__SESSION_TIMEOUT_MS": "6000",
            "HARBINGER_TOPICS__ARTICLES": self.topic("articles"),
            "HARBINGER_TOPICS__ENRICHED": self.topic("enriched"),
            "HARBINGER_TOPICS__DEAD_LETTERS": self.topic("dlq"),
            "HARBINGER_TOPICS__PARTITIONS": "2",
            "HARBINGER_WORKER__PROCESSES": "1",
            "HARBINGER_HTTP__PORT": "0",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def topic(self, role: str) -> str:
        """One of the topics of the settings."""
        return f"{self.prefix}.{role}"

    def start(self) -> None:
        """Begin a new life."""
        command = [str(Path(sys.executable).with_name("harbinger")), "worker"]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(command, env=self.environment, stderr=out, stdout=out)

    async def until_ready(self) -> None:
        """Wait until the readiness probe answers 200."""
        deadline = time.monotonic() + 100
        while not await asyncio.to_thread(self._ready):
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            await asyncio.sleep(0.2)

    def _ready(self) -> bool:
        with contextlib.suppress(OSError):
            return bool(self.get("/readyz"))
        return False

    def get(self, path: str) -> str:
        """Ask the HTTP port that the log names."""
        ports = re.findall(r'"port": (\d+)', self.log.read_text())
        if not ports:
            raise OSError("not listening yet")
        with urllib.request.urlopen(f"http://127.0.0.1:{ports[-1]}{path}", timeout=5) as response:
            return str(response.read().decode())

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return await asyncio.to_thread(self.process.wait, 30)

    async def produce(self, *records: tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]) -> None:
        """Send articles (key, value, headers) in this order, each when the one before is there."""
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka, max_request_size=4_000_000)
        await producer.start()
        try:
            for key, value, headers in records:
                await producer.send_and_wait(self.topic("articles"), value, key=key, headers=headers)
        finally:
            await producer.stop()

    async def read(self, role: str, count: int, within_s: float = 40) -> list[Any]:
        """Committed records until there are ``count``, and whatever comes in the second after."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.kafka, isolation_level="read_committed", auto_offset_reset="earliest"
        )
        await consumer.start()
        consumer.assign([TopicPartition(self.topic(role), number) for number in range(2)])
        found: list[Any] = []
        deadline = time.monotonic() + within_s
        try:
            while len(found) < count and time.monotonic() < deadline:
                for records in (await consumer.getmany(timeout_ms=300)).values():
                    found += records
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                found += records
        finally:
            await consumer.stop()
        return found


@asynccontextmanager
async def running(kafka: str, folder: Path, **settings: str) -> AsyncIterator[RunningWorker]:
    """A worker that is ready, and killed in the end."""
    worker = RunningWorker(kafka, folder, **settings)
    worker.start()
    try:
        await worker.until_ready()
        yield worker
    finally:
        assert worker.process is not None
        worker.process.kill()
        worker.process.wait()


def encoded(**changes: Any) -> bytes:
    """The article as it is sent, with some of its fields changed."""
    return json.dumps(ARTICLE | changes).encode()

"""The worker as it is run: a process of its own, a real Kafka, and what a consumer downstream sees."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
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
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import TopicPartition

from service.messages.dead_letter import DeadLetter

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
        return f"{self.prefix}.{role}"

    def start(self) -> None:
        command = [str(Path(sys.executable).with_name("harbinger")), "worker"]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(command, env=self.environment, stderr=out, stdout=out)

    async def until_ready(self) -> None:
        deadline = time.monotonic() + 45
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
        assert self.process is not None
        self.process.send_signal(number)
        return await asyncio.to_thread(self.process.wait, 30)

    async def produce(self, *records: tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]) -> None:
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
    return json.dumps(ARTICLE | changes).encode()


async def test_an_article_comes_out_enriched_and_a_broken_one_as_a_dead_letter(kafka: str, tmp_path: Path) -> None:
    parent = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with running(kafka, tmp_path) as worker:
        await worker.produce(
            (b"w-1", encoded(), [("traceparent", parent), ("mine", b"\x00\xff")]),
            (None, encoded(id="w-2"), []),
            (b"bad", b"\xff{", [("mine", b"\x00\xff")]),
            (b"nothing", None, []),
        )
        enriched = await worker.read("enriched", 2)
        dead = await worker.read("dlq", 2)
        metrics = worker.get("/metrics")
        assert worker.get("/livez")
        assert await worker.end() == 0

    assert sorted(record.key for record in enriched) == [b"w-1", b"w-2"], "the key, or the id where there is none"
    first = next(record for record in enriched if record.key == b"w-1")
    document = json.loads(first.value)
    assert document["schema"] == "harbinger.enriched-article.v1"
    assert document["article"]["body"] == ARTICLE["body"]
    assert {actor["country"] for actor in document["actors"]} >= {"RUS", "UKR"}
    for entity in document["entities"]:
        assert document["article"][entity["field"]][entity["start"] : entity["end"]] == entity["text"]
    headers = dict(first.headers)
    assert headers["ce_id"] == b"w-1"
    assert headers["ce_type"] == b"harbinger.enriched-article.v1"
    assert headers["traceparent"] == parent
    position = document["provenance"]["input"]
    assert position["topic"] == worker.topic("articles")
    assert position["partition"] == first.partition

    letter = next(record for record in dead if record.key == b"bad")
    assert letter.value == b"\xff{"
    assert letter.headers[0] == ("mine", b"\x00\xff")
    reason = DeadLetter.from_headers(letter.headers)
    assert reason is not None
    assert (reason.topic, reason.stage, reason.consumer_group) == (worker.topic("articles"), "decode", worker.prefix)
    assert len(dead) == 2
    assert 'harbinger_articles_processed_total{outcome="enriched"} 2.0' in metrics
    assert 'harbinger_dead_letters_total{stage="decode"} 2.0' in metrics
    assert 'harbinger_lanes{state="open"} 2.0' in metrics


async def test_the_next_owner_goes_on_where_the_last_commit_was(kafka: str, tmp_path: Path) -> None:
    async with running(kafka, tmp_path) as worker:
        await worker.produce(*((b"%d" % number, encoded(id=str(number)), []) for number in range(20)))
        await worker.read("enriched", 20)
        assert await worker.end(signal.SIGKILL) == -signal.SIGKILL
        await worker.produce(*((b"%d" % number, encoded(id=str(number)), []) for number in range(20, 40)))
        worker.start()
        found = await worker.read("enriched", 40)
    assert sorted(int(record.key) for record in found) == list(range(40))


async def test_what_is_too_large_when_enriched_is_dead_lettered_and_its_neighbours_are_not(
    kafka: str, tmp_path: Path
) -> None:
    worker = RunningWorker(kafka, tmp_path)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    small = {"max.message.bytes": "20000", "compression.type": "uncompressed"}
    await admin.create_topics(
        [
            NewTopic(worker.topic("articles"), 2, 1),
            NewTopic(worker.topic("enriched"), 2, 1, topic_configs=small),
            NewTopic(worker.topic("dlq"), 1, 1),
        ]
    )
    await admin.close()
    worker.environment["HARBINGER_KAFKA__COMPRESSION"] = "none"
    worker.start()
    try:
        await worker.until_ready()
        large = encoded(id="large", body="Russia warned Ukraine. " + "z" * 30_000)
        await worker.produce((b"a", encoded(id="a"), []), (b"a", large, []), (b"a", encoded(id="a"), []))
        enriched = await worker.read("enriched", 2)
        dead = await worker.read("dlq", 1)
    finally:
        assert worker.process is not None
        worker.process.kill()
        worker.process.wait()
    assert [json.loads(record.value)["article"]["id"] for record in enriched] == ["a", "a"]
    reason = DeadLetter.from_headers(dead[0].headers)
    assert reason is not None
    assert reason.stage == "encode"
    assert [record.value for record in dead] == [large], "one partition of dead letters takes those of all"


async def test_missing_topics_are_named_when_they_may_not_be_made(kafka: str, tmp_path: Path) -> None:
    worker = RunningWorker(kafka, tmp_path, HARBINGER_TOPICS__CREATE="false")
    worker.start()
    assert worker.process is not None
    assert await asyncio.to_thread(worker.process.wait, 40) == 1
    last = worker.log.read_text().splitlines()[-1]
    assert last.startswith("harbinger: missing topics: ")
    assert all(worker.topic(role) in last for role in ("articles", "enriched", "dlq"))


async def test_it_waits_for_a_broker_that_is_away_and_ends_on_sigterm_meanwhile(tmp_path: Path) -> None:
    worker = RunningWorker("127.0.0.1:1", tmp_path)
    worker.start()
    deadline = time.monotonic() + 40
    while '"retrying"' not in worker.log.read_text():
        assert time.monotonic() < deadline, worker.log.read_text()
        await asyncio.sleep(0.2)
    assert await worker.end() == 0


async def test_a_port_that_is_taken_ends_it_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        worker = RunningWorker("127.0.0.1:1", tmp_path, HARBINGER_HTTP__HOST="127.0.0.1", HARBINGER_HTTP__PORT=port)
        worker.start()
        assert worker.process is not None
        assert await asyncio.to_thread(worker.process.wait, 40) == 1
    last = worker.log.read_text().splitlines()[-1]
    assert last.startswith(f"harbinger: http.host, http.port: cannot listen on 127.0.0.1:{port}: "), last
    assert "Traceback" not in worker.log.read_text()

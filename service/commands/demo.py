"""``harbinger demo``: a real Kafka, a real worker, the sample articles, and what comes out; then a crisis of the past, replayed.

The worker is no shortcut: it is the command that runs in production, in a process of its own, and the results
are read back from the topics as a downstream consumer would, committed records only.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from service.commands.backfill import rules_in_force
from service.commands.demo_crisis import crisis_dispatches, lines_of, show_crisis
from service.commands.kafka_errors import kafka_errors
from service.commands.render import console_for_any_text, read_enriched, render_article, safe
from service.errors import HarbingerError
from service.messages.dead_letter import DeadLetter
from service.paths import samples_dir
from service.settings import Settings
from service.worker.connection import client_options
from service.worker.record import Record
from service.worker.topics import WORKER_ROLES, admin_client, ensure_topics

SAMPLES_WITHIN_S = 120.0
"""Seconds for all samples to come out. Five are usual; loading the model takes most of them."""

DISPATCHES_WITHIN_S = 300.0
"""Seconds for all dispatches of the crisis to come out, on a slow machine."""

STOP_WITHIN_S = 30.0
"""Seconds for the worker to end on SIGTERM before it is killed."""

_QUOTE_LENGTH = 300
"""Code points of a dead letter's value that are shown."""

Position = tuple[int, int]
"""Partition and offset in the articles topic."""


class DemoError(HarbingerError):
    """The demo did not come to its end; the text says at which step."""


@dataclass(slots=True)
class Results:
    """What has come out, by the position of the article that it came of; ``repeated`` counts positions seen twice."""

    enriched: dict[Position, bytes] = field(default_factory=dict)
    dead: dict[Position, tuple[Record, DeadLetter]] = field(default_factory=dict)
    repeated: int = 0

    def __contains__(self, position: Position) -> bool:
        return position in self.enriched or position in self.dead

    def __len__(self) -> int:
        return len(self.enriched) + len(self.dead)

    def add(self, record: Record) -> None:
        """Take one record of an output topic."""
        letter = DeadLetter.from_headers(record.headers)
        if letter is not None:
            position = (letter.partition or 0, letter.offset or 0)
            self.repeated += position in self
            self.dead[position] = (record, letter)
            return
        value = record.value or b"{}"
        source = json.loads(value)["provenance"]["input"]
        position = (source["partition"], source["offset"])
        self.repeated += position in self
        self.enriched[position] = value


def run(settings: Settings) -> int:
    """Show it; 0 when every article came out exactly once.

    Raises:
        DemoError: the worker ended, or results did not come in time.
        BrokerError: the broker did not start.
        KafkaFailed: Kafka failed on the way.
        RulesError: the alert rules cannot be used.
    """
    rules = rules_in_force(settings)  # what is wrong with them is said before the work, not after it
    console = console_for_any_text()
    # topics that were made a moment ago have no leader yet, which aiokafka reports as an error and then mends
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    # SIGTERM leads to the same clean end as Ctrl-C, even where our parent ignores Ctrl-C (a shell's background job)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with (
        tempfile.TemporaryDirectory(prefix="harbinger-demo-") as folder,
        _kafka(settings, console) as connected,
        kafka_errors(connected.kafka.bootstrap_servers),
    ):
        status, dispatches = asyncio.run(_demo(connected, Path(folder) / "worker.log", console))
    show_crisis(rules, dispatches, console, partial(_say, console))
    return status


@contextlib.contextmanager
def _kafka(settings: Settings, console: Console) -> Iterator[Settings]:
    """Settings for a Kafka that is there: the one that ``KAFKA_BOOTSTRAP_SERVERS`` names, or one of our own.

    On somebody else's Kafka everything is named for this run alone, so that it meets nobody.
    """
    servers = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if servers:
        run = f"harbinger-demo-{uuid.uuid4().hex[:8]}"
        _say(console, f"Using the Kafka at {servers}; topics and group begin with {run}")
        topics: dict[str, str] = {role: f"{run}.{settings.topics.name(role)}" for role in WORKER_ROLES}
        try:
            yield settings.model_copy(
                update={
                    "kafka": settings.kafka.model_copy(update={"bootstrap_servers": servers, "group_id": run}),
                    "topics": settings.topics.model_copy(update=topics),
                }
            )
        finally:
            _say(console, "Deleting the topics of this run")
            with contextlib.suppress(KafkaError):  # nothing to delete where nothing answers
                asyncio.run(_delete(settings, servers, list(topics.values())))
        return
    from service.broker import Broker

    broker = Broker()
    _say(console, f"Starting Apache Kafka {broker.version} (the first time, it is fetched)")
    started = time.monotonic()
    try:
        broker.start()
        _say(console, f"Kafka is ready at {broker.bootstrap_servers} after {time.monotonic() - started:.1f} s")
        kafka = settings.kafka.model_copy(update={"bootstrap_servers": broker.bootstrap_servers})
        yield settings.model_copy(update={"kafka": kafka})
    finally:
        _say(console, "Stopping Kafka")
        broker.stop()


async def _delete(settings: Settings, servers: str, topics: list[str]) -> None:
    kafka = settings.kafka.model_copy(update={"bootstrap_servers": servers})
    async with admin_client(settings.model_copy(update={"kafka": kafka})) as admin:
        await admin.delete_topics(topics)


async def _demo(settings: Settings, log: Path, console: Console) -> tuple[int, list[bytes]]:
    """The samples and the dispatches through Kafka; the exit status, and the dispatches, enriched."""
    samples, dispatches = lines_of(samples_dir() / "articles.jsonl"), crisis_dispatches()
    report = await ensure_topics(settings, create=True)
    _say(console, "Topics: " + ", ".join(f"{topic.name} ({topic.partitions} partitions)" for topic in report.topics))
    async with _outputs(settings) as consumer:
        with _worker(settings, log, console) as worker:
            watcher = Watcher(consumer, worker, log)
            positions = await _send(settings, samples)
            _say(console, f"Sent {len(samples)} articles to {settings.topics.articles}; waiting for the model to load")
            sent = time.monotonic()
            async for position in watcher.wait_for(positions, SAMPLES_WITHIN_S):
                console.print(_rendered(watcher.results, position))
            loaded = time.monotonic() - sent
            positions = await _send(settings, dispatches)
            _say(console, f"Sent {len(dispatches)} dispatches of a crisis of the past; they are enriched, too")
            sent = time.monotonic()
            async for _ in watcher.wait_for(positions, DISPATCHES_WITHIN_S):
                pass
            seconds = time.monotonic() - sent
            _say(console, f"They came out in {seconds:.1f} s: {len(dispatches) / seconds:.0f} a second")
        results = watcher.results
        await _read_rest(consumer, results)
    expected = len(samples) + len(dispatches)
    console.print(_summary(expected, results, loaded))
    once = results.repeated == 0 and len(results) == expected
    _say(console, "Every article came out exactly once" if once else f"{results.repeated} came out more than once")
    return 0 if once else 1, [results.enriched[position] for position in positions if position in results.enriched]


@contextlib.contextmanager
def _worker(settings: Settings, log: Path, console: Console) -> Iterator["subprocess.Popen[bytes]"]:
    """``harbinger worker`` in a process of its own, ended by SIGTERM; its log goes to a file."""
    environment = {
        **os.environ,
        "HARBINGER_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "HARBINGER_KAFKA__GROUP_ID": settings.kafka.group_id,
        **{f"HARBINGER_TOPICS__{role.upper()}": settings.topics.name(role) for role in WORKER_ROLES},
        "HARBINGER_HTTP__HOST": "127.0.0.1",
        "HARBINGER_HTTP__PORT": "0",
    }
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", "worker"],
            env=environment,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us; the worker is told to end in its turn
        )
    _say(console, f"Started harbinger worker (process {process.pid})")
    try:
        yield process
    finally:
        _say(console, "Stopping the worker (SIGTERM)")
        process.terminate()
        try:
            status = process.wait(STOP_WITHIN_S)
            _say(console, f"The worker ended with exit status {status}")
        except BaseException:  # out of patience: ours, or that of who presses Ctrl-C again
            _say(console, "Killing the worker")
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise


@contextlib.asynccontextmanager
async def _outputs(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of enriched articles and dead letters, committed records only. The topics are new: from the beginning."""
    consumer = AIOKafkaConsumer(
        settings.topics.enriched,
        settings.topics.dead_letters,
        **client_options(settings.kafka),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def _send(settings: Settings, samples: list[bytes]) -> list[Position]:
    """Send the samples as they are; where each went, in order."""
    producer = AIOKafkaProducer(**client_options(settings.kafka), enable_idempotence=True)
    await producer.start()
    try:
        sent = [await producer.send(settings.topics.articles, line, key=_key(line)) for line in samples]
        return [(done.partition, done.offset) for done in await asyncio.gather(*sent)]
    finally:
        await producer.stop()


def _key(line: bytes) -> bytes | None:
    """The article's id, as the contract wants it; a sample that is meant to be broken may have none."""
    try:
        document = json.loads(line)
        return str(document.get("id") or document["uri"]).encode()
    except (ValueError, KeyError, AttributeError):
        return None


@dataclass(slots=True)
class Watcher:
    """Waits for results while the worker runs."""

    consumer: AIOKafkaConsumer
    worker: "subprocess.Popen[bytes]"
    log: Path
    results: Results = field(default_factory=Results)

    async def wait_for(self, positions: Iterable[Position], within_s: float) -> AsyncIterator[Position]:
        """Each position as soon as it and all before it have come out.

        Raises:
            DemoError: the worker ended, or time ran out.
        """
        deadline = time.monotonic() + within_s
        for position in positions:
            while position not in self.results:
                if self.worker.poll() is not None:
                    raise DemoError(
                        f"the worker ended with exit status {self.worker.returncode}; the end of its log:\n{_tail(self.log)}"
                    )
                if time.monotonic() > deadline:
                    raise DemoError(f"only {len(self.results)} came out; the worker's log:\n{_tail(self.log)}")
                await _take(self.consumer, self.results)
            yield position


async def _take(consumer: AIOKafkaConsumer, results: Results) -> None:
    for records in (await consumer.getmany(timeout_ms=250)).values():
        for record in records:
            results.add(record)


async def _read_rest(consumer: AIOKafkaConsumer, results: Results) -> None:
    """Read what else the worker may have written before it ended: there should be nothing."""
    partitions: list[TopicPartition] = sorted(consumer.assignment())
    ends = await consumer.end_offsets(partitions)
    for partition in partitions:
        while await consumer.position(partition) < ends[partition]:
            await _take(consumer, results)


def _rendered(results: Results, position: Position) -> RenderableType:
    if position in results.enriched:
        return render_article(read_enriched(results.enriched[position]))
    record, letter = results.dead[position]
    value = (record.value or b"").decode("utf-8", "replace")
    quote = value if len(value) <= _QUOTE_LENGTH else value[:_QUOTE_LENGTH] + "…"
    where = f"{letter.topic} partition {letter.partition} offset {letter.offset}"
    facts = Group(
        Text.assemble(("dead letter ", "bold red"), (safe(where), "dim")),
        Text.assemble(("stage      ", "dim"), safe(str(letter.stage))),
        Text.assemble(("exception  ", "dim"), safe(str(letter.exception))),
        Text.assemble(("reason     ", "dim"), safe(str(letter.message))),
        Text.assemble(("value      ", "dim"), (safe(quote), "italic")),
    )
    key = (record.key or b"(no key)").decode("utf-8", "replace")
    return Group(Rule(Text(safe(key), "bold"), align="left", style="red"), Padding(facts, (1, 0), expand=False))


def _summary(sent: int, results: Results, seconds: float) -> Table:
    table = Table(title="Summary", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row("articles in", str(sent))
    table.add_row("enriched", str(len(results.enriched)))
    table.add_row("dead letters", str(len(results.dead)))
    table.add_row("seconds until the model was loaded and the samples were out", f"{seconds:.1f}")
    return table


def _tail(log: Path, lines: int = 20) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-lines:])


def _say(console: Console, step: str) -> None:
    console.print(Text.assemble(("» ", "bold blue"), step), soft_wrap=True)

"""From Kafka to Kafka against the bare analysis, on as many processes, in one run.

    python -m benchmarks.throughput [--rounds 3] [--articles 400] [--processes 1 --processes 2]

Machines are noisy, so the two are measured in turn and the medians are compared: read the ratios, not the absolute
figures. The worker's rate is taken between the 10th and the 90th percentile of its output's timestamps, so that neither
its start nor its last, smaller batches count.
"""

import asyncio
import json
import os
import random
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition
from rich.console import Console
from rich.table import Table

os.environ.setdefault("OMP_NUM_THREADS", "1")  # as the worker sets it for its processes
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.bare import BareProcesses
from service.broker import Broker
from service.paths import samples_dir

PARTITIONS = 8
SENTENCES = (15, 30)
"""Sentences in an article: 300 to 600 words, as news has."""


def articles(count: int, seed: int) -> Iterator[bytes]:
    """Articles of realistic length, mixed from the sentences of the samples."""
    rng = random.Random(seed)
    samples = _samples()
    sentences = [
        f"{sentence.strip()}."
        for sample in samples
        for sentence in str(sample.get("body") or "").replace("\n", " ").split(". ")
        if len(sentence.split()) > 8
    ]
    for number in range(count):
        paragraphs = [
            " ".join(rng.choices(sentences, k=3)) for _ in range(rng.randint(SENTENCES[0] // 3, SENTENCES[1] // 3))
        ]
        yield json.dumps(
            {
                "id": f"bench-{seed}-{number}",
                "title": rng.choice(sentences)[:90],
                "body": "\n".join(paragraphs),
                "published_at": "2024-11-19T08:00:00Z",
            }
        ).encode()


def _samples() -> list[dict[str, Any]]:
    """The samples that are articles; the broken ones, and ninjs items, are left out."""
    documents = []
    for line in (samples_dir() / "articles.jsonl").read_text(encoding="utf-8").splitlines():
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if isinstance(document, dict) and isinstance(document.get("body"), str):
            documents.append(document)
    return documents


class RunningWorker:
    """One ``harbinger worker`` with ``processes`` analysis processes on a broker of its own."""

    def __init__(self, processes: int) -> None:
        self.broker = Broker().start()
        environment = os.environ | {
            "HARBINGER_KAFKA__BOOTSTRAP_SERVERS": self.broker.bootstrap_servers,
            "HARBINGER_WORKER__PROCESSES": str(processes),
            "HARBINGER_HTTP__PORT": "0",
            "HARBINGER_LOG__LEVEL": "error",
            "HARBINGER_TOPICS__PARTITIONS": str(PARTITIONS),
        }
        command = [str(Path(sys.executable).with_name("harbinger"))]
        subprocess.run([*command, "topics"], env=environment, check=True, stdout=subprocess.DEVNULL)
        self._worker = subprocess.Popen([*command, "worker"], env=environment)
        self.broker_cpu = psutil.Process(self.broker.pid)

    async def articles_per_second(self, values: list[bytes]) -> float:
        """Produce all of ``values``, read as many outputs, and say how fast they came between the 10th and 90th percentile."""
        bootstrap = self.broker.bootstrap_servers
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
        await consumer.start()
        consumer.assign([TopicPartition("articles.enriched", number) for number in range(PARTITIONS)])
        await consumer.seek_to_end()
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=20)
        await producer.start()
        try:
            for future in [await producer.send("articles", value) for value in values]:
                await future
            stamps: list[int] = []
            while len(stamps) < len(values):
                batches = await consumer.getmany(timeout_ms=1000)
                stamps += [record.timestamp for records in batches.values() for record in records]
        finally:
            await producer.stop()
            await consumer.stop()
        stamps.sort()
        first, last = len(stamps) // 10, len(stamps) * 9 // 10
        return (last - first) / ((stamps[last] - stamps[first]) / 1000)

    def stop(self) -> None:
        """End worker and broker."""
        self._worker.send_signal(signal.SIGTERM)
        self._worker.wait(60)
        self.broker.stop()


def measure(processes: int, count: int, rounds: int, console: Console) -> dict[str, float]:
    """Medians over ``rounds``, the bare analysis and the worker in turn."""
    bare, worker = BareProcesses(processes), RunningWorker(processes)
    figures: dict[str, list[float]] = {"bare": [], "kafka": [], "broker": []}
    try:
        warm = list(articles(20 * processes, seed=0))
        bare.articles_per_second(warm)
        asyncio.run(worker.articles_per_second(warm))
        for number in range(1, rounds + 1):
            values = list(articles(count * processes, seed=number))
            figures["bare"].append(bare.articles_per_second(values))
            before = sum(worker.broker_cpu.cpu_times()[:2])
            figures["kafka"].append(asyncio.run(worker.articles_per_second(values)))
            spent = sum(worker.broker_cpu.cpu_times()[:2]) - before
            figures["broker"].append(spent / (len(values) / figures["kafka"][-1]))
            console.print(
                f"{processes} process(es), round {number}: bare {figures['bare'][-1]:.1f}/s, "
                f"Kafka to Kafka {figures['kafka'][-1]:.1f}/s, ratio {figures['kafka'][-1] / figures['bare'][-1]:.2f}"
            )
    finally:
        bare.stop()
        worker.stop()
    result = {name: statistics.median(found) for name, found in figures.items()}
    result["ratio"] = statistics.median(k / b for k, b in zip(figures["kafka"], figures["bare"], strict=True))
    return result


def main(
    rounds: Annotated[int, typer.Option(help="Rounds of each measurement; the median counts.")] = 3,
    count: Annotated[int, typer.Option("--articles", help="Articles in a round, for each process.")] = 300,
    processes: Annotated[list[int] | None, typer.Option(help="Analysis processes; may be repeated.")] = None,
) -> None:
    """Measure throughput from Kafka to Kafka beside the bare analysis."""
    console = Console()
    counts = processes or [1, 2]
    results = {number: measure(number, count, rounds, console) for number in counts}
    table = Table("processes", "bare, articles/s", "Kafka to Kafka, articles/s", "ratio", "broker's CPU, cores")
    for number, found in results.items():
        cells = (f"{found['bare']:.1f}", f"{found['kafka']:.1f}", f"{found['ratio']:.2f}", f"{found['broker']:.2f}")
        table.add_row(str(number), *cells)
    console.print(table)
    if 1 in results and 2 in results:
        bare, kafka = (results[2][name] / results[1][name] for name in ("bare", "kafka"))
        console.print(f"two processes over one: {kafka:.2f} from Kafka to Kafka, {bare:.2f} bare")


if __name__ == "__main__":
    typer.run(main)

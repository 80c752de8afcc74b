"""``python -m tests.image.memory``: the memory of worker and monitor containers while samples go through them."""

import argparse
import asyncio
import json
import uuid
from pathlib import Path

from service.broker import Broker
from service.paths import samples_dir
from tests.image.build import image
from tests.image.container import Container
from tests.image.engine import find_engine
from tests.image.test_running import settings_of
from tests.support.kafka import consume, produce

BROKEN = 2
"""Samples that are broken on purpose."""
WITHIN_S = 600.0
"""For a round; most of them are done in a fraction of it."""


def peak_mib(container: Container) -> float:
    """The most that the container's control group has used, in MiB, page cache of its files included.

    Raises:
        FileNotFoundError: this kernel keeps no such figure.
    """
    groups = dict(
        line.split(":", 2)[1:] for line in Path(f"/proc/{container.state['Pid']}/cgroup").read_text().splitlines()
    )
    first = Path("/sys/fs/cgroup/memory", groups.get("memory", "").lstrip("/"), "memory.max_usage_in_bytes")
    second = Path("/sys/fs/cgroup", groups.get("", "").lstrip("/"), "memory.peak")
    return int((first if "memory" in groups else second).read_text()) / 2**20


async def measure(kafka: str, processes: int, rounds: int, copies: int) -> None:
    """Send the samples ``copies`` times a round, and print the peaks after each round."""
    prefix = f"memory-{uuid.uuid4().hex[:8]}"
    settings = settings_of(kafka, prefix) | {"HARBINGER_WORKER__PROCESSES": str(processes)}
    samples = (samples_dir() / "articles.jsonl").read_bytes().splitlines()
    engine, name = find_engine(), image()
    with (
        Container(engine, name, "worker", **settings) as worker,
        Container(engine, name, "monitor", **settings) as monitor,
    ):
        worker.start()
        monitor.start()
        await asyncio.gather(asyncio.to_thread(worker.until_ready), asyncio.to_thread(monitor.until_ready))
        for number in range(1, rounds + 1):
            await produce(kafka, f"{prefix}.articles", [(None, sample) for sample in samples] * copies)
            wanted = number * copies * (len(samples) - BROKEN)
            found = await consume(kafka, f"{prefix}.enriched", wanted, within=WITHIN_S)
            figures = {"processes": processes, "enriched": len(found)}
            figures |= {"worker_mib": round(peak_mib(worker)), "monitor_mib": round(peak_mib(monitor))}
            print(json.dumps(figures), flush=True)


def main() -> None:
    """Measure with a broker of its own."""
    parser = argparse.ArgumentParser(description="Memory of worker and monitor containers under the sample articles.")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2], help="analysis processes of the worker")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--copies", type=int, default=50, help="of the samples in a round")
    options = parser.parse_args()
    broker = Broker()
    broker.start()
    try:
        for processes in options.processes:
            asyncio.run(measure(broker.bootstrap_servers, processes, options.rounds, options.copies))
    finally:
        broker.stop()


if __name__ == "__main__":
    main()

"""What a reload of the knowledge costs: its time, its memory, and what the articles feel of it.

    python -m benchmarks.reload [--reloads 20] [--processes 1]

A real pool reads articles without a pause while an override is changed again and again, good and bad in turn. Memory is that of the
parent and of its analysis processes together, looked at when no process more than usual is there; the peak is looked for all the while.
Exit status 1 when it grew by more than the bound from the third reload to the last.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Final

import psutil
import typer

from benchmarks.throughput import articles
from service.knowledge.overrides import Overrides, read_overrides
from service.observability.metrics import Metrics
from service.paths import config_dir
from service.settings import Analysis
from service.worker.pool import Pool
from service.worker.process import Ready, Task, serve
from service.worker.reloading import KnowledgeReload

HEADER: Final = "id,name,aliases,country,sector,active_in\n"
LOOK_S: Final = 0.1
MAX_GROWTH_MB: Final = 20.0
"""From the third reload to the last. What a set holds lives in the processes, which are new each time: only noise may remain."""


def main(
    reloads: Annotated[
        int, typer.Option(help="Good sets that are loaded; as many bad ones are refused between them")
    ] = 20,
    processes: Annotated[int, typer.Option(help="Analysis processes")] = 1,
) -> None:
    """Change the knowledge again and again under load."""
    with tempfile.TemporaryDirectory() as folder:
        raise typer.Exit(asyncio.run(_measure(Path(folder), reloads, processes)))


async def _measure(folder: Path, reloads: int, processes: int) -> int:
    settings = Analysis(knowledge_overrides=folder, reload_interval_s=LOOK_S, other_languages="pass")
    _write(folder, 0)
    overrides = read_overrides(folder, None)
    loaded: asyncio.Queue[Ready] = asyncio.Queue()
    metrics = Metrics()

    def arguments(changed: Overrides) -> tuple[Path, Overrides]:
        return config_dir(), changed

    pool = Pool(processes, target=serve, arguments=arguments(overrides), time_limit_s=60)
    reload = KnowledgeReload(settings, pool, overrides, arguments, metrics, loaded.put_nowait)
    await pool.start()
    memory = _Memory()
    slowest = [0.0]
    work = [asyncio.create_task(each) for each in (reload.run(), memory.watch(), _read(pool, slowest))]
    took, sizes = [], []
    try:
        for number in range(1, reloads + 1):
            began = time.monotonic()
            _write(folder, number)
            await loaded.get()
            took.append(time.monotonic() - began)
            (folder / "groups.csv").write_text("nothing of the kind\n", "utf-8")
            while metrics.registry.get_sample_value("harbinger_knowledge_refused") != 1:  # noqa: ASYNC110  nothing tells of a refusal but the metric
                await asyncio.sleep(0.02)
            sizes.append(memory.now())
            print(f"reload {number}: {took[-1]:.1f} s, then {sizes[-1]:.0f} MB", file=sys.stderr)
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        await pool.stop()
    growth = sizes[-1] - sizes[min(2, len(sizes) - 1)]
    print(f"reloads: {reloads} loaded, {reloads} refused, {processes} analysis processes")
    print(
        f"time from the change to the last process: median {statistics.median(took):.1f} s, longest {max(took):.1f} s"
    )
    print(f"memory: {sizes[0]:.0f} MB after the first, {sizes[-1]:.0f} MB after the last, peak {memory.peak:.0f} MB")
    print(f"growth from the third to the last: {growth:+.1f} MB (bound {MAX_GROWTH_MB:.0f})")
    print(f"slowest article: {slowest[0]:.2f} s")
    return int(growth > MAX_GROWTH_MB)


def _write(folder: Path, number: int) -> None:
    (folder / "groups.csv").write_text(f"{HEADER}grp:bench,Benchmark Brigade {number},,MLI,REB,MLI\n", "utf-8")


async def _read(pool: Pool, slowest: list[float]) -> None:
    """Articles without a pause, as many at a time as there are processes."""
    values = list(articles(50, seed=1))

    async def one(start: int) -> None:
        number = start
        while True:
            began = time.monotonic()
            await pool.submit(Task("", 0, number, values[number % len(values)])).future
            slowest[0] = max(slowest[0], time.monotonic() - began)
            number += 1

    await asyncio.gather(*(one(start) for start in range(pool.processes)))


class _Memory:
    """Unique set size (what would be free if the processes ended) of this process and its children, in MB."""

    def __init__(self) -> None:
        self.peak = 0.0

    def now(self) -> float:
        """All together; a child that ends meanwhile counts as nothing."""
        this = psutil.Process()
        total = 0.0
        for process in (this, *this.children()):
            try:
                total += process.memory_full_info().uss / 1e6
            except psutil.Error:
                continue
        return total

    async def watch(self) -> None:
        """Keep the peak up to date."""
        while True:
            self.peak = max(self.peak, await asyncio.to_thread(self.now))
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    typer.run(main)

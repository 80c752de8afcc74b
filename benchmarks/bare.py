"""The bare analysis on several processes, without Kafka and without a pool: the upper bound of a worker's throughput."""

import multiprocessing
import time
from multiprocessing.connection import Connection
from pathlib import Path

from service.paths import config_dir


class BareProcesses:
    """Processes that have the analysis loaded and wait for articles. They run what a worker's own children run."""

    def __init__(self, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, config_dir()), daemon=True)
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)
        for pipe in self._pipes:
            pipe.recv()

    def articles_per_second(self, values: list[bytes]) -> float:
        """Enrich all of ``values``, each process an equal share of them, and say how fast it went."""
        for pipe, index in zip(self._pipes, range(len(self._pipes)), strict=True):
            pipe.send(values[index :: len(self._pipes)])
        for pipe in self._pipes:
            pipe.recv()  # it has its share and waits
        started = time.perf_counter()
        for pipe in self._pipes:
            pipe.send(None)
        for pipe in self._pipes:
            pipe.recv()
        return len(values) / (time.perf_counter() - started)

    def stop(self) -> None:
        """End the processes."""
        for process in self._processes:
            process.kill()
            process.join()


def _serve(pipe: Connection, config: Path) -> None:
    from service.analysis.pipeline import Analysis
    from service.worker.process import Task, enrich

    analysis = Analysis.load(config)
    pipe.send(None)
    while True:
        values = pipe.recv()
        pipe.send(None)
        pipe.recv()
        for offset, value in enumerate(values):
            enrich(analysis, Task("articles", 0, offset, value))
        pipe.send(None)

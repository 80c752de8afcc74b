"""What the start costs: CPU time and memory of the modules, of all knowledge, and of the whole analysis with its model.

    python -m benchmarks.startup

CPU time is this process's own, so that whatever else the machine does makes no difference.
"""

import os
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import psutil
from rich.console import Console
from rich.table import Table


def _modules() -> object:
    import service.analysis.pipeline as pipeline

    return pipeline


def _knowledge() -> object:
    from service.knowledge import Knowledge
    from service.paths import config_dir

    return Knowledge.load(config_dir() / "knowledge")


def _analysis() -> object:
    from service.analysis.pipeline import Analysis
    from service.paths import config_dir

    return Analysis.load(config_dir())


STEPS: tuple[tuple[str, Callable[[], object]], ...] = (
    ("the modules", _modules),
    ("all knowledge", _knowledge),
    ("the whole analysis, with the knowledge once more", _analysis),
)


def measured() -> Iterator[tuple[str, float, float]]:
    """Each step with its CPU seconds and the megabytes (10^6) by which the process grew; what it made is kept meanwhile."""
    process, kept = psutil.Process(), []
    for name, step in STEPS:
        memory, began = process.memory_info().rss, time.process_time()
        kept.append(step())
        yield name, time.process_time() - began, (process.memory_info().rss - memory) / 1e6


def main() -> None:
    """Print a row a step."""
    table = Table("step", "CPU seconds", "MB", title="Start")
    for name, seconds, megabytes in measured():
        table.add_row(name, f"{seconds:.2f}", f"{megabytes:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()

"""How much memory the analysis takes: the largest resident set of ``harbinger enrich``, which analyses in one process.

    python -m benchmarks.memory [--articles 200] [--longest 1000000]

What the chart gives a worker (``worker.memory`` in helm/harbinger/values.yaml) stands on these figures. The longest article takes minutes.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.throughput import articles

LONGEST = 1_000_000
"""Code points: the most that a body may have."""


def peak_mib(lines: Iterable[bytes]) -> float:
    """The largest resident set, in MiB, of a process that reads and enriches these articles."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "articles.jsonl"
        file.write_bytes(b"\n".join(lines))
        command = [sys.executable, "-m", "service", "enrich", str(file)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"harbinger enrich ended with {process.returncode}")
    return usage.ru_maxrss / 1024


def long_article(length: int) -> bytes:
    """One article whose body has so many characters, of ordinary sentences."""
    body = ""
    for line in articles(length, seed=2):
        body += json.loads(line)["body"] + "\n"
        if len(body) >= length:
            break
    return json.dumps(
        {"id": "long", "title": "Long", "body": body[:length], "published_at": "2024-11-19T08:00:00Z"}
    ).encode()


def main(
    count: Annotated[int, typer.Option("--articles", min=1, help="Articles of 300 to 600 words.")] = 200,
    longest: Annotated[int, typer.Option(min=1, max=LONGEST, help="Characters of the long article.")] = LONGEST,
) -> None:
    """Measure the memory of one analysis process."""
    table = Table("articles", "largest resident set, MiB")
    table.add_row(f"{count} of 300 to 600 words", f"{peak_mib(articles(count, seed=1)):.0f}")
    table.add_row(f"1 of {longest:,} characters", f"{peak_mib([long_article(longest)]):.0f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)

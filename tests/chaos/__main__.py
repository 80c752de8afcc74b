"""``python -m tests.chaos``: several seeds, one after the other; exit status 1 on any violation."""

import asyncio
import dataclasses
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.chaos.ledger import Verdict
from tests.chaos.plan import Plan
from tests.chaos.run import run


def main(
    seeds: Annotated[int, typer.Option(help="How many runs, with seeds from --first-seed on.")] = 3,
    first_seed: int = 1,
    articles: int = Plan.articles,
    workers: int = Plan.workers,
    partitions: int = Plan.partitions,
    kills: Annotated[int, typer.Option(help="SIGKILL of a worker's process group.")] = Plan.kills,
    stops: Annotated[int, typer.Option(help="SIGSTOP of it, beyond the session timeout.")] = Plan.stops,
    brokers: Annotated[int, typer.Option(help="SIGKILL and restart of the broker.")] = Plan.brokers,
    logs: Annotated[Path | None, typer.Option(help="Where the workers' logs go.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the verdicts here as JSON.")] = None,
) -> None:
    """Kill, stop and rebalance real workers on a real broker, and count what comes out."""
    console = Console()
    folder = logs or Path(tempfile.mkdtemp(prefix="harbinger-chaos-"))
    verdicts: dict[int, Verdict] = {}
    for seed in range(first_seed, first_seed + seeds):
        started = time.monotonic()
        console.rule(f"seed {seed}")
        plan = Plan(seed, articles, workers, partitions, kills=kills, stops=stops, brokers=brokers)
        verdicts[seed] = asyncio.run(
            run(plan, folder / str(seed), lambda line: console.print(f"{time.monotonic() - started:6.1f} s  {line}"))  # noqa: B023
        )
        for kind, found in verdicts[seed].violations().items():
            console.print(f"[red]{kind}[/]: {len(found)}: {', '.join(found[:10])}")
        console.print(f"seed {seed} took {time.monotonic() - started:.0f} s")
    console.print(_table(verdicts))
    if report is not None:
        report.write_text(
            json.dumps({seed: dataclasses.asdict(verdict) for seed, verdict in verdicts.items()}, indent=1)
        )
    if any(verdict.violations() for verdict in verdicts.values()):
        console.print(f"the workers' logs are in {folder}")
        sys.exit(1)


def _table(verdicts: dict[int, Verdict]) -> Table:
    kinds = ("lost", "doubled", "wrong_fate", "out_of_order", "behind", "bad_ends", "not_ready")
    table = Table("seed", "in", "enriched", "dead-lettered", *kinds)
    for seed, verdict in verdicts.items():
        counts = (verdict.inputs, verdict.enriched, verdict.dead_lettered)
        table.add_row(str(seed), *map(str, counts), *(str(len(getattr(verdict, kind))) for kind in kinds))
    return table


if __name__ == "__main__":
    typer.run(main)

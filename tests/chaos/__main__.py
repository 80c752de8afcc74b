"""``python -m tests.chaos``: several seeds, one after the other; exit status 1 on any violation."""

import asyncio
import json
import logging
import shutil
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.chaos.mishaps import Kind
from tests.chaos.run import Parameters, Report, run

console = Console(stderr=True)


def main(
    seeds: Annotated[int, typer.Option(help="How many runs, each with another seed")] = 3,
    first_seed: Annotated[int, typer.Option(help="The first seed; a run is told again by its seed")] = 1,
    articles: Annotated[int, typer.Option(help="Messages fed in each run")] = 20_000,
    workers: int = 3,
    partitions: int = 8,
    kills: Annotated[int, typer.Option(help="SIGKILL of a worker's process group")] = 10,
    stops: Annotated[int, typer.Option(help="SIGSTOP and SIGCONT, longer than the session timeout")] = 5,
    broker_kills: Annotated[int, typer.Option(help="SIGKILL and restart of the broker")] = 1,
    rebalances: Annotated[int, typer.Option(help="One more worker joins and leaves by SIGTERM")] = 2,
    terms: Annotated[int, typer.Option(help="SIGTERM of a worker, which is started again")] = 2,
    child_kills: Annotated[int, typer.Option(help="SIGKILL of one analysis process")] = 3,
    session_timeout: Annotated[float, typer.Option(help="Seconds")] = 6.0,
    logs: Annotated[Path, typer.Option(help="Where logs go; kept after a violation")] = Path("build/chaos"),
    keep_logs: Annotated[bool, typer.Option(help="Keep them in any case")] = False,
    json_report: Annotated[Path | None, typer.Option(help="Write the reports there as JSON")] = None,
) -> None:
    """Kill, stop and restart workers and broker while articles flow; every article must come out exactly once."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # the harness's own clients meet a dead broker, as planned
    mishaps: dict[Kind, int] = {
        "kill": kills,
        "stop": stops,
        "broker": broker_kills,
        "rebalance": rebalances,
        "term": terms,
        "child": child_kills,
    }
    parameters = Parameters(articles, workers, partitions, session_timeout, mishaps=mishaps)
    reports = []
    for seed in range(first_seed, first_seed + seeds):
        reports.append(_one(parameters, seed, logs, keep_logs))
        if json_report is not None:
            json_report.write_text(json.dumps([report.as_json() for report in reports], indent=2), encoding="utf-8")
    _print(reports)
    sys.exit(any(report.violations for report in reports))


def _one(parameters: Parameters, seed: int, logs: Path, keep: bool) -> Report:
    folder = logs / f"{time.strftime('%Y%m%d-%H%M%S')}-seed{seed}"
    columns = (TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bars = [progress.add_task(f"seed {seed} {name}", total=parameters.articles) for name in ("fed", "done")]
        started = time.monotonic()

        def say(line: str) -> None:
            progress.console.print(f"{time.monotonic() - started:6.1f} s {line}", highlight=False, markup=False)

        def show(fed: int, done: int) -> None:
            for bar, count in zip(bars, (fed, done), strict=True):
                progress.update(bar, completed=count)

        report = asyncio.run(run(parameters, seed, folder, say=say, show=show))
    if report.violations or keep:
        report.folder = str(folder)
        console.print(f"logs: {folder}")
    else:
        shutil.rmtree(folder)
    return report


def _print(reports: list[Report]) -> None:
    table = Table("seed", "enriched", "dead letters", "mishaps", "worker lives", "seconds", "verdict")
    for report in reports:
        mishaps = ", ".join(f"{count} {kind}" for kind, count in sorted(report.mishaps.items()))
        verdict = f"[red]{len(report.violations)} violations" if report.violations else "[green]exactly once"
        counts = (report.seed, report.enriched, report.dead_letters, mishaps, report.worker_lives, report.seconds)
        table.add_row(*(str(count) for count in counts), verdict)
    output = Console()
    output.print(table)
    for report in reports:
        for violation in report.violations:
            output.print(f"seed {report.seed}: {violation}", highlight=False, markup=False)
        output.print(f"seed {report.seed}: workers logged {report.logged}", highlight=False, markup=False)


if __name__ == "__main__":
    typer.run(main)

"""``python -m tests.chaos.monitor``: several seeds, one after the other; exit status 1 on any violation."""

import asyncio
import json
import logging
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.chaos.monitor.mishaps import Kind
from tests.chaos.monitor.run import Parameters, Report, run

console = Console(stderr=True)


def main(
    seeds: Annotated[int, typer.Option(help="How many runs, each with another seed")] = 3,
    first_seed: Annotated[int, typer.Option(help="The first seed; a run is told again by its seed")] = 1,
    articles: Annotated[int, typer.Option(help="Enriched articles fed in each run")] = 6_000,
    seconds: Annotated[float, typer.Option(help="Time over which they are fed")] = 150.0,
    monitors: Annotated[int | None, typer.Option(help="By default one to three, by the seed")] = None,
    partitions: int = 4,
    kills: Annotated[int, typer.Option(help="SIGKILL of a monitor, which loses its disk, too")] = 4,
    stops: Annotated[int, typer.Option(help="SIGSTOP and SIGCONT, longer than the session timeout")] = 1,
    rebalances: Annotated[int, typer.Option(help="One more monitor joins and leaves by SIGTERM")] = 1,
    terms: Annotated[int, typer.Option(help="SIGTERM of a monitor, which is started again")] = 1,
    slow: Annotated[
        int, typer.Option(help="The broker takes 500 ms a request for a while, and a monitor is killed")
    ] = 1,
    replays: Annotated[int, typer.Option(help="A stretch of the articles comes once more")] = 2,
    broker_kills: Annotated[int, typer.Option(help="SIGKILL and restart of the broker")] = 0,
    session_timeout: Annotated[float, typer.Option(help="Seconds")] = 6.0,
    logs: Annotated[Path, typer.Option(help="Where logs go; kept after a violation")] = Path("build/chaos-monitor"),
    keep_logs: Annotated[bool, typer.Option(help="Keep them in any case")] = False,
    json_report: Annotated[Path | None, typer.Option(help="Write the reports there as JSON")] = None,
) -> None:
    """Hurt the monitors while articles flow; in the end they must say what the offline reducer says."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # the harness's own clients meet a dead broker, as planned
    mishaps: dict[Kind, int] = {
        "kill": kills,
        "stop": stops,
        "rebalance": rebalances,
        "term": terms,
        "slow": slow,
        "replay": replays,
        "broker": broker_kills,
    }
    parameters = Parameters(articles, seconds, monitors, partitions, session_timeout, mishaps=mishaps)
    reports = []
    for seed in range(first_seed, first_seed + seeds):
        reports.append(_one(parameters, seed, logs, keep_logs))
        if json_report is not None:
            json_report.write_text(json.dumps([report.as_json() for report in reports], indent=2), encoding="utf-8")
    _print(reports)
    sys.exit(any(report.violations for report in reports))


def _one(parameters: Parameters, seed: int, logs: Path, keep: bool) -> Report:
    folder = logs / f"{time.strftime('%Y%m%d-%H%M%S')}-seed{seed}"
    started = time.monotonic()

    def say(line: str) -> None:
        console.print(f"seed {seed} {time.monotonic() - started:6.1f} s {line}", highlight=False, markup=False)

    report = asyncio.run(run(parameters, seed, folder, say=say))
    if not report.violations and not keep:
        shutil.rmtree(folder)
        return report
    console.print(f"logs: {folder}")
    return replace(report, folder=str(folder))


def _print(reports: list[Report]) -> None:
    names = (
        "seed",
        "monitors",
        "lives",
        "articles",
        "replayed",
        "pairs",
        "days",
        "alerts",
        "mishaps",
        "seconds",
        "verdict",
    )
    table = Table(*names)
    for report in reports:
        mishaps = ", ".join(f"{count} {kind}" for kind, count in sorted(report.mishaps.items()))
        alerts = f"{report.fired} fired, {report.resolved} resolved"
        verdict = f"[red]{len(report.violations)} violations" if report.violations else "[green]as offline"
        counts = (
            report.seed,
            report.monitors,
            report.lives,
            report.articles,
            report.replayed,
            report.pairs,
            report.days,
        )
        table.add_row(*map(str, counts), alerts, mishaps, str(report.seconds), verdict)
    output = Console()
    output.print(table)
    for report in reports:
        for violation in report.violations:
            output.print(f"seed {report.seed}: {violation}", highlight=False, markup=False)
        output.print(f"seed {report.seed}: monitors logged {report.logged}", highlight=False, markup=False)


if __name__ == "__main__":
    typer.run(main)

"""``harbinger redrive``: move dead letters back, and tell what was moved and what was not."""

import asyncio
import sys
from collections.abc import Sequence
from typing import ClassVar, get_args

from pydantic_core import PydanticCustomError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.commands.kafka_errors import kafka_errors
from service.commands.render import safe
from service.errors import HarbingerError
from service.messages.article import parse_rfc3339
from service.messages.errors import Stage
from service.settings import Settings
from service.worker.redrive import redrive
from service.worker.selection import RedriveReport, Selection


class SelectionError(HarbingerError):
    """A filter that selects nothing that could exist."""

    exit_status: ClassVar[int] = 2


def select(
    stages: Sequence[str], exception: str | None, since: str | None, until: str | None, ids: Sequence[str]
) -> Selection:
    """The filter as typed.

    Raises:
        SelectionError: an unknown stage, or a time that is not by RFC 3339.
    """
    for stage in stages:
        if stage not in get_args(Stage):
            raise SelectionError(f"--stage {stage}: must be one of {', '.join(get_args(Stage))}")
    return Selection(frozenset(stages), exception, _milliseconds("since", since), _milliseconds("until", until), ids)


def run(
    settings: Settings, selection: Selection, *, dry_run: bool, limit: int | None, console: Console | None = None
) -> int:
    """Redrive; 0, or 1 when another redrive took a partition over or letters could not be moved.

    Raises:
        FatalError: the dead letter topic is missing, or cannot be read.
        KafkaFailed: the brokers cannot be reached or deny access. What was moved until then stays moved.
    """
    with kafka_errors(settings.kafka.bootstrap_servers):
        report = asyncio.run(redrive(settings, selection, dry_run=dry_run, limit=limit))
    console = console or Console()
    if report.counts:
        console.print(report_table(report, dry_run))
    moved = report.total("moved")
    console.print(f"{moved} {'would be moved' if dry_run else 'moved'}, {report.total('already moved')} moved before")
    warnings = []
    if report.unknown:
        warnings.append(f"{report.unknown} records without dead letter headers were left alone")
    if stuck := report.total("cannot be moved"):
        warnings.append(f"{stuck} cannot be moved: their original topic or partition does not exist")
    if report.fenced:
        partitions = ", ".join(map(str, report.fenced))
        warnings.append(f"another redrive took over {settings.topics.dead_letters} partition {partitions}")
    for warning in warnings:
        print(f"harbinger: warning: {warning}", file=sys.stderr)
    return 1 if stuck or report.fenced else 0


def report_table(report: RedriveReport, dry_run: bool) -> Table:
    """Counts by stage and exception."""
    table = Table("stage")
    table.add_column("exception", overflow="fold")
    for heading in ("would move" if dry_run else "moved", "moved before", "cannot move"):
        table.add_column(heading, justify="right")
    for stage, exception in sorted({(stage, exception) for stage, exception, _ in report.counts}):
        counts = (report.counts[(stage, exception, "moved")], report.counts[(stage, exception, "already moved")])
        stuck = report.counts[(stage, exception, "cannot be moved")]
        table.add_row(Text(safe(stage)), Text(safe(exception)), *map(str, (*counts, stuck)))
    return table


def _milliseconds(option: str, moment: str | None) -> int | None:
    """A date (midnight UTC) or date-time by RFC 3339 in milliseconds since 1970."""
    if moment is None:
        return None
    try:
        return round(parse_rfc3339(moment).timestamp() * 1000)
    except PydanticCustomError as error:
        raise SelectionError(f"--{option} {moment}: {error}") from None

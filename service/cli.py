"""The command line. Every command is thin and imports what it needs when it runs, so that ``--help`` is quick.

Exit status: 0 done; 1 it failed, or some input was invalid; 2 wrong usage or configuration; 130 interrupted.
"""

import os
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service import __version__
from service.errors import HarbingerError

if TYPE_CHECKING:
    from service.settings import Loaded

app = typer.Typer(
    name="harbinger",
    help="News articles in; entities, actors, events and escalation signals out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # it shows local variables, and those hold passwords
)


class SchemaName(StrEnum):
    """The messages that have a JSON Schema."""

    ARTICLE = "article"
    ENRICHED = "enriched"
    ALERT = "alert"


def main() -> None:
    """Entry point: errors with a name become one line on standard error and an exit status, not a traceback."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")  # before numpy is imported: parallelism is that of processes
    _add_broker()
    try:
        app(prog_name="harbinger")
    except HarbingerError as error:
        print(f"harbinger: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        sys.exit(130)


def _add_broker() -> None:
    """The commands of the development broker come as an application of their own; importing it is cheap."""
    from service.broker.commands import app as broker

    app.add_typer(broker, name="broker", help="Start, stop and look at an Apache Kafka for development.")


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(envvar="HARBINGER_CONFIG", help="YAML file of settings, laid over the defaults.", metavar="FILE"),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it and end.")
    ] = False,
) -> None:
    context.obj = config


def _load(context: typer.Context) -> "Loaded":
    """The settings in force, with the log switched on as they say."""
    from service.observability.logs import configure_logs
    from service.settings import load

    loaded = load(context.obj)
    configure_logs(loaded.settings.log.format, loaded.settings.log.level)
    return loaded


@app.command()
def worker(context: typer.Context) -> None:
    """Enrich articles from Kafka to Kafka, exactly once, until SIGTERM."""
    from service.commands.worker import run

    raise typer.Exit(run(_load(context).settings))


@app.command()
def monitor(context: typer.Context) -> None:
    """Watch country pairs in the enriched articles and raise alerts, until SIGTERM."""
    from service.commands.monitor import run

    raise typer.Exit(run(_load(context).settings))


@app.command()
def enrich(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="JSONL, one article a line; - is standard input.")] = "-",
    text: Annotated[bool, typer.Option("--text", help="The file is the plain text of one article.")] = False,
    published_at: Annotated[
        str | None, typer.Option(help="With --text: its date or date-time, by RFC 3339.", metavar="DATE")
    ] = None,
    title: Annotated[str | None, typer.Option(help="With --text: its title.")] = None,
    article_id: Annotated[
        str | None, typer.Option("--id", help="With --text: its id, else the SHA-256 sum of the text.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="With --text: who published it.")] = None,
    pretty: Annotated[bool, typer.Option("--pretty", help="Write for people instead of JSONL.")] = False,
    processes: Annotated[int, typer.Option(min=1, max=1024, help="Analysis processes.", metavar="N")] = 1,
) -> None:
    """Enrich articles without Kafka: JSONL in, JSONL out, in the same order. Invalid lines go to standard error."""
    from service.commands.enrich import TextArticle, run

    if text and published_at is not None:
        about = TextArticle(published_at, title or "", article_id, source)
    elif text or any(option is not None for option in (published_at, title, article_id, source)):
        raise typer.BadParameter("--text and --published-at go together; --title, --id and --source need them")
    else:
        about = None
    raise typer.Exit(run(_load(context).settings, file, about, pretty=pretty, processes=processes))


@app.command()
def backfill(
    context: typer.Context,
    files: Annotated[
        list[str],
        typer.Option(
            "--from", help="JSONL, enriched or plain articles; - is standard input; may be repeated.", metavar="FILE"
        ),
    ],
    rules: Annotated[
        Path | None, typer.Option(help="Index and alert rules, else those in force.", metavar="FILE")
    ] = None,
    pair: Annotated[
        list[str] | None, typer.Option(help="Show only this pair, as CUB-USA; may be repeated.", metavar="PAIR")
    ] = None,
    from_date: Annotated[
        datetime | None, typer.Option(help="Show nothing before this day.", formats=["%Y-%m-%d"], metavar="DATE")
    ] = None,
    to_date: Annotated[
        datetime | None, typer.Option(help="Show nothing after this day.", formats=["%Y-%m-%d"], metavar="DATE")
    ] = None,
    processes: Annotated[
        int, typer.Option(min=1, max=1024, help="Analysis processes, for plain articles.", metavar="N")
    ] = 1,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the index as well: PNG, SVG or HTML, by the suffix.", metavar="FILE")
    ] = None,
    annotations: Annotated[
        Path | None, typer.Option(help="With --plot: YAML with turning points to mark.", metavar="FILE")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Write no JSONL.")] = False,
) -> None:
    """Replay the escalation index and its alerts from files, without Kafka: JSONL in, a line a pair and day out."""
    from service.commands.backfill import PlotOrder, Selection, run
    from service.commands.pairs import parse_pair

    if annotations and not plot:
        raise typer.BadParameter("--annotations needs --plot")
    if from_date and to_date and from_date > to_date:
        raise typer.BadParameter(f"--from-date {from_date:%F} is after --to-date {to_date:%F}: no day is left")
    selection = Selection(
        frozenset(map(parse_pair, pair or [])),
        from_date.date() if from_date else None,
        to_date.date() if to_date else None,
    )
    order = PlotOrder(plot, annotations) if plot else None
    settings = _load(context).settings
    raise typer.Exit(run(settings, files, selection, rules_file=rules, processes=processes, plot=order, quiet=quiet))


@app.command()
def topics(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is missing, make nothing.")] = False,
) -> None:
    """Make the topics that are missing."""
    from service.commands.topics import run

    raise typer.Exit(run(_load(context).settings, dry_run))


@app.command()
def redrive(
    context: typer.Context,
    stage: Annotated[
        list[str] | None, typer.Option(help="Only those that failed in this stage; may be repeated.")
    ] = None,
    exception: Annotated[
        str | None, typer.Option(help="Only those whose exception's name or message has this.", metavar="TEXT")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Only dead letters written at or after this time, by RFC 3339.", metavar="TIME")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Only dead letters written before this time, by RFC 3339.", metavar="TIME")
    ] = None,
    article_id: Annotated[
        list[str] | None, typer.Option("--id", help="Only this article; may be repeated.", metavar="ID")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be moved, move nothing.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Move at most so many.", metavar="N")] = None,
) -> None:
    """Move dead letters back to the topic they came from, exactly once."""
    from service.commands.redrive import run, select

    selection = select(stage or [], exception, since, until, article_id or [])
    raise typer.Exit(run(_load(context).settings, selection, dry_run=dry_run, limit=limit))


@app.command()
def schema(name: Annotated[SchemaName, typer.Argument(help="Which message.")]) -> None:
    """Print the JSON Schema of a message."""
    from service.messages.schemas import schema_text

    print(schema_text(name.value), end="")


@app.command()
def health(
    context: typer.Context,
    ready: Annotated[bool, typer.Option("--ready", help="Ask whether it is ready, not only whether it lives.")] = False,
) -> None:
    """Ask the worker or monitor of this container how it is; 0 when it is well."""
    from service.commands.health import run
    from service.settings import load_settings

    raise typer.Exit(run(load_settings(context.obj).http, ready))


@app.command(name="config")
def show_config(
    context: typer.Context,
    sources: Annotated[bool, typer.Option("--sources", help="Say where each value came from.")] = False,
) -> None:
    """Print the settings in force, secrets masked."""
    from service.settings import as_yaml

    print(as_yaml(_load(context), sources), end="")


@app.command()
def demo(context: typer.Context) -> None:
    """Start Kafka, run worker and monitor, replay a crisis of the past, enrich the samples, show what comes out."""
    from service.commands.demo import run

    raise typer.Exit(run(_load(context).settings))


alerts = typer.Typer(no_args_is_help=True, help="Look at the rules by which alerts are raised.")
app.add_typer(alerts, name="alerts")


@alerts.callback()
def _alerts(context: typer.Context) -> None:
    """A callback of its own keeps ``check`` a command while it is the only one."""


@alerts.command()
def check(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="YAML, else the rules in force.")] = None,
    pair: Annotated[
        str | None, typer.Option(help="Say which rule takes this pair, as RUS-UKR.", metavar="PAIR")
    ] = None,
) -> None:
    """Check the rules and show what they come to: levels, pairs, silences."""
    from service.commands.alerts import run

    raise typer.Exit(run(_load(context).settings, file, pair))


knowledge = typer.Typer(no_args_is_help=True, help="Look at what the analysis knows.")
app.add_typer(knowledge, name="knowledge")


@knowledge.command(name="check")
def check_knowledge(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="Folder with overrides (CSV, YAML), else those in force.", metavar="DIR")
    ] = None,
) -> None:
    """Check knowledge and lexicon with overrides: every row, every rule, and every rule's own sentences."""
    from service.commands.knowledge import check

    raise typer.Exit(check(_load(context).settings, folder))


@knowledge.command()
def lookup(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name, or an office as in 'German foreign minister'.")],
    on: Annotated[
        datetime | None, typer.Option(help="The day, else today.", formats=["%Y-%m-%d"], metavar="DATE")
    ] = None,
) -> None:
    """Say what a name means on a day, and what says so."""
    from service.commands.knowledge import lookup as look

    day = on.date() if on else datetime.now(UTC).date()
    raise typer.Exit(look(_load(context).settings, name, day.isoformat()))


@app.command()
def version() -> None:
    """Print the version of the service."""
    print(__version__)

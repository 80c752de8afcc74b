"""``harbinger backfill``: the escalation index and the alerts of articles in files, without a broker.

The monitor's own reducer runs on them, so that the same articles give the same figures and the same alerts, whichever way they come.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from service.commands.crisis import read_annotations
from service.commands.enrich import enrich_lines, numbered_lines, opened, reader_is_gone
from service.commands.intake import Intake
from service.commands.overrides import overrides_of
from service.commands.series import series_of
from service.knowledge.weights import Weights
from service.messages.alert import EscalationAlert
from service.messages.codec import encode
from service.monitor.reading import Read, Reader
from service.monitor.replay import Replay
from service.monitor.rules import Pair, Rules, load_rules
from service.monitor.state import Row
from service.monitor.times import date_of
from service.paths import config_dir
from service.settings import Settings

PairDay = tuple[Pair, Row, list[EscalationAlert]]
"""A day of a pair, with the alerts that fired or ended on it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is shown. Everything is judged all the same: a day's baseline comes of the days before it."""

    pairs: frozenset[Pair] = frozenset()
    """Empty: all."""
    first: date | None = None
    last: date | None = None
    """Inclusive, both."""

    def takes(self, pair: Pair) -> bool:
        """Whether the pair is among those that are shown."""
        return not self.pairs or pair in self.pairs

    def __contains__(self, day: PairDay) -> bool:
        when = date_of(day[1].day)
        return (
            self.takes(day[0])
            and (self.first is None or when >= self.first.isoformat())
            and (self.last is None or when <= self.last.isoformat())
        )


@dataclass(frozen=True, slots=True)
class PlotOrder:
    """A plot that is wanted: PNG, SVG or HTML by the file's suffix."""

    file: Path
    annotations: Path | None = None


def run(
    settings: Settings,
    files: Sequence[str],
    selection: Selection = Selection(),
    *,
    rules_file: Path | None = None,
    processes: int = 1,
    plot: PlotOrder | None = None,
    quiet: bool = False,
) -> int:
    """Judge everything in ``files`` (``-``: standard input) and write the days and alerts to standard output, in order of time.

    Returns 0, or 1 when a line was invalid (each is a JSON object ``{"file", "line", "reason"}`` on standard error), after all
    lines were handled; 141 when the reader of standard output went away.

    Raises:
        InputError: a file cannot be opened or read.
        RulesError: the alert rules cannot be used.
        CrisisError: the annotations cannot be used.
        PlotError: the plot cannot be drawn or written.
        FatalError: the analysis does not load.
    """
    rules = rules_in_force(settings, rules_file)
    annotations = read_annotations(plot.annotations) if plot and plot.annotations else None
    if plot:  # what is wrong with the order is said before the work, not after it
        from service.commands.plot import check_plot, panels, write_plot

        check_plot(plot.file)
    reads, status = read_files(settings, rules, files, processes)
    days = list(judged(rules, reads))
    try:
        if not quiet:
            write_days(day for day in days if day in selection)
    except BrokenPipeError:
        return reader_is_gone()
    if plot:
        chosen = (day for day in days if selection.takes(day[0]))
        shown = panels(list(series_of(chosen).values()))
        write_plot(plot.file, shown, rules, annotations, (selection.first, selection.last))
    return status


def rules_in_force(settings: Settings, file: Path | None = None) -> Rules:
    """The alert rules of a file, else those that the settings name, else those that come with the package.

    Raises:
        RulesError: they cannot be used.
        KnowledgeError: the overrides of the knowledge cannot be used.
    """
    return load_rules(
        file or settings.monitor.rules_file or config_dir() / "alerts.yaml",
        config_dir() / "knowledge",
        overrides_of(settings).knowledge,
    )


def read_files(settings: Settings, rules: Rules, files: Sequence[str], processes: int = 1) -> tuple[list[Read], int]:
    """All articles in the order of the files, plain ones through the analysis; the exit status is 1 when a line was invalid.

    Raises:
        InputError: a file cannot be opened or read.
        FatalError: the analysis does not load.
    """
    with ExitStack() as stack, _progress() as progress:
        intake = Intake(
            Reader(Weights.load(config_dir() / "scoring.yaml", overrides_of(settings).lexicon), rules.territories),
            lambda fault: progress.console.print(Text(fault), soft_wrap=True),  # above the progress, if that is shown
        )
        task = progress.add_task("articles read", total=None)
        streams = [(file, stack.enter_context(opened(file))) for file in files]
        lines = ((file, number, line) for file, stream in streams for number, line in numbered_lines(stream))
        plain = intake.plain(progress.track(lines, task_id=task))
        first = next(plain, None)
        if first is not None:  # only now: without a plain article there is no model to load
            enrich_lines(settings, chain([first], plain), intake.take, processes)
    return [read for _, read in sorted(intake.reads.items())], intake.status


def judged(rules: Rules, reads: Iterable[Read]) -> Iterator[PairDay]:
    """The days of all pairs, in order of time."""
    replay = Replay(rules)
    for read in reads:
        replay.add(read)
    return replay.lines()


def write_days(days: Iterator[PairDay]) -> None:
    """Each day and its alerts as JSON lines on standard output."""
    for pair, row, alerts in days:
        figures = {name: getattr(row, name) for name in Row.__struct_fields__ if name != "day"}
        line = {"pair": pair, "date": date_of(row.day), **figures}
        sys.stdout.buffer.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        for alert in alerts:
            sys.stdout.buffer.write(b'{"alert":' + encode(alert) + b"}\n")
    sys.stdout.buffer.flush()


def _progress() -> Progress:
    """How many articles were read, for people only."""
    console = Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.completed} {task.description}"), TimeElapsedColumn()
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)

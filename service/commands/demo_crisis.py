"""The end of the demo: a crisis of the past, replayed. When the monitor would have raised the alarm, and on what evidence.

The dispatches went through Kafka and the worker like any article. From there on it is the monitor's reducer alone, in this process.
"""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from service.commands.backfill import judged
from service.commands.crisis import Crisis, read_crisis
from service.commands.pairs import pair_code
from service.commands.plot import PlotError, check_plot, write_plot
from service.commands.series import Series, series_of
from service.commands.timeline import Timeline
from service.knowledge.weights import Weights
from service.monitor.reading import Reader
from service.monitor.rules import Pair, Rules
from service.monitor.times import date_of
from service.paths import config_dir, samples_dir

CRISIS = "cuba-1962"
"""The one that is shown: ``samples/history/cuba-1962.yaml``."""
PLOT = f"demo-{CRISIS}.png"


def lines_of(file: Path) -> list[bytes]:
    """The lines of a JSONL file that are not blank."""
    return [line for line in file.read_bytes().split(b"\n") if line.strip()]


def crisis_dispatches() -> list[bytes]:
    """The plain articles of the crisis, in the order of the files.

    Raises:
        CrisisError: the description cannot be used.
    """
    _, files = read_crisis(_description())
    return [line for file in files for line in lines_of(Path(file))]


def show_crisis(rules: Rules, enriched: Sequence[bytes], console: Console, say: Callable[[str], None]) -> None:
    """Print what the monitor's reducer says of the enriched dispatches, and write the plot.

    The plot is written to the current folder, or to a temporary one where that is read-only.

    Raises:
        CrisisError: the description cannot be used.
    """
    crisis, _ = read_crisis(_description())
    console.print(Rule(Text(crisis.heading, "bold"), align="left", style="bright_black"))
    say(
        "Index and alerts of the enriched dispatches, by the monitor's reducer in this process, as harbinger backfill does it"
    )
    reader = Reader(Weights.load(config_dir() / "scoring.yaml"))
    found = series_of(judged(rules, map(reader.read, enriched)))
    own = found.get(crisis.watched[0])
    if own is not None:
        console.print(Padding(Timeline(own, rules, crisis.turning_points), (1, 0), expand=False))
    for line in findings(crisis, found):
        say(line)
    _plot(found, rules, crisis, say)


def _description() -> Path:
    return samples_dir() / "history" / f"{CRISIS}.yaml"


def findings(crisis: Crisis, found: Mapping[Pair, Series]) -> Sequence[str]:
    """What to take home: the first alert and how long before the peak it came, and alerts that were false."""
    lines = []
    for pair in crisis.watched:
        fired = [alert for alert in found[pair].alerts if alert.state == "firing"] if pair in found else []
        if fired:
            early = (crisis.peak - date.fromisoformat(fired[0].started_at[:10])).days
            when = f"{early} days before" if early > 1 else "the day before" if early == 1 else "not before"
            lines.append(
                f"{pair_code(pair)}: first alert on {fired[0].started_at[:10]}, {when} the peak on {crisis.peak}"
            )
        elif pair in found:
            highest = max(found[pair].rows, key=lambda row: row.index)
            lines.append(f"{pair_code(pair)}: no alert; at most {highest.index:.1f}, on {date_of(highest.day)}")
    lines += [
        f"{pair_code(pair)}: an alert, too, on a conflict of its own"
        for pair in crisis.fighting_elsewhere
        if _alerted(pair, found)
    ]
    others = [pair for pair in found if crisis.is_false(pair)]
    false = [pair_code(pair) for pair in others if _alerted(pair, found)]
    lines.append(f"False alerts, on the {len(others)} other pairs: {', '.join(false) or 'none'}")
    return lines


def _alerted(pair: Pair, found: Mapping[Pair, Series]) -> bool:
    return pair in found and bool(found[pair].alerts)


def _plot(found: Mapping[Pair, Series], rules: Rules, crisis: Crisis, say: Callable[[str], None]) -> None:
    """The crisis' own pairs, with its turning points."""
    shown = [found[pair] for pair in crisis.watched if pair in found]
    folder = Path.cwd() if os.access(Path.cwd(), os.W_OK) else Path(tempfile.mkdtemp(prefix="harbinger-demo-"))
    try:
        check_plot(folder / PLOT)
        write_plot(folder / PLOT, shown, rules, crisis)
    except PlotError as error:
        say(f"No plot: {error}")
    else:
        say(f"Plot: {folder / PLOT}")

"""The end of the demo: a crisis of the past, replayed. When the monitor would have raised the alarm, and on what evidence.

It goes from the files through the analysis and the monitor's own reducer, without a broker, as ``harbinger backfill`` does.
"""

import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from service.commands.backfill import replay_files, rules_in_force
from service.commands.crisis import Crisis, read_crisis
from service.commands.pairs import pair_code
from service.commands.plot import PlotError, check_plot, write_plot
from service.commands.series import Series, series_of
from service.commands.timeline import Timeline
from service.monitor.rules import Pair, Rules
from service.monitor.times import date_of
from service.paths import samples_dir
from service.settings import Settings
from service.worker.cpus import granted_cpus

CRISIS = "cuba-1962"
"""The one that is shown: ``samples/history/cuba-1962.yaml``."""
PLOT = f"demo-{CRISIS}.png"


def show_crisis(settings: Settings, console: Console, say: Callable[[str], None]) -> int:
    """Replay it and print what the monitor saw; the exit status.

    The plot is written to the current folder, or to a temporary one where that is read-only.

    Raises:
        CrisisError, InputError, RulesError, FatalError: as :func:`service.commands.backfill.run`.
    """
    crisis, files = read_crisis(samples_dir() / "history" / f"{CRISIS}.yaml")
    rules = rules_in_force(settings)
    processes = settings.worker.processes or granted_cpus()
    console.print(Rule(Text(f"{crisis.title}: {crisis.label}", "bold"), align="left", style="bright_black"))
    say("Replaying its dispatches from files, without Kafka: the analysis, then the monitor's index and alerts")
    began = time.monotonic()
    replay, status = replay_files(settings, rules, files, processes)
    found = series_of(replay.lines())
    say(f"Judged {len(found)} country pairs after {time.monotonic() - began:.1f} s")
    own = found.get(crisis.watched[0])
    if own is None:
        say(f"The dispatches say nothing of {pair_code(crisis.watched[0])}")
        return 1
    console.print(Padding(Timeline(own, rules, crisis.turning_points), (1, 0), expand=False))
    for line in findings(crisis, found):
        say(line)
    _plot(found, rules, crisis, say)
    return status


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
    false = sorted(pair_code(pair) for pair, each in found.items() if each.alerts and pair not in crisis.watched)
    others = len(found) - sum(pair in found for pair in crisis.watched)
    lines.append(f"False alerts, on the {others} other pairs: {', '.join(false) or 'none'}")
    return lines


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

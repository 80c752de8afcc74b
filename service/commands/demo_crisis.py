"""The end of the demo: a crisis of the past, replayed. When the monitor raised the alarm, and on what evidence.

The dispatches went through Kafka, worker and monitor like any article, and the alerts are those of the monitor's topic. The series of
each pair, which is on no topic, comes from the same reducer in this process, and so do the alerts to compare with.
"""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from service.commands.backfill import PairDay, judged
from service.commands.crisis import Crisis, read_crisis
from service.commands.demo_alerts import difference
from service.commands.demo_process import DemoError
from service.commands.pairs import pair_code
from service.commands.plot import PlotError, check_plot, write_plot
from service.commands.series import Series, series_of
from service.commands.timeline import Timeline
from service.knowledge.overrides import NO_FILES, Files
from service.knowledge.weights import Weights
from service.messages.alert import EscalationAlert
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


@dataclass(frozen=True, slots=True)
class Judged:
    """What the reducer says of the enriched dispatches."""

    days: Sequence[PairDay]
    """In order of time."""
    horizon: int
    """Publication of the last dispatch, milliseconds since 1970."""

    @property
    def alerts(self) -> Sequence[EscalationAlert]:
        """Of all pairs."""
        return [alert for _, _, alerts in self.days for alert in alerts]


def judge(rules: Rules, enriched: Sequence[bytes], overrides: Files = NO_FILES) -> Judged:
    """Judge them as ``harbinger backfill`` does, with the weights that an override of the lexicon changes.

    Raises:
        DemoError: there is nothing to judge.
    """
    reader = Reader(Weights.load(config_dir() / "scoring.yaml", overrides), rules.territories)
    reads = [reader.read(value) for value in enriched]
    if not reads:
        raise DemoError("not one dispatch was enriched")
    return Judged(list(judged(rules, reads)), max(read.published for read in reads))


def show_crisis(
    rules: Rules, offline: Judged, alerts: Sequence[EscalationAlert], console: Console, say: Callable[[str], None]
) -> bool:
    """Print the index of the crisis with the alerts of the topic, and write the plot.

    The plot is written to the current folder, or to a temporary one where that is read-only.

    Returns:
        Whether the alerts are the reducer's, each once.

    Raises:
        CrisisError: the description cannot be used.
    """
    crisis, _ = read_crisis(_description())
    console.print(Rule(Text(crisis.heading, "bold"), align="left", style="bright_black"))
    say(
        "Alerts: read from the monitor's topic. Index: by the same reducer in this process, as harbinger backfill does it"
    )
    found = with_alerts(series_of(offline.days), alerts)
    own = found.get(crisis.watched[0])
    if own is not None:
        console.print(Padding(Timeline(own, rules, crisis.turning_points), (1, 0), expand=False))
    for line in findings(crisis, found):
        say(line)
    differences = difference(alerts, offline.alerts)
    if differences:
        say(f"The alerts on the topic differ from the reducer's, {len(differences)} times:")
    else:
        say(f"The alerts on the topic are the reducer's {len(alerts)}, by identity and state, each once")
    for line in differences:
        say(line)
    _plot(found, rules, crisis, say)
    return not differences


def with_alerts(found: Mapping[Pair, Series], alerts: Sequence[EscalationAlert]) -> dict[Pair, Series]:
    """The series with these alerts in place of their own."""
    return {
        pair: replace(series, alerts=[alert for alert in alerts if alert.pair == pair])
        for pair, series in found.items()
    }


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

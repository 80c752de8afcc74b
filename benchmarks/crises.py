"""How early the monitor sees a crisis, and whether it stays silent when there is none.

    python -m benchmarks.crises [--write docs/evaluation.md] [--processes 2] [--rules FILE]

Every crisis described in ``samples/history/*.yaml`` is replayed from its dispatches with the rules in force, and so are the
ordinary weeks, on which no alert may fire. ``--write`` puts the figures between the markers of a page.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer
import yaml

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported: the processes give the parallelism
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.pages import put
from service.commands.backfill import judged, read_files
from service.commands.crisis import Crisis, read_crisis
from service.commands.pairs import pair_code
from service.commands.series import Series, series_of
from service.monitor.reading import Read
from service.monitor.rules import Pair, Rules, load_rules
from service.monitor.times import DAY_MS, date_of, day_of, rfc3339
from service.paths import config_dir, samples_dir
from service.settings import Settings, load_settings

MARKER: Final = "crises"
"""Name of the part of the page that is made here."""
ORDINARY: Final = "ordinary-weeks.jsonl"
HOUR_MS: Final = DAY_MS // 24
FACTORS: Final = (0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6)
"""By which the index thresholds are multiplied, to see how much hangs on them."""
OTHERS_SHOWN: Final = 3
"""Pairs that a crisis was not about and that came nearest to an alert."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the monitor saw of one pair."""

    pair: Pair
    peak: float
    """The highest index at the end of a day."""
    peak_day: int
    threshold: float | None
    """Index from which the pair raises its lowest alert; None: no rule takes it."""
    alerts: int
    """Alerts that fired."""
    levels: Sequence[str]
    """Their levels, in the order in which they fired."""
    fired: int | None
    """Milliseconds since 1970 at which the first one fired."""
    ends: Sequence[int | None]
    """When they were resolved, in order and each moment once; last None when one is still open."""

    @property
    def share(self) -> float:
        """The peak as a share of the threshold; 0 without one. Below 1 no alert can have fired."""
        return self.peak / self.threshold if self.threshold else 0.0


def sight(series: Series, rules: Rules) -> Sight:
    """Sum up one pair."""
    highest = max(series.rows, key=lambda row: (row.index, -row.day))
    rule = rules.rule_for(series.pair)
    spans = series.spans()
    ends = sorted({span.end for span in spans if span.end is not None})
    return Sight(
        pair=series.pair,
        peak=highest.index,
        peak_day=highest.day,
        threshold=rule.steps[0][1].index if rule else None,
        alerts=len(spans),
        levels=[span.level for span in spans],
        fired=round(spans[0].start * DAY_MS) if spans else None,
        ends=[*(round(end * DAY_MS) for end in ends), *([None] if any(span.end is None for span in spans) else [])],
    )


def sights(rules: Rules, reads: Sequence[Read]) -> list[Sight]:
    """What the monitor saw, the pair that came nearest to an alert first, and where that is equal by its code."""
    found = [sight(series, rules) for series in series_of(judged(rules, reads)).values()]
    return sorted(found, key=lambda each: (-each.share, each.pair))


def crisis_part(crisis: Crisis, found: Sequence[Sight]) -> Iterator[str]:
    """The figures of one crisis, as Markdown."""
    settled = f"settled {_dated(crisis.settlement)}" if crisis.settlement else "not settled where the dispatches end"
    yield f"**{crisis.title}** ({crisis.label}). Peak {_dated(crisis.peak)}, {settled}."
    yield ""
    yield (
        "| pair | highest index | alert from | alerts | first alert (UTC) | hours before the peak | ended (UTC) | days after the settlement |"
    )
    yield "|---|---:|---:|---|---|---:|---|---:|"
    by_pair = {each.pair: each for each in found}
    for pair in crisis.watched:
        if pair in by_pair:
            yield _crisis_row(by_pair[pair], crisis)
        else:
            yield f"| {pair_code(pair)} | no evidence | | | | | | |"
    others = [each for each in found if crisis.is_false(each.pair)]
    false = sum(each.alerts for each in others)
    yield ""
    if crisis.drawn_in:
        yield f"Drawn in: {_each_apart(crisis.set_against, by_pair)}."
        yield ""
    if crisis.elsewhere:
        yield f"Fighting elsewhere in those weeks: {_each_apart(crisis.fighting_elsewhere, by_pair)}."
        yield ""
    yield f"False alerts, on the {len(others)} other pairs of the dispatches: **{false}**. Nearest to one: {_nearest(others)}."


def ordinary_part(found: Sequence[Sight]) -> Iterator[str]:
    """The figures of the ordinary weeks, as Markdown."""
    alerts = sum(each.alerts for each in found)
    yield f"**Ordinary weeks** (invented). Alerts: **{alerts}**, on {len(found)} pairs with evidence. Nearest to one: {_nearest(found)}."


def lead_hours(fired: int, peak: date) -> float:
    """Hours from the first alert to the first moment of the peak's day; below 0 when it came too late."""
    return (_start(peak) - fired) / HOUR_MS


def days_after(resolved: int, settlement: date) -> float:
    """Days from the end of the settlement's day to the end of an alert; below 0 when it ended too early."""
    return (resolved - _start(settlement)) / DAY_MS - 1


def _crisis_row(each: Sight, crisis: Crisis) -> str:
    cells = [pair_code(each.pair), f"{each.peak:.1f} ({_on(each.peak_day)})", _threshold(each)]
    if each.fired is None:
        cells += ["none", "", "", "", ""]
    else:
        cells += [", ".join(each.levels), _moment(each.fired), f"{lead_hours(each.fired, crisis.peak):.1f}"]
        cells += _end(each.ends, crisis.settlement)
    return "| " + " | ".join(cells) + " |"


def _end(ends: Sequence[int | None], settlement: date | None) -> list[str]:
    """When alerts ended, and how long after the settlement the one that was open then, else the last. In a crisis that is not settled none
    should."""
    shown = ", ".join("open at the end" if end is None else _moment(end) for end in ends)
    if settlement is None:
        return [shown, "not settled"]
    end = next((end for end in ends if end is None or end >= _start(settlement)), ends[-1])
    return [shown, "" if end is None else f"{days_after(end, settlement):.1f}"]


def _nearest(found: Sequence[Sight]) -> str:
    return (
        "; ".join(
            f"{pair_code(each.pair)} with {each.peak:.1f} of {_threshold(each)} on {date_of(each.peak_day)}"
            for each in found[:OTHERS_SHOWN]
        )
        or "none"
    )


def _each_apart(pairs: Sequence[Pair], found: Mapping[Pair, Sight]) -> str:
    return "; ".join(_apart(found[pair]) if pair in found else f"{pair_code(pair)}, no evidence" for pair in pairs)


def _apart(each: Sight) -> str:
    seen = f"alert from {_moment(each.fired)}" if each.fired is not None else "no alert"
    return f"{pair_code(each.pair)}, {seen}, at most {each.peak:.1f} of {_threshold(each)} on {date_of(each.peak_day)}"


def _threshold(each: Sight) -> str:
    return f"{each.threshold:g}" if each.threshold is not None else "never"


def _dated(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _on(day: int) -> str:
    when = date.fromisoformat(date_of(day))
    return f"{when.day} {when:%b}"


def _moment(moment: int) -> str:
    return f"{_on(day_of(moment))} {rfc3339(moment)[11:16]}"


def _start(day: date) -> int:
    return (day - date(1970, 1, 1)).days * DAY_MS


def scaled(file: Path, factors: Sequence[float]) -> Iterator[tuple[float, Rules]]:
    """The rules of a file with the index thresholds of all levels multiplied by each factor; z-scores stay."""
    with tempfile.TemporaryDirectory() as folder:
        for factor in factors:
            document = yaml.safe_load(file.read_text("utf-8"))
            for rule in document["rules"]:
                for step in rule["levels"].values():
                    step["index"] *= factor
            copy = Path(folder) / f"{factor}.yaml"
            copy.write_text(yaml.safe_dump(document), "utf-8")
            yield factor, load_rules(copy, config_dir() / "knowledge")


def sensitivity_part(
    crises: Sequence[tuple[Crisis, Sequence[Read]]], ordinary: Sequence[Read], rules: Iterable[tuple[float, Rules]]
) -> Iterator[str]:
    """How much hangs on the thresholds, as Markdown: leads in hours, and alerts that should not be."""
    watched = [(pair, crisis, reads) for crisis, reads in crises for pair in crisis.watched]
    heads = [
        "index thresholds",
        *(f"{pair_code(pair)}, hours before the peak" for pair, _, _ in watched),
        "fighting elsewhere seen",
        "false alerts",
        "in ordinary weeks",
    ]
    fights = sum(len(crisis.elsewhere) for crisis, _ in crises)
    yield "The same with all index thresholds lower or higher:"
    yield ""
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---:|" * len(heads)
    for factor, changed in rules:
        found = {id(reads): sights(changed, reads) for _, reads in crises}
        leads = [_lead(pair, crisis, found[id(reads)]) for pair, crisis, reads in watched]
        false = sum(each.alerts for crisis, reads in crises for each in found[id(reads)] if crisis.is_false(each.pair))
        elsewhere = sum(
            each.alerts > 0
            for crisis, reads in crises
            for each in found[id(reads)]
            if each.pair in crisis.fighting_elsewhere
        )
        quiet = sum(each.alerts for each in sights(changed, ordinary))
        yield "| " + " | ".join([f"× {factor:g}", *leads, f"{elsewhere} of {fights}", str(false), str(quiet)]) + " |"


def _lead(pair: Pair, crisis: Crisis, found: Sequence[Sight]) -> str:
    fired = next((each.fired for each in found if each.pair == pair), None)
    return "no alert" if fired is None else f"{lead_hours(fired, crisis.peak):.1f}"


def report(settings: Settings, file: Path, processes: int) -> str:
    """All figures, as Markdown; each article is analysed once."""
    rules = load_rules(file, config_dir() / "knowledge")
    folder = samples_dir() / "history"
    crises = []
    for description in sorted(folder.glob("*.yaml")):
        crisis, files = read_crisis(description)
        crises.append((crisis, _read(settings, rules, files, processes)))
    ordinary = _read(settings, rules, [str(folder / ORDINARY)], processes)
    lines = []
    for crisis, reads in crises:
        lines += [*crisis_part(crisis, sights(rules, reads)), ""]
    lines += [*ordinary_part(sights(rules, ordinary)), ""]
    lines += sensitivity_part(crises, ordinary, scaled(file, FACTORS))
    return "\n".join(lines)


def _read(settings: Settings, rules: Rules, files: Sequence[str], processes: int) -> Sequence[Read]:
    reads, status = read_files(settings, rules, files, processes)
    if status:
        raise typer.Exit(status)
    return reads


def main(
    write: Annotated[
        Path | None, typer.Option(help="Put the figures between the markers of this page as well.")
    ] = None,
    processes: Annotated[int, typer.Option(min=1, help="Analysis processes.")] = 2,
    rules: Annotated[
        Path | None, typer.Option(help="Index and alert rules, else those that come with the package.")
    ] = None,
) -> None:
    """Say how early each crisis was seen, and what raised an alert that should not."""
    text = report(load_settings(), rules or config_dir() / "alerts.yaml", processes)
    print(text)
    if write is not None:
        put(write, MARKER, text)


if __name__ == "__main__":
    typer.run(main)

"""The plot of ``harbinger backfill --plot``: the index of some pairs over time, why it is as high, and when it raised an alert.

Times are UTC. A day's figures stand at its end, where the next day begins; on days without news the index decays. The colours
are those of Okabe and Ito, which people with any kind of colour vision can tell apart.
"""

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from service.commands.crisis import Annotations, TurningPoint
from service.commands.pairs import pair_code, pair_title
from service.commands.series import Series, Span
from service.errors import HarbingerError
from service.messages.enriched import Level
from service.monitor.rules import Rule, Rules

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES: Final = (".png", ".svg", ".html")
PANELS_MAX: Final = 8
"""Pairs that one plot shows; a taller one is read by nobody."""
PANELS_WITHOUT_ALERTS: Final = 3
"""Pairs that are shown when none raised an alert: those with the highest peaks."""

_EPOCH: Final = date(1970, 1, 1).toordinal()
_WIDTH, _PANEL, _KEY_LINE = 11.0, 3.1, 0.18
"""Inches."""
_THREAT, _ACT, _BASELINE = "#56B4E9", "#0072B2", "#009E73"
_LINES: Final[dict[Level, str]] = {"elevated": "#B5A800", "high": "#E69F00", "severe": "#D55E00"}
_SHADES: Final[dict[Level, str]] = {"elevated": "#FBF7C4", "high": "#F9E0AC", "severe": "#F1B994"}


class PlotError(HarbingerError):
    """The plot cannot be drawn or written."""

    exit_status = 2


def check_plot(file: Path) -> None:
    """Raise PlotError when there is no way to write this file: an unknown suffix, no folder, matplotlib missing."""
    if file.suffix.lower() not in SUFFIXES:
        raise PlotError(f"cannot draw {file}: the suffix must be one of {', '.join(SUFFIXES)}")
    if not file.parent.is_dir():
        raise PlotError(f"cannot write {file}: there is no folder {file.parent}")
    try:
        import matplotlib  # noqa: F401  only whether it is there
    except ImportError:
        raise PlotError("plots need matplotlib: pip install 'harbinger[plot]'") from None


def write_plot(
    file: Path,
    shown: Sequence[Series],
    rules: Rules,
    annotations: Annotations | None = None,
    between: tuple[date | None, date | None] = (None, None),
) -> None:
    """Draw the series, one below the other, from the first day to the last one.

    Raises:
        PlotError: there is nothing to draw, or the file cannot be written.
    """
    if not shown:
        raise PlotError(f"cannot draw {file}: there is nothing to show")
    kind = "svg" if file.suffix.lower() == ".html" else file.suffix.lower()[1:]
    content = _drawn(shown, rules, annotations, between, kind)
    if file.suffix.lower() == ".html":
        from service.commands.plot_page import page

        content = page(content.decode(), shown, annotations).encode()
    try:
        file.write_bytes(content)
    except OSError as error:
        raise PlotError(f"cannot write {file}: {error.strerror}") from None


def panels(series: Sequence[Series]) -> list[Series]:
    """The pairs that raised alerts, else those with the highest peaks; in order of their peaks."""
    order = sorted(series, key=lambda each: (-each.peak, each.pair))
    return [each for each in order if each.alerts][:PANELS_MAX] or order[:PANELS_WITHOUT_ALERTS]


def _drawn(
    shown: Sequence[Series],
    rules: Rules,
    annotations: Annotations | None,
    between: tuple[date | None, date | None],
    kind: str,
) -> bytes:
    import matplotlib
    from matplotlib.figure import Figure

    first, last = _limits(shown, between)
    points = [
        point for point in (annotations.turning_points if annotations else []) if first <= _day(point.date) <= last
    ]
    key = len(points) * _KEY_LINE + 0.2
    style = matplotlib.rc_context(
        {
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "svg.fonttype": "none",  # text stays text: it can be searched and read aloud
            "svg.hashsalt": "harbinger",  # the same plot is the same file
        }
    )
    with style:
        figure = Figure(figsize=(_WIDTH, _PANEL * len(shown) + key + 0.9), layout="constrained")
        grid = figure.add_gridspec(len(shown) + 1, 1, height_ratios=[*[_PANEL] * len(shown), key])
        axes = [figure.add_subplot(grid[number, 0]) for number in range(len(shown))]
        for each, axis in zip(shown, axes, strict=True):
            _panel(axis, each, rules, points, (first, last))
        figure.suptitle(_title(annotations), fontsize=13, fontweight="bold")
        _legend(figure, axes, shown)
        _key(figure.add_subplot(grid[len(shown), 0]), points)
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    return buffer.getvalue()


def _panel(axis: "Axes", series: Series, rules: Rules, points: Sequence[TurningPoint], limits: tuple[int, int]) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    first, last = limits
    rule = rules.rule_for(series.pair)
    days = series.filled(last, rules.index.half_life_days)
    when = [days[0].day, *(day.day + 1 for day in days)]  # it begins with nothing
    act = [0.0, *(day.act for day in days)]
    index = [0.0, *(day.index for day in days)]
    axis.fill_between(when, 0, act, color=_ACT, linewidth=0, label="acts", zorder=2)
    axis.fill_between(when, act, index, color=_THREAT, linewidth=0, label="threats", zorder=2)
    axis.plot(when, index, color="black", linewidth=1.6, label="escalation index", zorder=3)
    usual = [days[0].baseline, *(day.baseline for day in days)]
    axis.plot(
        when, usual, color=_BASELINE, linewidth=1.4, linestyle="--", label="baseline (usual for the pair)", zorder=4
    )
    top = _top(max(index), rule)
    for span in series.spans():
        _shade(axis, span, last, top)
    _thresholds(axis, rule, top)
    for number, point in enumerate(points, start=1):
        noon = _day(point.date) + 0.5
        axis.axvline(noon, color="0.25", linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
        axis.text(noon, top, str(number), ha="center", va="center", fontsize=7.5, zorder=5,
                  bbox={"boxstyle": "circle,pad=0.25", "facecolor": "white", "edgecolor": "0.25", "linewidth": 0.8})  # fmt: skip
    axis.set_title(f"{pair_title(series.pair)} ({pair_code(series.pair)})", loc="left", fontweight="bold", pad=12)
    axis.set_ylabel("index (points)")
    axis.set_xlim(first, last + 1)
    axis.set_ylim(-0.02 * top, top)  # so that a baseline at 0 can be seen
    locator = AutoDateLocator(minticks=4, maxticks=12)  # type: ignore[no-untyped-call]
    axis.xaxis.set_major_locator(locator)
    formats = ["%Y", "%b", "%d %b", "%H:%M", "%H:%M", "%S.%f"]
    axis.xaxis.set_major_formatter(
        ConciseDateFormatter(  # type: ignore[no-untyped-call]
            locator,
            formats=formats,
            zero_formats=["", "%Y", "%d %b", "%d %b", "%H:%M", "%H:%M"],
            offset_formats=["", "%Y", "%Y", "%d %b %Y", "%d %b %Y", "%d %b %Y"],
        )
    )
    axis.grid(axis="y", color="0.9", linewidth=0.6, zorder=0)
    axis.set_axisbelow(True)


def _shade(axis: "Axes", span: Span, last: int, top: float) -> None:
    end = span.end if span.end is not None else last + 1
    axis.axvspan(span.start, end, color=_SHADES[span.level], linewidth=0, zorder=0.3)
    axis.plot([span.start, span.start], [0, top], color=_LINES[span.level], linewidth=1.6, zorder=2.5)


def _thresholds(axis: "Axes", rule: Rule | None, top: float) -> None:
    """The index that each level needs; the z-score that it needs as well is said in words."""
    for level, step in rule.steps if rule else ():
        if step.index > top:
            continue
        axis.axhline(step.index, color=_LINES[level], linewidth=1.2, linestyle=":", zorder=2.6)
        axis.annotate(f"{level} ≥ {step.index:g}\n(z ≥ {step.zscore:g})", (1, step.index), xycoords=("axes fraction", "data"),
                      xytext=(4, 0), textcoords="offset points", va="center", fontsize=7.5, color="0.2")  # fmt: skip


def _top(peak: float, rule: Rule | None) -> float:
    """Where the axis ends: above the peak, and above the lowest threshold, so that one sees how far off it is."""
    lowest = rule.steps[0][1].index if rule else 0.0
    return 1.22 * max(peak, lowest, 1.0)


def _legend(figure: "Figure", axes: Sequence["Axes"], shown: Sequence[Series]) -> None:
    from matplotlib.patches import Patch

    handles, _ = axes[0].get_legend_handles_labels()
    levels = {span.level for series in shown for span in series.spans()}
    handles += [
        Patch(facecolor=colour, edgecolor=_LINES[level], label=f"alert open: {level}")
        for level, colour in _SHADES.items()
        if level in levels
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=8.5)


def _key(axis: "Axes", points: Sequence[TurningPoint]) -> None:
    """What the numbers stand for, and what the reader should know of the time axis."""
    axis.axis("off")
    lines = [
        f"{number}   {point.date.day} {point.date:%b %Y}   {point.text}{'' if point.public else '  (not public on that day)'}"
        for number, point in enumerate(points, start=1)
    ]
    axis.text(0, 1, "\n".join(lines), va="top", fontsize=8.5, linespacing=1.45, transform=axis.transAxes)
    axis.text(1, 0, "Days are UTC; each value stands at the end of its day.", va="bottom", ha="right", fontsize=7.5,
              color="0.35", transform=axis.transAxes)  # fmt: skip


def _title(annotations: Annotations | None) -> str:
    return (annotations.heading if annotations else "") or "Escalation index"


def _limits(shown: Sequence[Series], between: tuple[date | None, date | None]) -> tuple[int, int]:
    first = _day(between[0]) if between[0] else min(series.rows[0].day for series in shown)
    last = _day(between[1]) if between[1] else max(series.rows[-1].day for series in shown)
    return first, max(first, last)


def _day(day: date) -> int:
    return day.toordinal() - _EPOCH

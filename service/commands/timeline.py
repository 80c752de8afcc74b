"""The index of one pair as a timeline in a terminal: a line a day, with what happened and which alerts fired and ended."""

from collections.abc import Iterator, Sequence
from datetime import date

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from service.commands.crisis import TurningPoint
from service.commands.pairs import pair_code, pair_title
from service.commands.render import LEVEL_STYLES, safe
from service.commands.series import Series
from service.messages.alert import EscalationAlert
from service.monitor.rules import Rules
from service.monitor.state import Row
from service.monitor.times import date_of

BAR = 24
"""Cells of the longest bar."""
EVIDENCE_SHOWN = 2
"""Sentences that are quoted when an alert fires."""


class Timeline:
    """Days of which there is something to say, one below the other; runs of calm days are drawn together."""

    def __init__(self, series: Series, rules: Rules, points: Sequence[TurningPoint]) -> None:
        self._series = series
        self._rule = rules.rule_for(series.pair)
        self._days = series.filled(series.rows[-1].day, rules.index.half_life_days)
        self._points = {point.date: point for point in points}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Heading and days; in ASCII where the terminal has no more."""
        yield Text.assemble(
            (f"{pair_title(self._series.pair)} ({pair_code(self._series.pair)})", "bold"),
            self._explained(options.ascii_only),
        )
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        calm: list[Row] = []
        for row in self._days:
            notes = list(self._notes(row, options.ascii_only))
            if row.level == "calm" and not notes:
                calm.append(row)
                continue
            self._draw_together(table, calm, options.ascii_only)
            self._draw(table, row, notes, options.ascii_only)
        self._draw_together(table, calm, options.ascii_only)
        yield table

    def _explained(self, ascii_only: bool) -> str:
        if self._rule is None:
            return "  no rule raises an alert"
        level, step = self._rule.steps[0]
        return f"  {'|' if ascii_only else '┊'} {level} alert from {step.index:g}"

    def _draw(self, table: Table, row: Row, notes: Sequence[Text], ascii_only: bool) -> None:
        style = LEVEL_STYLES[row.level]
        day = _day(row.day)
        table.add_row(
            Text(f"{day.day:2} {day:%b}"),
            Text(self._bar(row.index, ascii_only), style),
            Text(f"{row.index:.1f}"),
            Text(row.level, style),
            Text("\n").join(notes),
        )

    def _draw_together(self, table: Table, calm: list[Row], ascii_only: bool) -> None:
        if len(calm) == 1:
            self._draw(table, calm[0], [], ascii_only)
        elif calm:
            highest = max(row.index for row in calm)
            days = Text(f"{len(calm)} days, at most {highest:.1f}", "dim")
            table.add_row(Text("   ..." if ascii_only else "   …", "dim"), days, Text(), Text("calm", "dim"), Text())
        calm.clear()

    def _bar(self, index: float, ascii_only: bool) -> str:
        """The index as a share of the highest one, and where the lowest alert begins."""
        full, mark = ("#", "|") if ascii_only else ("█", "┊")
        lowest = self._rule.steps[0][1].index if self._rule else 0.0
        scale = BAR / max(self._series.peak, lowest, 1.0)
        cells = [full if cell < index * scale - 0.25 else " " for cell in range(BAR)]
        at = min(round(lowest * scale), BAR - 1)
        if lowest and cells[at] == " ":
            cells[at] = mark
        return "".join(cells)

    def _notes(self, row: Row, ascii_only: bool) -> Iterator[Text]:
        point = self._points.get(_day(row.day))
        if point:
            yield Text(safe(point.text) + ("" if point.public else " (not public on that day)"), "italic")
        fires, ends = ("^", "v") if ascii_only else ("▲", "▼")
        for alert in self._series.alerts:
            if alert.state == "firing" and alert.started_at[:10] == date_of(row.day):
                yield Text(f"{fires} alert: {alert.level}, at {alert.started_at[11:16]} UTC", LEVEL_STYLES[alert.level])
                yield from _evidence(alert)
            elif alert.state == "resolved" and alert.updated_at[:10] == date_of(row.day + 1):
                yield Text(f"{ends} alert ends: {alert.level}, at midnight", "green")


def _evidence(alert: EscalationAlert) -> Iterator[Text]:
    for event in alert.top_events[:EVIDENCE_SHOWN]:
        yield Text(f"  “{safe(event.evidence)}”".replace("\n", " "), "dim")


def _day(day: int) -> date:
    return date.fromisoformat(date_of(day))

"""The reducer without Kafka: all reports first, then one judgement. What the monitor says of the same articles must be the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from service.messages.alert import EscalationAlert
from service.monitor.reading import Read
from service.monitor.report import encode, report_key
from service.monitor.rules import Pair, Rules
from service.monitor.state import Row
from service.monitor.watch import PairWatch


@dataclass(slots=True)
class Replay:
    """Takes articles in any order; then :meth:`lines` gives the series and the alerts in order of time."""

    rules: Rules
    watches: dict[Pair, PairWatch] = field(default_factory=dict)
    horizon: int | None = None
    """The latest publication among all articles, those included that say nothing of any pair: time passes with them, too."""

    def add(self, read: Read) -> None:
        """Take an article; a second time changes nothing."""
        self.horizon = max(read.published, self.horizon) if self.horizon is not None else read.published
        for pair, report in read.reports.items():
            watch = self.watches.get(pair)
            if watch is None:
                watch = self.watches[pair] = PairWatch(pair, self.rules, whole=True)
            watch.add(report_key(report.article_id), encode(report), report.published)

    def lines(self) -> Iterator[tuple[Pair, Row, list[EscalationAlert]]]:
        """Each day of each pair that has evidence or an open alert, by day and pair, with the alerts that fired or ended on it."""
        if self.horizon is None:
            return
        found: list[tuple[int, Pair, Row, list[EscalationAlert]]] = []
        for pair, watch in self.watches.items():
            watch.judge(self.horizon)
            for day, row in watch.rows.items():
                found.append((day, pair, row, [alert for when, alert in watch.alerts if when == day]))
        for _, pair, row, alerts in sorted(found, key=lambda each: each[:2]):
            yield pair, row, alerts

"""One pair under watch: its reports, and what follows from them.

Everything that the monitor says of a pair is a function of the set of its reports and of the moment up to which it is judged:
never of the order in which they came, of how often they came, or of when somebody looked. So a replay changes nothing, and a
process that starts again from the same reports says the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from service.messages.alert import EscalationAlert
from service.monitor.episode import Judge
from service.monitor.index import close_day, tell, usual
from service.monitor.report import Report, decode
from service.monitor.rules import AlertLevel, Pair, Rules
from service.monitor.state import Checkpoint, PairState, Row, decode_checkpoint, decode_state, encode
from service.monitor.stories import Stories
from service.monitor.times import day_of, start_of

Added = Literal["new", "known", "late"]
RESTARTS: Final = 4
"""Days whose first state is kept at hand, so that an article that is hours late does not mean to begin at the checkpoint."""


@dataclass(slots=True)
class PairWatch:
    """Reports of one pair by key, and the latest judgement: ``rows`` and ``alerts`` up to the horizon."""

    pair: Pair
    rules: Rules
    reports: dict[str, bytes] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)
    alerts: list[tuple[int, EscalationAlert]] = field(default_factory=list)
    """Firing and resolved, in their order, each with the day that it belongs to; since the checkpoint."""
    state: PairState | None = None
    """At the horizon of the latest judgement."""
    current: Row | None = None
    """The figures of that moment, of a quiet day, too."""
    whole: bool = False
    """Keep the figures of all days, not only those of the last ``series_days``."""
    _judge: Judge = field(init=False)
    _days: dict[int, dict[str, int]] = field(default_factory=dict)
    """Keys of the reports of each day, and when each was published."""
    _starts: dict[int, bytes] = field(default_factory=dict)
    _checkpoint: Checkpoint | None = None
    _dirty: int | None = None
    """Earliest publication of the reports that came or went since the latest judgement."""
    _horizon: int | None = None
    _latest: int | None = None
    """Latest publication of all reports that ever came."""

    def __post_init__(self) -> None:
        rules = self.rules
        self._judge = Judge(self.pair, rules.rule_for(self.pair), rules.silences_for(self.pair), rules.index)

    @property
    def first_day(self) -> int | None:
        """The first day that reports still count for: those of earlier ones are too late. None when all do."""
        return self._checkpoint.state.day if self._checkpoint is not None else None

    @property
    def forgotten(self) -> bool:
        """Whether nothing is known of the pair any more."""
        return not self.reports and not self.rows and (self.state is None or _spent(self.state))

    @property
    def waiting(self) -> bool:
        """Whether there are reports that the latest judgement did not reach."""
        return self._latest is not None and (self._horizon is None or self._latest > self._horizon)

    def add(self, key: str, value: bytes, published: int) -> Added:
        """Keep a report; ``late`` when its day was summed up already, and then it is not kept."""
        day = day_of(published)
        if self._checkpoint is not None and day < self._checkpoint.state.day:
            return "late"
        old = self.reports.get(key)
        if old == value:
            return "known"
        if old is not None:  # the article came again with another text: the later one counts
            before = decode(old).published
            del self._days[day_of(before)][key]
            self._touch(before)
        self.reports[key] = value
        self._days.setdefault(day, {})[key] = published
        self._latest = max(published, self._latest) if self._latest is not None else published
        self._touch(published)
        return "new"

    def judge(self, horizon: int) -> bool:
        """Bring rows and alerts up to a moment (milliseconds since 1970); False when there was nothing to do.

        Reports published after it wait. A horizon before the latest one is taken for the latest one.
        """
        if self._horizon is not None:
            horizon = max(horizon, self._horizon)
            if self._dirty is None and horizon == self._horizon:
                return False
        if self._goes_on():
            told, state = self._horizon, self.state
            self.state = None  # so that the day begins anew, should this fail
        else:
            told, state = None, self._nearest()
        today = day_of(horizon)
        if state is None or state.day > today:
            return self._withdraw()
        if told is None:
            self._discard(self._first_changed(state.day))
        self._advance(state, told, horizon)
        if not self.whole:
            first = today - self.rules.index.series_days
            self.rows = {when: row for when, row in self.rows.items() if when >= first}
        self.state, self._horizon, self._dirty = state, horizon, None
        self.current = self._judge.row(state, usual(state.closed, self.rules.index))
        return True

    def steps(self, horizon: int) -> list[int]:
        """Horizons to judge one after another, so that the first judgement of many days need not be made at one stretch."""
        if self._horizon is not None:
            return [horizon]
        ends = (start_of(day + 1) - 1 for day, keys in sorted(self._days.items()) if keys)
        return [*(end for end in ends if end < horizon), horizon]

    def open_alerts(self) -> dict[AlertLevel, EscalationAlert]:
        """The alerts that fire at the latest judgement, by level from the lowest."""
        if self.state is None or not self.state.fired:
            return {}
        said = {alert.alert_id: alert for _, alert in self.alerts if alert.state == "firing"}
        return self._judge.firing(self.state, usual(self.state.closed, self.rules.index), said)

    def checkpoint(self) -> tuple[bytes, list[str]] | None:
        """Sum up the days for which reports need not be kept any more: the checkpoint, and the keys of those reports.

        None when there are none, or the pair was not judged yet. Write the checkpoint before the reports are deleted, and
        hand it to :meth:`restore`.
        """
        if self._horizon is None or self._dirty is not None:
            return None
        until = day_of(self._horizon) - self.rules.index.evidence_days
        keys = sorted(key for day, keys in self._days.items() if day < until for key in keys)
        state = self._base() if keys else None  # a hot pair's state takes a while to copy
        if state is None:
            return None
        for _ in self._close_until(state, until, keep_from=None):
            pass
        rows = [row for day, row in sorted(self.rows.items()) if day < until]
        return encode(Checkpoint(state, rows)), keys

    def restore(self, value: bytes) -> None:
        """Go on from a checkpoint, if it is later than the one before; the reports that it sums up are dropped."""
        checkpoint = decode_checkpoint(value)
        day = checkpoint.state.day
        if self._checkpoint is not None and day <= self._checkpoint.state.day:
            return
        self._checkpoint = checkpoint
        self._starts = {start: state for start, state in self._starts.items() if start >= day}
        self.alerts = [(when, alert) for when, alert in self.alerts if when >= day]
        for old in [old for old in self._days if old < day]:
            for key in self._days.pop(old):
                del self.reports[key]
        if self._horizon is None:
            self.rows |= {row.day: row for row in checkpoint.rows}
            self._touch(start_of(day))

    def _touch(self, published: int) -> None:
        self._dirty = published if self._dirty is None else min(self._dirty, published)

    def _goes_on(self) -> bool:
        """Whether all that is new was published after the latest judgement, which then need not be undone."""
        return (
            self.state is not None
            and self._horizon is not None
            and (self._dirty is None or self._dirty > self._horizon)
        )

    def _nearest(self) -> PairState | None:
        """The latest start of a day from which the next judgement can begin."""
        changed = [day_of(moment) for moment in (self._dirty, self._horizon) if moment is not None]
        starts = [day for day in self._starts if changed and day <= min(changed)]
        return decode_state(self._starts[max(starts)]) if starts else self._base()

    def _base(self) -> PairState | None:
        if self._checkpoint is not None:
            state = decode_state(encode(self._checkpoint.state))
            state.fired = self._judge.still(state.fired)
            return state
        days = [day for day, keys in self._days.items() if keys]
        return PairState(min(days)) if days else None

    def _first_changed(self, begin: int) -> int:
        """The first day of which anything must be said anew: earlier than ``begin``, with which the judgement begins, when the only
        articles of a day came again with a later date."""
        if self._dirty is None or self._checkpoint is not None:
            return begin
        return min(begin, day_of(self._dirty))

    def _discard(self, day: int) -> None:
        """Forget what the next judgement, which begins with this day, will say anew."""
        self.rows = {when: row for when, row in self.rows.items() if when < day}
        self.alerts = [(when, alert) for when, alert in self.alerts if when < day]
        self._starts = {start: state for start, state in self._starts.items() if start <= day}

    def _withdraw(self) -> bool:
        """Nothing is left to judge up to the horizon; take back what was said, if the only articles came again with a later date."""
        if self._checkpoint is not None or self.state is None:
            return False
        self.rows, self.alerts, self._starts, self.state = {}, [], {}, None
        return True

    def _advance(self, state: PairState, told: int | None, horizon: int) -> None:
        """Judge from ``state``, whose day was judged up to ``told`` before, to the horizon."""
        today = day_of(horizon)
        if told is not None and state.day < today:
            self._note(self._judge_day(state, start_of(state.day + 1), over=True, told=told))
            close_day(state, self.rules.index)
            told = None
        if told is None:
            for day in self._close_until(state, today, keep_from=today - RESTARTS + 1):
                self._note(day)
        self._note(self._judge_day(state, horizon, over=False, told=told))

    def _note(self, day: "_Day") -> None:
        if day.row is not None:
            self.rows[day.row.day] = day.row
        self.alerts += day.alerts

    def _close_until(self, state: PairState, until: int, keep_from: int | None) -> Iterator["_Day"]:
        """Judge and close the days before ``until``, at whose start ``state``, which is changed in place, then stands."""
        told = sorted((day for day, keys in self._days.items() if keys and state.day <= day < until), reverse=True)
        while True:
            while told and told[-1] < state.day:
                told.pop()
            if _idle(state):
                _skip(state, told[-1] if told else until, self.rules.index.baseline_days)
            if keep_from is not None and state.day >= keep_from:
                self._keep(state)
            if state.day >= until:
                return
            yield self._judge_day(state, start_of(state.day + 1), over=True)
            close_day(state, self.rules.index)

    def _keep(self, state: PairState) -> None:
        self._starts[state.day] = encode(state)
        for day in sorted(self._starts)[:-RESTARTS]:
            del self._starts[day]

    def _judge_day(self, state: PairState, horizon: int, over: bool, told: int | None = None) -> "_Day":
        """Judge the running day up to a moment.

        Args:
            told: the moment up to which that was done before; None when the day begins.
        """
        reports, lasting = self._published(state.day, told, horizon), bool(state.fired)
        begun = lasting or (told is not None and state.day in self.rows)
        if not reports and not begun and not (over and self._judge.heard_again(state.day)):
            return _Day(None, [])
        normal = usual(state.closed, self.rules.index)
        alerts: list[EscalationAlert] = []
        stories = Stories(state.stories if reports else [])
        for report in reports:
            tell(state, report, self.rules.index, stories)
            alerts += self._judge.fire(state, report.published, normal)
        if over:
            alerts += self._judge.fire(state, start_of(state.day + 1), normal)  # a silence may just have ended
            alerts += self._judge.resolve(state, normal)
        said = bool(reports or begun or alerts)
        return _Day(self._judge.row(state, normal) if said else None, [(state.day, alert) for alert in alerts])

    def _published(self, day: int, after: int | None, until: int) -> list[Report]:
        """The reports of a day in their order, those published later than ``after`` and not later than ``until``."""
        reports = [
            decode(self.reports[key])
            for key, published in self._days.get(day, {}).items()
            if published <= until and (after is None or published > after)
        ]
        return sorted(reports, key=lambda report: (report.published, report.article_id))


@dataclass(frozen=True, slots=True)
class _Day:
    row: Row | None
    alerts: list[tuple[int, EscalationAlert]]


def _idle(state: PairState) -> bool:
    return not (state.index or state.fired or state.stories or state.counts)


def _spent(state: PairState) -> bool:
    """Whether the state is as good as none: nothing of it can be seen in what comes."""
    return _idle(state) and not any(state.closed)


def _skip(state: PairState, day: int, baseline_days: int) -> None:
    """Pass over days on which nothing was and nothing is left."""
    if day <= state.day:
        return
    state.closed.extend([0.0] * min(day - state.day, baseline_days))
    del state.closed[:-baseline_days]
    state.day = day

"""When an alert fires and when it ends.

An episode opens when the lowest level's thresholds are reached, and holds the levels that it has reached since. Each level
is an alert of its own, which fires once in an episode. Levels are only added while it lasts: an alert that came and went with every
article would page a person each time. All of them are resolved together, after some days in a row that lie clearly below, for the news of a war has
gaps; or with the first such day, when what is heard of the pair is more of relief than of threats and acts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from service.messages.alert import EscalationAlert, TopEvent, Window, alert_id
from service.messages.enriched import Level
from service.monitor.index import articles, calming, hostile, sources, top_stories
from service.monitor.rules import LEVELS, AlertLevel, IndexRules, Pair, Rule, Silence
from service.monitor.state import Fired, PairState, Row
from service.monitor.times import day_of, rfc3339, start_of

TOP_EVENTS: Final = 5
"""Events that an alert names as its evidence."""
DIGITS: Final = 2
"""Decimals of all figures that leave the monitor."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges one pair by its rule; without a rule the pair has an index and no alerts."""

    pair: Pair
    rule: Rule | None
    silences: Sequence[Silence]
    index: IndexRules

    def fire(self, state: PairState, moment: int, usual: tuple[float, float]) -> list[EscalationAlert]:
        """The alerts of the levels that are reached just now."""
        if self.rule is None or any(silence.start <= moment < silence.until for silence in self.silences):
            return []
        value, z = state.index, _zscore(state.index, usual)
        open_levels = {fired.level for fired in state.fired}
        reached = [
            level
            for level, threshold in self.rule.steps
            if level not in open_levels and value >= threshold.index and z >= threshold.zscore
        ]
        if not reached or sources(state) < self.rule.minimum_sources or len(hostile(state)) < self.rule.minimum_events:
            return []
        if not state.fired:
            state.below = 0
        new = [Fired(level, moment) for level in reached]
        state.fired.extend(new)
        return [self._alert(state, fired, "firing", moment, usual) for fired in new]

    def still(self, fired: Sequence[Fired]) -> list[Fired]:
        """The levels of an open episode that the rule has. A checkpoint may have been written under other rules, and what nobody judges
        any more would stay open for ever."""
        return [each for each in fired if self.rule is not None and each.level in self.rule.levels]

    def heard_again(self, day: int) -> bool:
        """Whether a silence of the pair ends in this day or at its end."""
        return any(start_of(day) < silence.until <= start_of(day + 1) for silence in self.silences)

    def resolve(self, state: PairState, usual: tuple[float, float]) -> list[EscalationAlert]:
        """At the end of a day: the alerts of the episode, if it is over."""
        if self.rule is None or not state.fired:
            return []
        _, lowest = self.rule.steps[0]
        if (
            state.index >= self.rule.clear * lowest.index
            and _zscore(state.index, usual) >= self.rule.clear * lowest.zscore
        ):
            state.below = 0
            return []
        state.below += 1
        if state.below < self.rule.clear_days and not calming(state):
            return []
        moment = start_of(state.day + 1)
        over, state.fired = state.fired, []
        return [self._alert(state, fired, "resolved", moment, usual) for fired in over]

    def firing(
        self, state: PairState, usual: tuple[float, float], said: Mapping[str, EscalationAlert]
    ) -> dict[AlertLevel, EscalationAlert]:
        """The open alerts: as they were said, by identity; those that are older than that with the figures of this moment."""
        return {
            fired.level: said.get(alert_id(self.pair, self._window(fired.moment), fired.level))
            or self._alert(state, fired, "firing", fired.moment, usual)
            for fired in state.fired
        }

    def row(self, state: PairState, usual: tuple[float, float]) -> Row:
        """The figures of the running day so far."""
        today = state.counts[-1].articles if state.counts and state.counts[-1].day == state.day else 0
        threat, act = round(state.threat, DIGITS), round(state.act, DIGITS)
        return Row(
            state.day,
            round(threat + act, DIGITS),
            threat,
            act,
            round(usual[0], DIGITS),
            round(_zscore(state.index, usual), DIGITS),
            self._level(state, usual),
            today,
        )

    def _level(self, state: PairState, usual: tuple[float, float]) -> Level:
        """The level of the day; while an episode lasts, at least its lowest."""
        if self.rule is None:
            return "calm"
        value, z = state.index, _zscore(state.index, usual)
        steps = self.rule.steps
        reached = [level for level, step in steps if value >= step.index and z >= step.zscore]
        if state.fired:
            reached.append(state.fired[0].level)
        if reached:
            return max(reached, key=LEVELS.index)
        lowest = steps[0][1]
        near = value >= self.rule.clear * lowest.index and z >= self.rule.clear * lowest.zscore
        return "elevated" if near else "calm"

    def _alert(
        self,
        state: PairState,
        fired: Fired,
        status: Literal["firing", "resolved"],
        moment: int,
        usual: tuple[float, float],
    ) -> EscalationAlert:
        window = self._window(fired.moment)
        level: AlertLevel = fired.level
        return EscalationAlert(
            schema_="harbinger.escalation-alert.v1",
            alert_id=alert_id(self.pair, window, level),
            pair=self.pair,
            state=status,
            level=level,
            index=round(state.index, DIGITS),
            baseline=round(usual[0], DIGITS),
            zscore=round(_zscore(state.index, usual), DIGITS),
            window=window,
            started_at=rfc3339(fired.moment),
            updated_at=rfc3339(moment),
            articles=articles(state),
            sources=sources(state),
            top_events=[
                TopEvent.model_validate(
                    {
                        "article_id": story.article_id,
                        "event_id": story.event_id,
                        "type": story.root,
                        "evidence": story.evidence,
                    }
                )
                for story in top_stories(state, self.index, TOP_EVENTS)
            ],
        )

    def _window(self, moment: int) -> Window:
        """The days whose evidence made the alert fire; with pair and level they are its identity."""
        day = day_of(moment)
        return Window(start=rfc3339(start_of(day - self.index.window_days + 1)), end=rfc3339(start_of(day + 1)))


def _zscore(value: float, usual: tuple[float, float]) -> float:
    baseline, spread = usual
    return (value - baseline) / spread

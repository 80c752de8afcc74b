"""The escalation index of a pair: what each report does to it, and what each day.

The index is the sum of the values of all hostile events, each decayed by half every ``half_life_days``, and never below 0:

    value(event)  = points x (1 - product over its sources of (1 - confidence))
    index(moment) = sum of value x 2 ^ (-age / half life), less what relief took away

Several articles that tell of one event are one event with many sources: a second source makes it surer, not twice as bad.
Relief (talks, agreements, withdrawals) leaves a share of threat and act, ``2 ^ (-value / relief_halving)``. So it takes more from a
pair at the brink than from a calm one, never all (those who talk may still shoot), and peace is not stored up against
the next threat.

Baseline and spread are the median of the index at the ends of the ``baseline_days`` before and 1.4826 times the median absolute
deviation from it (the factor makes it a standard deviation for normal data: Rousseeuw and Croux 1993). Days of an open alert are not among these, for
up to ``held_days``: a crisis is not what is usual.
"""

from collections.abc import Sequence
from heapq import nsmallest
from statistics import median
from typing import Final

from service.monitor.report import Deed, Kind, Report
from service.monitor.rules import IndexRules
from service.monitor.similarity import jaccard
from service.monitor.state import DayCount, PairState, Story
from service.monitor.stories import Stories
from service.monitor.times import day_of

MAD_TO_SIGMA: Final = 1.4826
REPRINT_DAYS: Final = 3
"""A near-duplicate that dates its deed differently is a reprint when the two days lie no further apart than this."""
_NOTHING: Final = 0.005
"""An index that would be shown as 0.00 or 0.01 is 0: a decayed sum otherwise never ends."""


def tell(state: PairState, report: Report, rules: IndexRules, stories: Stories) -> None:
    """Take one report into the running day. Reports must come in order of publication.

    Args:
        stories: the index of the state's stories, which is kept up.
    """
    count = state.counts[-1] if state.counts and state.counts[-1].day == state.day else None
    if count is None:
        count = DayCount(state.day, 0, {})
        state.counts.append(count)
    count.articles += 1
    count.sources[report.source] = count.sources.get(report.source, 0) + 1
    for deed in report.deeds:
        _add(state, deed, report, rules, stories)


def close_day(state: PairState, rules: IndexRules) -> None:
    """End the running day and begin the next: remember, decay, forget."""
    if not _held(state, rules):
        state.closed.append(state.index)
        del state.closed[: -rules.baseline_days]
    share = _decay(1, rules)
    state.threat *= share
    state.act *= share
    if state.index < _NOTHING:
        state.threat = state.act = 0.0
    state.day += 1
    first = state.day - rules.window_days + 1
    state.stories = [story for story in state.stories if story.day >= first]
    state.counts = [count for count in state.counts if count.day >= first]


def _held(state: PairState, rules: IndexRules) -> bool:
    """Whether the running day stays out of the baseline."""
    return bool(state.fired) and state.day - day_of(state.fired[0].moment) < rules.held_days


def usual(closed: Sequence[float], rules: IndexRules) -> tuple[float, float]:
    """Baseline and spread from the days before. Days that the pair was not heard of count as 0."""
    unheard = rules.baseline_days - len(closed)
    if 2 * (unheard + closed.count(0.0)) > rules.baseline_days:  # as for most pairs; both medians are 0
        return 0.0, rules.spread_floor
    days = [*closed, *[0.0] * unheard]
    baseline = median(days)
    deviation = median(abs(day - baseline) for day in days)
    return baseline, max(MAD_TO_SIGMA * deviation, rules.spread_floor)


def sources(state: PairState) -> int:
    """Distinct sources of the window."""
    return len({source for count in state.counts for source in count.sources})


def articles(state: PairState) -> int:
    """Articles of the window."""
    return sum(count.articles for count in state.counts)


def hostile(state: PairState) -> list[Story]:
    """The threats and acts of the window."""
    return [story for story in state.stories if story.kind != "relief"]


def calming(state: PairState) -> bool:
    """Whether the window tells of more relief than of threats and acts; silence tells of neither."""
    relief = sum(story.value for story in state.stories if story.kind == "relief")
    return relief > sum(story.value for story in hostile(state))


def top_stories(state: PairState, rules: IndexRules, count: int) -> list[Story]:
    """The hostile events that weigh most at this moment."""

    def weight(story: Story) -> tuple[float, str, str]:
        return -story.value * _decay(state.day - story.day, rules), story.article_id, story.event_id

    return nsmallest(count, hostile(state), key=weight)


def _decay(days: int, rules: IndexRules) -> float:
    share: float = 2.0 ** (-days / rules.half_life_days)
    return share


def _add(state: PairState, deed: Deed, report: Report, rules: IndexRules, stories: Stories) -> None:
    story = _known(deed, report, rules, stories)
    if story is None:
        story = Story(
            deed.root, deed.kind, deed.day, 0.0, 0.0, {}, report.signature, report.article_id, deed.event_id, "", -1.0
        )
        stories.add(story)
    before = story.value
    story.points = max(story.points, deed.points)
    story.sources[report.source] = max(story.sources.get(report.source, 0.0), deed.confidence)
    doubt = 1.0
    for confidence in story.sources.values():
        doubt *= 1 - confidence
    story.value = story.points * (1 - doubt)
    if deed.points * deed.confidence > story.strength:
        story.strength = deed.points * deed.confidence
        story.article_id, story.event_id, story.evidence = report.article_id, deed.event_id, deed.evidence
    _move(state, story.kind, (story.value - before) * _decay(state.day - story.day, rules), rules)


def _move(state: PairState, kind: Kind, change: float, rules: IndexRules) -> None:
    if kind == "threat":
        state.threat += change
    elif kind == "act":
        state.act += change
    else:
        left = 2.0 ** (-change / rules.relief_halving)
        state.threat *= left
        state.act *= left


def _known(deed: Deed, report: Report, rules: IndexRules, stories: Stories) -> Story | None:
    """The event that this one is told of again: the most similar of those that may be it, of several the one told first."""
    best, best_likeness, best_order = None, 0.0, 0
    words = stories.words(report.signature)
    for day in range(deed.day - REPRINT_DAYS, deed.day + REPRINT_DAYS + 1):
        needed = rules.same_story if day == deed.day else rules.near_duplicate
        for order, story in stories.like(deed, day):
            own = report.article_id == story.article_id
            likeness = 1.0 if own else jaccard(words, stories.words(story.signature))
            if likeness < needed or likeness < best_likeness:
                continue
            if likeness > best_likeness or order < best_order:
                best, best_likeness, best_order = story, likeness, order
    return best

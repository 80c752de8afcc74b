"""Answers from the pairs that this process keeps. Nothing here waits: an answer is a picture of one moment."""

from collections.abc import Iterable, Mapping
from heapq import nsmallest
from typing import Final

from service.messages.alert import EscalationAlert
from service.monitor.index import top_stories
from service.monitor.keeper import Keeper
from service.monitor.rules import LEVELS, IndexRules, Pair
from service.monitor.shard import Shard
from service.monitor.state import PairState, Row, Story
from service.monitor.views.figures import RANKS, alerts_in_order, current, day, event, measure, moment
from service.monitor.views.models import AlertsView, PairAlerts, PairsQuery, PairsView, PairView
from service.monitor.watch import PairWatch
from service.monitor.wire import pair_name

EVENTS_MAX: Final = 50
"""Hostile events that a pair shows, and as many that relieved."""

_Judged = tuple[int, PairWatch, Row, PairState]
"""Partition, pair, its figures and its state at the latest judgement."""


class Local:
    """The pairs of the partitions that this member owns.

    Args:
        keeper: has them.
        rules: of the index.
    """

    def __init__(self, keeper: Keeper, rules: IndexRules) -> None:
        self._keeper = keeper
        self._rules = rules
        self._whole: dict[int, Shard] = {}

    @property
    def partitions(self) -> list[int]:
        """Which they are."""
        return sorted(self._keeper.shards)

    def judged(self, shards: Mapping[int, Shard]) -> None:
        """These shards, by partition, went through a round of judgement, unless their ledger failed in it."""
        self._whole = {
            number: shard
            for number, shard in shards.items()
            if shard.clocks.reached is not None and number in self._keeper.ledgers
        }

    def unjudged(self) -> list[int]:
        """Partitions whose pairs came back from the changelog, and not all have their figures yet."""
        shards = self._keeper.shards
        return [each for each in self.partitions if shards[each].watches and self._whole.get(each) is not shards[each]]

    def pairs(self, query: PairsQuery) -> PairsView:
        """The pairs that come first."""
        found = [judged for judged in self._pairs() if RANKS.get(judged[2].level, 0) >= RANKS[query.level]]

        def place(judged: _Judged) -> tuple[float, Pair]:
            _, watch, row, state = judged
            return -measure(watch, row, state, query.by), watch.pair

        first = nsmallest(query.limit, found, place)
        return PairsView(
            horizon=self.horizon(),
            partitions=self.partitions,
            watched=len(found),
            pairs=[
                current(watch, row, state, self._open(partition, watch.pair)) for partition, watch, row, state in first
            ],
        )

    def pair(self, partition: int, pair: Pair) -> PairView | None:
        """All on one pair of a partition that is ours; None when nothing is known of it."""
        shard = self._keeper.shards[partition]
        watch = shard.watches.get(pair)
        if watch is None:
            return None
        row, state, fires = watch.current, watch.state, self._open(partition, pair)
        return PairView(
            pair=pair,
            horizon=moment(shard.clocks.reached),
            current=current(watch, row, state, fires) if row is not None and state is not None else None,
            alerts=PairAlerts(open=fires, history=[alert for _, alert in watch.alerts]),
            events=[event(story) for story in self._stories(state)] if state is not None else [],
            series=[day(row) for _, row in sorted(watch.rows.items())],
        )

    def alerts(self, ended: bool) -> AlertsView:
        """The alerts that fire; those that have ended, too, if they are wanted."""
        found = [alert for ledger in self._keeper.ledgers.values() for alert in ledger.firing()]
        if ended:
            found += [alert for watch in self._watches() for _, alert in watch.alerts if alert.state == "resolved"]
        return AlertsView(horizon=self.horizon(), partitions=self.partitions, alerts=alerts_in_order(found))

    def horizon(self) -> str | None:
        """The moment that all our partitions have reached."""
        reached = [shard.clocks.reached for shard in self._keeper.shards.values()]
        return moment(min((each for each in reached if each is not None), default=None))

    def _watches(self) -> Iterable[PairWatch]:
        return (watch for shard in self._keeper.shards.values() for watch in shard.watches.values())

    def _pairs(self) -> Iterable[_Judged]:
        """The pairs that have figures, and were not taken back since."""
        for partition, shard in self._keeper.shards.items():
            for watch in shard.watches.values():
                if watch.current is not None and watch.state is not None:
                    yield partition, watch, watch.current, watch.state

    def _open(self, partition: int, pair: Pair) -> list[EscalationAlert]:
        """What the topic says: a late article may have moved the beginning of an alert, which keeps its identity there."""
        ledger = self._keeper.ledgers.get(partition)
        published = ledger.of(pair_name(pair)).open if ledger is not None else {}
        return [published[level] for level in LEVELS if level in published]

    def _stories(self, state: PairState) -> Iterable[Story]:
        relief = sorted((story for story in state.stories if story.kind == "relief"), key=_latest_first)
        return [*top_stories(state, self._rules, EVENTS_MAX), *relief[:EVENTS_MAX]]


def _latest_first(story: Story) -> tuple[int, str, str]:
    return -story.day, story.article_id, story.event_id

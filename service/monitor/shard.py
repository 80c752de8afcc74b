"""The pairs of one partition: what the changelog says of them, and what is to be judged again."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from service.monitor.clocks import Clocks
from service.monitor.report import decode
from service.monitor.rules import Pair, Rules
from service.monitor.times import day_of
from service.monitor.watch import Added, PairWatch
from service.monitor.wire import Clock, Told, decode_clock, pair_name, pair_of, parse_state_key, state_key


@dataclass(slots=True)
class Shard:
    """State of one partition of pairs, owned by one process at a time."""

    rules: Rules
    clocks: Clocks
    watches: dict[Pair, PairWatch] = field(default_factory=dict)
    changed: set[Pair] = field(default_factory=set)
    """Pairs to judge again."""
    _checkpoints: dict[Pair, str] = field(default_factory=dict)
    _judged_day: int | None = None
    _told_horizon: int | None = None
    _resting: dict[Pair, float] = field(default_factory=dict)

    def apply(self, key: bytes, value: bytes | None) -> None:
        """Take a changelog record. A deletion needs nothing: what it deletes is summed up in a checkpoint."""
        if value is None:
            return
        entry, name, part = parse_state_key(key)
        if entry == "clock":
            self.clocks.tell(decode_clock(value))
        elif entry == "horizon":
            self.clocks.restore(int(value))
        elif entry == "checkpoint":
            self._restore(pair_of(name), part, value)
        else:
            self._add(pair_of(name), part, value)

    def take(self, told: Told) -> Added:
        """Take a report from the first stage."""
        return self._add(pair_of(told.pair), told.key, told.value)

    def tell(self, clock: Clock) -> None:
        """Take a clock from the first stage."""
        self.clocks.tell(clock)

    def begin(self, now: float) -> int | None:
        """The moment to judge ``changed`` up to, milliseconds since 1970; on a new day everything has changed.

        Args:
            now: seconds of a monotonic clock.
        """
        horizon = self.clocks.horizon(now)
        if horizon is not None and day_of(horizon) != self._judged_day:
            self._judged_day = day_of(horizon)
            self.changed.update(self.watches)
        return horizon

    def new_horizon(self) -> tuple[bytes, bytes] | None:
        """The changelog record of the horizon, if it moved since this was called last."""
        if self.clocks.reached == self._told_horizon:
            return None
        self._told_horizon = self.clocks.reached
        return self.horizon_record()

    def horizon_record(self) -> tuple[bytes, bytes]:
        """The changelog record of the horizon, which there must be.

        Also a good last record after deletions: Faust would wait for ever for a last record that compaction took away.
        """
        return state_key("horizon"), str(self.clocks.reached).encode()

    def holds(self, key: bytes) -> bool:
        """Whether the report of a changelog key is among those that count."""
        entry, name, part = parse_state_key(key)
        watch = self.watches.get(pair_of(name)) if entry == "report" else None
        return watch is not None and part in watch.reports

    def due(self, now: float) -> list[Pair]:
        """The changed pairs that may be judged again, in their order.

        Args:
            now: seconds of a monotonic clock.
        """
        self._resting = {pair: until for pair, until in self._resting.items() if until > now}
        return sorted(self.changed - self._resting.keys())

    def rest(self, pair: Pair, until: float) -> None:
        """Do not judge a pair again before then, by the clock of :meth:`due`."""
        self._resting[pair] = until

    def settle(self, watch: PairWatch) -> Iterator[tuple[bytes, bytes | None]]:
        """Changelog records that sum up the pair's oldest days: the checkpoint first, then deletions of what it replaces."""
        name = pair_name(watch.pair)
        summed = watch.checkpoint()
        if summed is None:
            if watch.forgotten:
                yield from self._forget(watch, name)
            return
        checkpoint, keys = summed
        watch.restore(checkpoint)
        day, before = str(watch.first_day), self._checkpoints.get(watch.pair)
        self._checkpoints[watch.pair] = day
        yield state_key("checkpoint", name, day), checkpoint
        for key in keys:
            yield state_key("report", name, key), None
        if before is not None:
            yield state_key("checkpoint", name, before), None
        yield self.horizon_record()

    def _forget(self, watch: PairWatch, name: str) -> Iterator[tuple[bytes, bytes | None]]:
        """A pair that has not been heard of for so long that not even its figures are kept."""
        del self.watches[watch.pair]
        self.changed.discard(watch.pair)
        day = self._checkpoints.pop(watch.pair, None)
        if day is not None:
            yield state_key("checkpoint", name, day), None
            yield self.horizon_record()

    def _watch(self, pair: Pair) -> PairWatch:
        watch = self.watches.get(pair)
        if watch is None:
            watch = self.watches[pair] = PairWatch(pair, self.rules)
        return watch

    def _add(self, pair: Pair, key: str, value: bytes) -> Added:
        added = self._watch(pair).add(key, value, decode(value).published)
        if added == "new":
            self.changed.add(pair)
        return added

    def _restore(self, pair: Pair, day: str, value: bytes) -> None:
        watch = self._watch(pair)
        watch.restore(value)
        self._checkpoints[pair] = str(watch.first_day)
        self.changed.add(pair)

"""Second stage: keeps the pairs of the partitions that this process owns, judges them and publishes their alerts."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from aiokafka.errors import KafkaError

from service.messages.alert import EscalationAlert
from service.monitor.clocks import Clocks
from service.monitor.ledger import Ledger
from service.monitor.reconcile import to_publish
from service.monitor.rules import Rules
from service.monitor.shard import Shard
from service.monitor.sinks import AlertSinks
from service.monitor.watch import PairWatch
from service.monitor.wire import Clock, Reports, decode, encode, pair_name, state_key
from service.observability.monitor_metrics import LEVELS, MonitorMetrics

log = structlog.get_logger(__name__)

LEDGER_ERRORS: Final = (KafkaError, AssertionError, TimeoutError)
"""What a broker that is away or a fence brings; aiokafka checks the state of its transactions by assertion."""

LONG_S: Final = 0.1
"""Seconds of processor time from which on a judgement is long: an article that is late in a pair at war means to judge a day of
thousands of reports anew."""
REST: Final = 10
"""A pair rests for so many times as long as its judgement took, if that was long: so none keeps the others, and the probes, waiting."""

StateRecord = tuple[bytes, bytes | None]
"""Key and value of the changelog; None deletes."""

Settled = tuple[int, Shard, list[StateRecord]]
"""Partition, its shard and records to write: the rest when the first of all shards are safe."""

Put = Callable[[int, bytes, bytes | None], Awaitable[Any]]
"""Writes a changelog record of a partition; gives its delivery."""


class Keeper:
    """Shards and ledgers by partition of pairs.

    Args:
        rules: of index and alerts.
        inputs: number of input partitions.
        hold_s: see ``monitor.hold_s``.
        reopen_s: wait before a ledger that failed is opened again: long enough that a process which was evicted hears of
            it, and does not fence its successor twice.
        new_ledger: makes the ledger of a partition.
        sinks: get every alert that was published.
        top_pairs: see ``monitor.top_pairs``.
        confirm_s: see :class:`~service.monitor.clocks.Clocks`.
    """

    put: Put

    def __init__(
        self,
        rules: Rules,
        inputs: int,
        hold_s: float,
        reopen_s: float,
        new_ledger: Callable[[int], Ledger],
        sinks: AlertSinks,
        metrics: MonitorMetrics,
        top_pairs: int,
        confirm_s: float = 0.0,
    ) -> None:
        self.shards: dict[int, Shard] = {}
        self.ledgers: dict[int, Ledger] = {}
        self._rules = rules
        self._inputs = inputs
        self._hold_s = hold_s
        self._confirm_s = confirm_s
        self._reopen_s = reopen_s
        self._new_ledger = new_ledger
        self._sinks = sinks
        self._metrics = metrics
        self._top_pairs = top_pairs
        self._placed = False
        self._recovered: set[int] = set()
        self._opening: dict[int, asyncio.Task[None]] = {}
        self._restored: set[int] = set()
        self._closing: set[asyncio.Task[None]] = set()

    # What Faust says.

    def apply(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Take a changelog record."""
        try:
            self._shard(partition).apply(key, value)
        except Exception:  # a record of ours that cannot be read: worth an error, and no reason to lose all the others
            log.exception("changelog_record_unreadable", partition=partition, key=key.decode("utf-8", "replace"))

    async def assigned(self, partitions: set[int]) -> None:
        """Keep these partitions; let go of all others."""
        self._metrics.rebalances.inc()
        for partition in set(self.shards) - partitions:
            self._release(partition)
        for partition in partitions:
            self._shard(partition)
        self._recovered &= partitions
        self._placed = True

    async def recovered(self, partitions: set[int]) -> None:
        """The state of these partitions is complete: their alerts may be published once the ledger is open."""
        self._recovered |= partitions
        for partition in partitions:
            if partition not in self.ledgers and partition not in self._opening:
                self._opening[partition] = asyncio.create_task(self._open(partition))

    def unready(self) -> str | None:
        """What is missing before alerts can be published, or None."""
        if not self._placed:
            return "no partitions were assigned yet"
        missing = sorted(set(self.shards) - set(self.ledgers))
        return f"alerts of partitions {missing} cannot be published yet" if missing else None

    # What the first stage says.

    def take(self, message: Any) -> list[Awaitable[Any]] | None:
        """Take a record of the pairs' topic (a Faust message): its deliveries, or None when the partition is not ours any more."""
        shard = self.shards.get(message.partition)
        if shard is None:
            return None
        try:
            told = decode(message.value)
        except Exception:
            log.exception("pair_record_unreadable", partition=message.partition, offset=message.offset)
            return []
        records = self._tell(shard, told)
        return [self.put(message.partition, *record) for record in records]

    def _tell(self, shard: Shard, message: Reports | Clock) -> list[tuple[bytes, bytes]]:
        """Tell the shard; gives the changelog records that follow."""
        if isinstance(message, Clock):
            shard.tell(message)
            return [(state_key("clock", str(message.partition)), encode(message))]
        records = []
        for told in message.told:
            try:
                added = shard.take(told)
            except Exception:  # one of them must not take the others with it
                log.exception("report_unreadable", pair=told.pair, key=told.key)
                continue
            self._metrics.reports.labels(added).inc()
            if added == "new":
                records.append((state_key("report", told.pair, told.key), told.value))
        return records

    # Judging.

    async def judge(self) -> None:
        """Judge what changed in every partition whose ledger is open, and publish what follows.

        Raises:
            KafkaError: a record of the state could not be delivered.
        """
        settled: list[Settled] = []
        for partition, ledger in list(self.ledgers.items()):
            shard = self.shards.get(partition)
            if shard is None or partition not in self._recovered:
                continue
            try:
                await self._judge_shard(partition, shard, ledger, settled)
            except LEDGER_ERRORS as error:
                self._metrics.ledger_failures.inc()
                log.warning("ledger_failed", partition=partition, reason=repr(error))
                if self.ledgers.get(partition) is ledger:
                    self._reopen(partition)
        await self._write(settled)

    async def _write(self, settled: list[Settled]) -> None:
        """Write horizons and what sums up pairs: all checkpoints are safe before the first record that they replace is deleted.

        What moved away since it was judged is for its new owner to sum up. A report that came again, with a later date, stays.
        """
        ours = [each for each in settled if self.shards.get(each[0]) is each[1]]
        await asyncio.gather(*(self.put(partition, *records[0]) for partition, _, records in ours))
        rest = [
            self.put(partition, key, value)
            for partition, shard, records in ours
            for key, value in records[1:]
            if value is not None or not shard.holds(key)
        ]
        await asyncio.gather(*rest)

    async def _judge_shard(self, partition: int, shard: Shard, ledger: Ledger, settled: list[Settled]) -> None:
        now = time.monotonic()
        horizon = shard.begin(now)
        if horizon is None:
            return
        if (record := shard.new_horizon()) is not None:
            settled.append((partition, shard, [record]))
        for pair in shard.due(now):
            watch = shard.watches[pair]
            shard.changed.discard(pair)  # a report that comes while we publish marks it again
            if await self._judge_pair(partition, shard, watch, horizon):
                try:
                    await self._publish(partition, shard, watch, ledger, horizon)
                except BaseException:
                    shard.changed.add(pair)
                    raise
                if records := list(shard.settle(watch)):
                    settled.append((partition, shard, records))
            if watch.waiting:
                shard.changed.add(pair)
            await asyncio.sleep(0)  # heartbeats, probes and views go on
            if self.shards.get(partition) is not shard:
                return  # it moved away meanwhile
        if partition not in self._restored:
            self._restored.add(partition)
            self._sinks.restore([alert for watch in shard.watches.values() for alert in watch.open_alerts().values()])

    async def _judge_pair(self, partition: int, shard: Shard, watch: PairWatch, horizon: int) -> bool:
        """Judge a pair; False when nothing can be said of it, or it moved away meanwhile."""
        spent = 0.0
        try:
            for step, moment in enumerate(watch.steps(horizon)):
                if step:
                    await asyncio.sleep(0)  # as below
                    if self.shards.get(partition) is not shard:
                        return False
                began = time.thread_time()
                with self._metrics.judge_seconds.time():
                    watch.judge(moment)
                spent = time.thread_time() - began
        except Exception:  # one pair must not blind us for all others
            self._metrics.judge_failures.inc()
            log.exception("judgement_failed", pair=pair_name(watch.pair))
            return False
        if spent >= LONG_S:
            shard.rest(watch.pair, time.monotonic() + REST * spent)
        return watch.state is not None

    async def _publish(self, partition: int, shard: Shard, watch: PairWatch, ledger: Ledger, horizon: int) -> None:
        """Publish what is missing on the topic, once all that it follows from is safe in the changelog: an heir that knew less of it
        would take the alert back."""
        out = ledger.of(pair_name(watch.pair))
        history = [alert for _, alert in watch.alerts]
        missing = to_publish(history, watch.open_alerts(), out.last, out.open, horizon)
        if not missing:
            return
        await self.put(partition, *shard.horizon_record())
        await ledger.publish(missing)
        for alert in missing:
            self._announce(alert)

    def _announce(self, alert: EscalationAlert) -> None:
        self._metrics.alerts_published.labels(alert.state, alert.level).inc()
        log.info(
            "alert",
            state=alert.state,
            pair=pair_name(alert.pair),
            alert_level=alert.level,
            index=alert.index,
            zscore=alert.zscore,
            alert_id=alert.alert_id,
            at=alert.updated_at,
        )
        self._sinks.offer(alert)

    def show(self) -> None:
        """Bring the gauges up to date."""
        metrics = self._metrics
        watches = [watch for shard in self.shards.values() for watch in shard.watches.values()]
        metrics.partitions.set(len(self.shards))
        metrics.ledgers_open.set(len(self.ledgers))
        metrics.pairs.set(len(watches))
        current = {pair_name(watch.pair): watch.current for watch in watches if watch.current is not None}
        metrics.show_pairs({name: (row.index, row.zscore) for name, row in current.items()}, self._top_pairs)
        firing: list[str] = [level for watch in watches for level in watch.open_alerts()]
        for level in LEVELS:
            metrics.alerts_firing.labels(level).set(firing.count(level))
        clocks = [shard.clocks for shard in self.shards.values() if shard.clocks.reached is not None]
        if clocks:
            reached = min(clock.reached for clock in clocks if clock.reached is not None)
            metrics.event_time_seconds.set(reached / 1000)
            metrics.event_time_lag_seconds.set(max(clock.latest for clock in clocks) / 1000 - reached / 1000)

    # Partitions come and go.

    async def close(self) -> None:
        """Let go of everything."""
        for partition in list(self.shards):
            self._release(partition)
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _shard(self, partition: int) -> Shard:
        shard = self.shards.get(partition)
        if shard is None:
            shard = self.shards[partition] = Shard(self._rules, Clocks(self._inputs, self._hold_s, self._confirm_s))
        return shard

    async def _open(self, partition: int) -> None:
        try:
            while partition in self.shards:
                ledger = self._new_ledger(partition)
                if await self._opened(ledger):
                    shard = self.shards[partition]
                    shard.changed.update(shard.watches)  # what is out may differ from what should be
                    self.ledgers[partition] = ledger
                    return
                await asyncio.sleep(self._reopen_s)
        finally:
            if self._opening.get(partition) is asyncio.current_task():  # else it was released, and perhaps came back
                del self._opening[partition]

    async def _opened(self, ledger: Ledger) -> bool:
        try:
            await ledger.open()
        except Exception as error:  # nobody waits for this task, so it must not end before the ledger is open
            self._metrics.ledger_failures.inc()
            log.warning("ledger_not_opened", partition=ledger.partition.partition, reason=repr(error))
            await self._close_quietly(ledger)
            return False
        except BaseException:
            await self._close_quietly(ledger)
            raise
        return True

    def _reopen(self, partition: int) -> None:
        """Open a ledger that failed anew, after a while; it may have a new owner of whom we have not heard yet."""
        self._close_ledger(partition)

        async def later() -> None:
            await asyncio.sleep(self._reopen_s)
            await self._open(partition)
            if partition in self.ledgers:  # what was published although we heard of a failure, the sinks do not know
                self._restored.discard(partition)
                self._sinks.forget(list(self.shards[partition].watches))

        self._opening[partition] = asyncio.create_task(later())

    def _release(self, partition: int) -> None:
        shard = self.shards.pop(partition)
        self._restored.discard(partition)
        if task := self._opening.pop(partition, None):
            task.cancel()
        self._close_ledger(partition)
        self._sinks.forget(list(shard.watches))

    def _close_ledger(self, partition: int) -> None:
        ledger = self.ledgers.pop(partition, None)
        if ledger is not None:
            task = asyncio.create_task(self._close_quietly(ledger))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _close_quietly(self, ledger: Ledger) -> None:
        """Close what failed or is not ours any more: that it cannot be done in good order changes nothing."""
        try:
            await ledger.close()
        except Exception as error:
            log.warning("ledger_not_closed", partition=ledger.partition.partition, reason=repr(error))

"""The monitor: enriched articles in, alerts out. This module only puts the parts together.

articles.enriched -> fan-out -> pairs' topic -> keeper (shard for each partition) -> judgement -> ledger -> escalation.alerts
                                                   \\-> changelog                                \\-> sinks
"""

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any, Final

import faust
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from faust.exceptions import ConsumerNotStarted
from faust.types import TP

from service import __version__
from service.knowledge.overrides import read_overrides
from service.knowledge.weights import Weights
from service.monitor.deliveries import Deliveries
from service.monitor.fanout import FLUSH_S, TICK_S, Fanout
from service.monitor.faust_app import (
    CommittedOnlyConsumer,
    StateTable,
    changelog_topic_name,
    make_app,
    make_table,
    pairs_topic_name,
)
from service.monitor.keeper import Keeper
from service.monitor.ledger import Ledger
from service.monitor.reading import Reader
from service.monitor.recovery import RecoveryWatch
from service.monitor.rules import Rules, load_rules
from service.monitor.sinks import AlertSinks
from service.monitor.topics import MonitorTopics, dead_letter_topic_name, ensure_monitor_topics
from service.monitor.upstream import Upstream
from service.monitor.views import Peers, Views, member_address, members_of
from service.observability.health import Health, HealthServer
from service.observability.monitor_metrics import MonitorMetrics
from service.settings import Settings
from service.worker.connection import client_options, producer_options
from service.worker.errors import FatalError
from service.worker.retrying import until_answered
from service.worker.sending import send as send_as_it_is

log = structlog.get_logger(__name__)

STOP_WITHIN_S: Final = 5.0
"""Seconds that Faust, and then the ledgers, get to end in good order; with a broker that is away they could take for ever.
What was not delivered is not acknowledged, so it is read again."""
WATCH_INTERVAL_S: Final = 1.0
"""Seconds between two looks at recovery and gauges."""


class Monitor:
    """One member of the monitor's group. :meth:`run` returns after :meth:`stop`, or raises what ended it."""

    def __init__(self, settings: Settings, config_dir: Path, metrics: MonitorMetrics | None = None) -> None:
        self._settings = settings
        self._metrics = metrics or MonitorMetrics()
        overrides = read_overrides(settings.analysis.knowledge_overrides, settings.analysis.lexicon_overrides)
        rules_file = settings.monitor.rules_file or config_dir / "alerts.yaml"
        self._rules: Rules = load_rules(rules_file, config_dir / "knowledge", overrides.knowledge)
        self._reader = Reader(Weights.load(config_dir / "scoring.yaml", overrides.lexicon), self._rules.territories)
        self._health = Health(settings.http.live_within_s)
        self._sinks = AlertSinks(settings.monitor.sinks, self._observe)
        self._peers = Peers()
        self._views = Views(self._rules.index, self._unready, self._peers.ask)
        self._stopping = asyncio.Event()
        self._failure: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        self._app: faust.App | None = None
        self._keeper: Keeper | None = None
        self._deliveries: list[Deliveries] = []
        self._taken: dict[TP, int] = {}
        """Offset of the last record that we got from Faust, by partition."""
        self._taken_at: dict[TP, float] = {}
        """Its Kafka timestamp, in seconds since 1970."""
        self._metrics.build_info.info({"version": __version__})
        self._health.add("state", self._unready)

    def stop(self) -> None:
        """End in good order: leave the group, so that another takes over at once."""
        self._stopping.set()

    async def run(self) -> None:
        """Watch until :meth:`stop`.

        Raises:
            HarbingerError: what no retry mends; the message names it.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self._peers)
            server = HealthServer(self._health, self._metrics.registry, self._views.routes())
            stack.push_async_callback(server.stop)
            port = await server.start(self._settings.http.host, self._settings.http.port)
            await stack.enter_async_context(self._sinks)
            topics = await self._or_stopped(
                until_answered("topics", lambda: ensure_monitor_topics(self._settings), self._settings.worker.retry)
            )
            if topics is None:
                return
            upstream = await stack.enter_async_context(Upstream(self._settings, topics.inputs))
            await self._watch(stack, topics, upstream, port)
        log.info("monitor_stopped")

    async def _watch(
        self, stack: contextlib.AsyncExitStack, topics: MonitorTopics, upstream: Upstream, port: int
    ) -> None:
        """Build the application, start it and wait for the end."""
        app = make_app(self._settings, member_address(self._host(), port), topics.pairs)
        self._app = app
        self._metrics.pair_partitions.set(topics.pairs)
        keeper = self._keeper = self._make_keeper(topics)
        self._views.connect(keeper, members_of(app, changelog_topic_name(self._settings), topics.pairs))
        table = make_table(app, keeper, topics.pairs)
        keeper.put = table.put
        self._add_agents(app, keeper, table, topics, upstream)
        tasks = [asyncio.create_task(work) for work in (self._judge(keeper), self._look(app, keeper))]
        stack.push_async_callback(self._end, app, keeper, tasks)
        for task in tasks:
            task.add_done_callback(self._task_ended)
        start = asyncio.create_task(app.start())
        start.add_done_callback(self._task_ended)
        await self._or_stopped(self._failure)
        log.info("monitor_stopping")
        if self._failure.done() and not self._stopping.is_set():
            raise self._failure.result()

    def _add_agents(
        self, app: faust.App, keeper: Keeper, table: StateTable, topics: MonitorTopics, upstream: Upstream
    ) -> None:
        settings = self._settings
        raw: dict[str, Any] = {
            "key_serializer": "raw",
            "value_serializer": "raw",
            "key_type": bytes,
            "value_type": bytes,
        }
        articles = app.topic(settings.topics.enriched, **raw)
        pairs = app.topic(pairs_topic_name(settings), **raw)

        async def send(key: bytes | None, value: bytes, partition: int | None) -> Awaitable[Any]:
            return await pairs.send(key=key, value=value, partition=partition)

        async def bury(key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]) -> Awaitable[Any]:
            producer: Any = app.producer  # past Faust, which refuses a record with neither key nor value
            partition = 0 if key is None and value is None else None
            where = dead_letter_topic_name(settings)
            return await send_as_it_is(
                producer._ensure_producer(), where, key=key, value=value, partition=partition, headers=headers
            )

        fanout = Fanout(
            self._reader,
            topics.pairs,
            settings.monitor.settle_s,
            settings.monitor.group_id,
            send,
            bury,
            lambda partition: self._caught_up(app, upstream, partition),
            self._metrics,
        )

        async def read_articles(stream: Any) -> None:
            await self._consume(stream, fanout.take)

        async def keep_pairs(stream: Any) -> None:
            async def take(message: Any) -> list[Awaitable[Any]] | None:
                return keeper.take(message)

            await self._consume(stream, take)

        async def tell_time() -> None:
            while True:
                await asyncio.sleep(TICK_S)
                if app.rebalancing:
                    continue
                fanout.assign({tp.partition for tp in _assigned(app) if tp.topic == settings.topics.enriched})
                for delivery in await fanout.tick():
                    await delivery

        async def flush() -> None:
            while True:
                await asyncio.sleep(FLUSH_S)
                await fanout.flush()

        app.agent(articles, name="articles")(read_articles)
        app.agent(pairs, name="pairs")(keep_pairs)
        app.task(self._guarded(tell_time))
        app.task(self._guarded(flush))

    async def _consume(self, stream: Any, take: Callable[[Any], Awaitable[list[Awaitable[Any]] | None]]) -> None:
        """Read a stream; each event is acknowledged when what follows from it is delivered. Any failure ends the process."""
        stream = stream.noack()

        async def acknowledge(event: Any) -> None:
            stream.app.consumer.finish(event.message)
            await stream.ack(event)

        deliveries = Deliveries(acknowledge, self._settings.monitor.in_flight_max_records)
        self._deliveries.append(deliveries)
        acknowledging = asyncio.create_task(deliveries.run())
        acknowledging.add_done_callback(self._task_ended)
        try:
            async for event in stream.events():
                self._health.polled()
                following = await take(event.message)
                self._taken[event.message.tp] = event.message.offset
                self._taken_at[event.message.tp] = event.message.timestamp
                if following is not None:
                    await deliveries.put(event, following)
        except Exception as error:
            self._fail(error)
        finally:
            acknowledging.cancel()
            self._deliveries.remove(deliveries)

    def _guarded(self, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def guarded() -> None:
            try:
                await work()
            except Exception as error:
                self._fail(error)

        return guarded

    async def _judge(self, keeper: Keeper) -> None:
        while True:
            await asyncio.sleep(self._settings.monitor.evaluate_interval_ms / 1000)
            if self._app is not None and not self._app.rebalancing and not self._app.in_recovery:
                shards = {number: keeper.shards[number] for number in keeper.ledgers if number in keeper.shards}
                await keeper.judge()
                self._views.judged(shards)

    async def _look(self, app: faust.App, keeper: Keeper) -> None:
        recovery = RecoveryWatch(app, self._settings.monitor.recovery_stall_s, self._metrics)
        while True:
            await asyncio.sleep(WATCH_INTERVAL_S)
            if app.crashed:
                raise FatalError(f"Faust gave up: {app.crash_reason!r}")
            await recovery.check()
            keeper.show()
            for sink, waiting in self._sinks.waiting.items():
                self._metrics.sink_waiting.labels(sink).set(waiting)
            self._show_lag(app)

    def _show_lag(self, app: faust.App) -> None:
        self._metrics.clear_lag()
        for tp in _assigned(app):
            if tp.topic in (self._settings.topics.enriched, pairs_topic_name(self._settings)):
                behind = self._behind(app, tp)
                if behind is not None:
                    self._metrics.show_lag(tp.topic, tp.partition, behind, self._taken_at.get(tp), time.time())
        self._metrics.under_way.set(sum(each.under_way for each in self._deliveries))

    def _caught_up(self, app: faust.App, upstream: Upstream, partition: int) -> bool:
        if partition in upstream.unfinished:
            return False
        return self._behind(app, TP(self._settings.topics.enriched, partition), upstream.ends.get(partition, 0)) == 0

    def _behind(self, app: faust.App, tp: TP, at_least: int = 0) -> int | None:
        consumer = app.consumer
        assert isinstance(consumer, CommittedOnlyConsumer)
        return consumer.behind(tp, self._taken.get(tp), at_least)

    async def _end(self, app: faust.App, keeper: Keeper, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for name, end in (("faust", app.stop()), ("ledgers", keeper.close())):
            _, pending = await asyncio.wait([asyncio.ensure_future(end)], timeout=STOP_WITHIN_S)
            if pending:  # not cancelled: Faust waits for threads, and would not notice
                log.warning("not_stopped", part=name)

    def _make_keeper(self, topics: MonitorTopics) -> Keeper:
        settings = self._settings
        return Keeper(
            self._rules,
            topics.inputs,
            settings.monitor.hold_s,
            settings.kafka.heartbeat_interval_ms / 1000,
            self._ledger,
            self._sinks,
            self._metrics,
            settings.monitor.top_pairs,
            settings.monitor.settle_s,
        )

    def _ledger(self, partition: int) -> Ledger:
        kafka, monitor = self._settings.kafka, self._settings.monitor
        where = TopicPartition(self._settings.topics.alerts, partition)
        name = f"{kafka.transactional_id_prefix}.{monitor.group_id}.{where.topic}.{partition}"
        return Ledger(
            where,
            lambda: AIOKafkaProducer(**producer_options(kafka, name)),
            lambda: AIOKafkaConsumer(
                **client_options(kafka), isolation_level="read_committed", enable_auto_commit=False
            ),
        )

    # What the parts report.

    def _unready(self) -> str | None:
        app, keeper = self._app, self._keeper
        if app is None or keeper is None:
            return "not connected to Kafka yet"
        if app.rebalancing or app.in_recovery or not app.started:
            return "the state is being restored"
        return keeper.unready()

    def _observe(self, sink: str, outcome: str) -> None:
        if outcome == "retried":
            self._metrics.sink_retries.labels(sink).inc()
        else:
            self._metrics.sink_alerts.labels(sink, outcome).inc()

    def _task_ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self._failure.done():
            log.error("monitor_failed", reason=repr(error))
            self._failure.set_result(error if isinstance(error, FatalError) else FatalError(repr(error)))

    def _host(self) -> str:
        return self._settings.monitor.advertised_host or socket.gethostbyname(socket.gethostname())

    async def _or_stopped(self, work: Awaitable[Any]) -> Any:
        """The result of ``work``, or None when the order to stop comes first."""
        task: asyncio.Future[Any] = asyncio.ensure_future(work)
        stop: asyncio.Future[Any] = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait([task, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if task.done():
            return task.result()
        task.cancel()
        return None


def _assigned(app: faust.App) -> Collection[TP]:
    """The partitions that are ours; none while the consumer is not started, which a slow broker draws out."""
    try:
        return app.consumer.assignment() if app.consumer is not None else ()
    except ConsumerNotStarted:
        return ()

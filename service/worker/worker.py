"""The worker: articles in, enriched articles out, exactly once. This module only puts the parts together.

consumer -> poller -> lane (one for each partition) -> pool of analysis processes
                             \\-> transaction: enriched articles, dead letters, offsets
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from service import __version__
from service.knowledge.overrides import read_overrides
from service.observability.health import Health, HealthServer
from service.observability.metrics import CircuitState, Metrics, RetriedOperation
from service.observability.tracing import make_tracer
from service.settings import Settings
from service.worker.budget import Budget
from service.worker.circuit import Circuit
from service.worker.connection import consumer_options, producer_options
from service.worker.cpus import granted_cpus
from service.worker.errors import FatalError, fatal
from service.worker.lag import show_lag
from service.worker.lane import LaneContext
from service.worker.lanes import Lanes
from service.worker.offsets import CommittedOffsets
from service.worker.outbound import Outbound
from service.worker.polling import Poller
from service.worker.pool import Pool, RestartReason
from service.worker.process import Enriched, Ready, Rejected, serve
from service.worker.record import Record
from service.worker.reloading import KnowledgeReload
from service.worker.retrying import until_answered
from service.worker.topics import admin_client, ensure_topics

log = structlog.get_logger(__name__)
T = TypeVar("T")

REPORT_INTERVAL_S: Final = 1.0
"""Seconds between two updates of the gauges (lag, lanes, in flight)."""


class Worker:
    """One member of the consumer group. :meth:`run` returns after :meth:`stop`, or raises what ended it."""

    def __init__(self, settings: Settings, config_dir: Path, metrics: Metrics | None = None) -> None:
        self._settings = settings
        self._metrics = metrics or Metrics()
        self._health = Health(settings.http.live_within_s)
        self._circuit = Circuit(settings.worker.circuit, on_change=self._circuit_changed)
        self._budget = Budget(settings.worker.in_flight_max_records, settings.worker.in_flight_max_bytes)
        tracing = settings.tracing
        self._tracer = make_tracer(tracing.enabled, tracing.endpoint, tracing.sample_ratio, __version__)
        overrides = read_overrides(settings.analysis.knowledge_overrides, settings.analysis.lexicon_overrides)
        self._pool = Pool(
            settings.worker.processes or granted_cpus(),
            target=serve,
            arguments=(config_dir, overrides, settings.analysis.other_languages),
            time_limit_s=settings.worker.article_time_limit_s,
            on_restart=self._process_lost,
        )
        self._reload = KnowledgeReload(
            settings.analysis,
            self._pool,
            overrides,
            arguments=lambda changed: (config_dir, changed, settings.analysis.other_languages),
            metrics=self._metrics,
            on_loaded=self._show_build,
        )
        self._lanes: Lanes | None = None
        self._stopping = asyncio.Event()
        self._failure: asyncio.Future[FatalError] = asyncio.get_running_loop().create_future()
        self._health.add("pool", lambda: None if self._pool.warm else "analysis processes are not warm")
        self._health.add(
            "lanes", lambda: self._lanes.unready() if self._lanes is not None else "not connected to Kafka yet"
        )
        self._health.add("circuit", lambda: "the circuit is open" if self._circuit.state == "open" else None)

    def stop(self) -> None:
        """End in good order: finish what is under analysis, commit it, leave the group."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until :meth:`stop`.

        Raises:
            FatalError: what no retry mends; the message names it.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        server = HealthServer(self._health, self._metrics.registry)
        await server.start(self._settings.http.host, self._settings.http.port)
        try:
            await self._until_stopped(self._work())
        finally:
            await self._pool.stop()
            await asyncio.to_thread(self._tracer.close)
            await server.stop()
            log.info("worker_stopped")

    async def _until_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work`` until it ends, the order to stop comes, or a lane meets a fatal error; then let it clean up."""
        task = asyncio.create_task(work)
        stop = asyncio.create_task(self._stopping.wait())
        try:
            waiting: list[asyncio.Future[Any]] = [task, stop, self._failure]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            if not task.done():
                log.info("worker_stopping", in_flight=self._budget.records)
                task.cancel()
            results = await asyncio.gather(task, return_exceptions=True)
        if self._failure.done():
            raise self._failure.result()
        if isinstance(results[0], Exception):
            raise results[0]

    async def _work(self) -> None:
        """Warm the pool, check the topics, then one session after another, with the knowledge that lies there."""
        ready = await self._pool.start()
        self._show_build(ready)
        log.info("pool_warm", processes=self._pool.processes, model=ready.model, knowledge=ready.knowledge)
        report = await self._retrying("topics", lambda: ensure_topics(self._settings))
        for warning in report.warnings:
            log.warning("topics_warning", reason=warning)
        self._metrics.input_partitions.set(report.partitions("articles"))
        dead_letter_partitions = report.partitions("dead_letters")
        outbound = Outbound(self._settings.topics, self._settings.kafka.group_id, self._tracer, dead_letter_partitions)
        await _first_to_end(self._sessions(outbound), self._reload.run())

    async def _sessions(self, outbound: Outbound) -> None:
        while True:
            try:
                await self._session(outbound)
            except Exception as error:
                if final := fatal(error, "consumer"):
                    raise final from error
                self._metrics.retries.labels("session").inc()
                log.error("session_failed", reason=repr(error))
                await asyncio.sleep(self._settings.worker.retry.initial_s)

    async def _session(self, outbound: Outbound) -> None:
        """A consumer, its lanes and the poll loop, until the consumer cannot go on."""
        kafka = self._settings.kafka
        async with contextlib.AsyncExitStack() as stack:
            admin = await self._retrying("connect", lambda: stack.enter_async_context(admin_client(self._settings)))
            consumer = await self._retrying("connect", self._start_consumer)
            offsets = CommittedOffsets(admin, consumer, kafka.group_id, kafka.auto_offset_reset)
            lanes = Lanes(
                lambda: self._context(offsets, outbound), self._metrics, self._settings.worker.drain_timeout_s
            )
            stack.push_async_callback(self._end_session, consumer, lanes)
            self._lanes = lanes
            consumer.subscribe([self._settings.topics.articles], listener=lanes)
            poller = Poller(consumer, lanes, self._budget, self._circuit, self._health, self._metrics, self._settings)
            await _first_to_end(poller.run(), self._report(consumer, lanes), self._pool.watch())

    async def _start_consumer(self) -> AIOKafkaConsumer:
        options = {
            **consumer_options(self._settings.kafka),
            "auto_offset_reset": "none",
        }  # the lanes say where to start
        consumer = AIOKafkaConsumer(**options)
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        return consumer

    async def _end_session(self, consumer: AIOKafkaConsumer, lanes: Lanes) -> None:
        """Drain first, while this member still owns its partitions; then leave the group."""
        await lanes.close()
        try:
            await asyncio.wait_for(consumer.stop(), self._settings.kafka.session_timeout_ms / 1000)
        except Exception as error:
            log.warning("consumer_left_behind", reason=repr(error))

    async def _retrying(self, operation: RetriedOperation, call: Callable[[], Awaitable[T]]) -> T:
        """Call until it works: a broker that is away comes back, and until then readiness says that we wait."""

        def note() -> None:
            self._metrics.retries.labels(operation).inc()
            self._health.polled()  # waiting for a broker is no reason to be restarted

        return await until_answered(operation, call, self._settings.worker.retry, note)

    def _context(self, offsets: CommittedOffsets, outbound: Outbound) -> LaneContext:
        kafka = self._settings.kafka
        return LaneContext(
            group_id=kafka.group_id,
            settings=self._settings.worker,
            transaction_limit_s=kafka.transaction_timeout_ms / 1000,
            max_request_bytes=kafka.max_request_bytes,
            fenced_pause_s=kafka.heartbeat_interval_ms / 1000,
            new_producer=self._producer,
            offsets=offsets,
            outbound=outbound,
            pool=self._pool,
            budget=self._budget,
            metrics=self._metrics,
            on_commit=self._committed,
            on_fatal=self._fail,
        )

    def _producer(self, partition: TopicPartition) -> AIOKafkaProducer:
        kafka = self._settings.kafka
        name = f"{kafka.transactional_id_prefix}.{kafka.group_id}.{partition.topic}.{partition.partition}"
        return AIOKafkaProducer(**producer_options(kafka, name))

    async def _report(self, consumer: AIOKafkaConsumer, lanes: Lanes) -> None:
        while True:
            lanes.show()
            await show_lag(consumer, lanes, self._metrics)
            self._metrics.in_flight_articles.set(self._budget.records)
            self._metrics.in_flight_bytes.set(self._budget.bytes)
            self._metrics.pool_processes.set(self._pool.warm_processes)
            await asyncio.sleep(REPORT_INTERVAL_S)

    # What the parts report.

    def _committed(self, record: Record, outcome: Enriched | Rejected) -> None:
        metrics = self._metrics
        metrics.analysis_seconds.observe(sum(outcome.seconds.values()))
        metrics.add_stages(dict(outcome.seconds))
        metrics.end_to_end_seconds.observe(max(0.0, time.time() - record.timestamp / 1000))
        refused_by_order = outcome.other_language is not None
        self._circuit.record(dead_lettered=isinstance(outcome, Rejected) and not refused_by_order)
        if outcome.other_language is not None:
            metrics.add_other_language(outcome.other_language)
        where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        if isinstance(outcome, Enriched):
            metrics.articles_processed.labels("enriched").inc()
            log.debug("enriched", **where, article_id=outcome.article_id)
            return
        metrics.articles_processed.labels("dead_lettered").inc()
        metrics.dead_letters.labels(outcome.stage).inc()
        log.warning(
            "dead_lettered",
            **where,
            key=record.key.decode("utf-8", "replace") if record.key is not None else None,
            stage=outcome.stage,
            error_type=outcome.exception,
            reason=outcome.message,
        )

    def _show_build(self, ready: Ready) -> None:
        self._metrics.set_build(__version__, ready.model, ready.knowledge)

    def _process_lost(self, reason: RestartReason) -> None:
        self._metrics.pool_restarts.labels(reason).inc()

    def _circuit_changed(self, state: CircuitState) -> None:
        self._metrics.set_circuit(state)
        (log.error if state == "open" else log.info)("circuit_changed", state=state)

    def _fail(self, error: FatalError) -> None:
        if not self._failure.done():
            self._failure.set_result(error)


async def _first_to_end(*work: Coroutine[Any, Any, None]) -> None:
    """Run several loops until one of them ends or fails; cancel the others and pass its error on."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

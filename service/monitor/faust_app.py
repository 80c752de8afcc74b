"""The Faust application: settings, transport and the table whose changelog is the monitor's state.

What Faust does here: membership, assignment, reading, committing, recovery from the changelog, and who owns which partition.
What it does not: acknowledge by itself, hold the state in its own store, or publish alerts.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final, Protocol

import faust
import structlog
from aiokafka.errors import IllegalStateError
from faust.auth import OAuthCredentials, SASLCredentials, SSLCredentials
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP, EventT, Message
from mode.services import WaitResults
from yarl import URL

from service.monitor.begun import begin
from service.monitor.unbroken import Unbroken
from service.settings import Settings
from service.worker.connection import TokenProvider, ssl_context

log = structlog.get_logger(__name__)

COMMIT_INTERVAL_S: Final = 1.0
"""Seconds between two commits. What was acknowledged since is read again after a death, which changes nothing."""
DELIVERY_TIMEOUT_S: Final = 120.0
"""Seconds that a record may take to be delivered before the process gives up and starts again from its last commit."""
LINGER_S: Final = 0.05
"""Seconds that the producer waits for more. The transactions of the worker want short waits; here nobody waits for a single record,
and fewer, fuller requests are half of the throughput."""
STATE_TABLE: Final = "state"


class _CommittedOnlyThread(AIOKafkaConsumerThread):
    """Articles of a transaction that was aborted were never published: they must not count."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.spans: dict[TP, tuple[int | None, int | None]] = {}
        """Positions of each partition before and after the last fetch."""
        super().__init__(*args, **kwargs)

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        return consumer

    async def _fetch_records(self, consumer: Any, active_partitions: Any, *args: Any, **options: Any) -> Any:
        begins = {tp: self.next_offset(tp) for tp in tuple(active_partitions)}  # the set changes in another thread
        batches = await super()._fetch_records(consumer, active_partitions, *args, **options)
        self.spans = {tp: (begin, self.next_offset(tp)) for tp, begin in begins.items()}
        return batches

    def next_offset(self, tp: TP) -> int | None:
        """Offset of the record that aiokafka would give next, past markers of transactions; None when that is not known."""
        subscription = self._consumer._subscription.subscription if self._consumer is not None else None
        assignment = subscription.assignment if subscription is not None else None
        state = assignment.state_value(tp) if assignment is not None else None
        return state.position if state is not None and state.has_valid_position else None


class CommittedOnlyConsumer(Consumer):
    """Reads what was committed, and knows how far it is from the end."""

    _thread: _CommittedOnlyThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._unbroken = Unbroken()
        self._sought: dict[TP, int] = {}
        self._finished: set[tuple[TP, int]] = set()
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> _CommittedOnlyThread:
        return _CommittedOnlyThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Seek to the committed offsets; to the beginning where nothing was committed yet, or what was is not there any more.

        aiokafka passes over partitions without a committed offset. They would go on behind what was fetched and dropped, and
        the first commit would make the loss final.
        """
        self._unbroken.seek_begins()
        try:
            await super().perform_seek()
            places = await self._places()
            await self._thread.seek_wait({tp: at for tp, at in places.items() if at != self._committed_offset.get(tp)})
        except (IllegalStateError, AssertionError):  # the latter when all of them did
            return  # a partition moved away meanwhile: nothing counts before the next seek
        self._committed_offset.update({tp: at or None for tp, at in places.items()})
        self._read_offset.update(places)
        self._sought = places
        self._unbroken.seek_ended(places)

    async def _places(self) -> dict[TP, int]:
        """Where each partition is to be read from."""
        partitions = self._read_partitions()
        if not partitions:
            return {}
        earliest = await self._thread.earliest_offsets(*partitions)
        ends = await self._thread.highwaters(*partitions)
        places = {}
        for tp in partitions:
            committed = self._committed_offset.get(tp)
            places[tp] = committed if committed and earliest[tp] <= committed <= ends[tp] else earliest[tp]
            if committed and committed != places[tp]:
                log.error(
                    "committed_offset_gone",
                    topic=tp.topic,
                    partition=tp.partition,
                    committed=committed,
                    going_on_at=places[tp],
                )
        return places

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:  # noqa: ASYNC109 - as Faust calls it
        """Records, none of which is passed over: see :mod:`service.monitor.unbroken`.

        What was dropped is fetched again, from the committed offsets, as soon as things are quiet. A batch from before a seek ends
        there: its offsets lie ahead of the new position, and Faust would take what lies between for read.
        """
        quiet = self.flow_active and not self.app.rebalancing and not self.app.in_recovery
        if quiet and self._unbroken.broken(self._read_partitions()):
            await self.perform_seek()
        seeks = self._unbroken.seeks
        async for tp, message in super().getmany(timeout):
            if self._unbroken.seeks != seeks:
                return
            if self._restored(tp, message):
                continue
            yield tp, message
            if self._unbroken.seeks != seeks:
                if not self._is_changelog_tp(tp):  # Faust has just noted the offset of a record that lies ahead
                    self._read_offset[tp] = self._sought.get(tp)
                return
            if self.flow_active:
                self._unbroken.handed(tp)

    async def _getmany(self, active_partitions: Any, timeout: float) -> Any:  # noqa: ASYNC109 - as Faust calls it
        batches = dict(await super()._getmany(active_partitions, timeout))
        for tp, (before, after) in self._thread.spans.items():
            records = batches.get(tp, ())
            if self._is_changelog_tp(tp) or (not records and before == after):
                continue
            last = records[-1].offset if records else None
            if not self._unbroken.accepts(tp, before, after, last, len(records)):
                batches.pop(tp, None)
        return batches

    def _read_partitions(self) -> list[TP]:
        """Those whose records are read and acknowledged."""
        return [tp for tp in self.assignment() if not self._is_changelog_tp(tp)]

    def _restored(self, tp: TP, message: Message) -> bool:
        """Whether a changelog record was given to the holder here and now.

        Faust hands each on through two queues and several tasks, which takes most of a restart. It only needs to see the last one of
        each partition to know that all were read.
        """
        tables: Any = self.app.tables
        recovery = tables.recovery
        if not self.app.in_recovery or tp not in recovery.active_tps:
            return False
        end, seen = recovery.active_highwaters.get(tp), recovery.active_offsets.get(tp)
        if end is None or message.offset >= end:
            return False
        if seen is None or message.offset > seen:
            recovery.tp_to_table[tp].apply(message)
            recovery.active_offsets[tp] = message.offset
        return True

    async def wait_first(self, *coros: Any, timeout: Any = None) -> WaitResults:  # noqa: ASYNC109 - as Faust calls it
        """What comes first. Faust asks for each record, with four tasks, and nearly always the first has nothing to wait for."""
        if timeout is not None or len(coros) != 2 or not all(map(asyncio.iscoroutine, coros)):
            return await super().wait_first(*coros, timeout=timeout)
        work, other = coros
        try:
            begun = begin(work)
        except BaseException:
            other.close()
            raise
        if begun is None:
            other.close()
            return WaitResults([work], [None], False)
        return await super().wait_first(begun, other)

    def finish(self, message: Message) -> None:
        """All that follows from this message is safe: it may be acknowledged."""
        self._finished.add((message.tp, message.offset))

    def ack(self, message: Message) -> bool:
        """Acknowledge what was finished, and nothing else.

        Faust's streams acknowledge messages of before a rebalance, too, which they skip. The next commit would pass over them.
        """
        place = (message.tp, message.offset)
        if place not in self._finished:
            return False
        self._finished.discard(place)
        return bool(super().ack(message))

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Take offsets that nobody sees, such as markers of transactions, for acknowledged.

        Faust counts the record behind them in, which is acknowledged twice then; its search for an unbroken row of offsets
        ends at the double, and so commits advance by no more than one transaction an interval.
        """
        await super()._add_gap(tp, offset_from, offset_to - 1)

    def behind(self, tp: TP, taken: int | None, at_least: int = 0) -> int | None:
        """Records of a partition that are not taken yet; None while that is not known.

        The offset of the last record does not say whether a partition was read to its end: a transaction ends with a marker,
        which nobody sees. Nor does the position, which runs ahead of what waits in Faust's buffers.

        Args:
            tp: the partition.
            taken: offset of the last record that came out of Faust.
            at_least: an end that others have seen; that of our own last fetch may be older.
        """
        position, end, fetched = self._thread.next_offset(tp), self.highwater(tp), self._unbroken.fetched.get(tp)
        if position is None or end is None or not self._unbroken.holds(tp):
            return None
        end = max(end, at_least)
        if fetched is None or (taken is not None and taken >= fetched):
            return max(0, end - position)
        return max(1, end - (taken + 1 if taken is not None else position))


class _CommittedOnlyTransport(Transport):
    Consumer = CommittedOnlyConsumer


class Holder(Protocol):
    """Who keeps the state that the changelog restores."""

    def apply(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Take a changelog record."""

    async def assigned(self, partitions: set[int]) -> None:
        """These partitions are ours, and no others."""

    async def recovered(self, partitions: set[int]) -> None:
        """Everything that the changelog knows of these partitions was applied."""


class StateTable(faust.Table[bytes, bytes]):
    """A table that keeps nothing itself: records go to the changelog, and what comes back from it to the holder.

    Faust's memory store would keep every record a second time, and takes the partition of a key from the event that is being
    worked on, which is the wrong one when records of several events are written together.
    """

    holder: Holder

    def _serializer_from_type(self, typ: Any) -> str:
        """Bytes as they are; Faust would read and write them as JSON."""
        return "raw"

    def put(self, partition: int, key: bytes, value: bytes | None) -> Any:
        """Write a record; None deletes. Returns a future that is done when the broker has confirmed it."""
        return self.send_changelog(partition, key, value)

    def apply_changelog_batch(self, batch: Iterable[EventT[Any]]) -> None:
        """Called by Faust during recovery."""
        for event in batch:
            self.apply(event.message)

    def apply(self, message: Message) -> None:
        """Give a changelog record to the holder."""
        if message.key is not None:
            self.holder.apply(message.partition, message.key, message.value)

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Called by Faust when partitions move."""
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)
        await self.holder.assigned(self._ours(assigned))

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Called by Faust when the changelog was read to its end."""
        await super().on_recovery_completed(active_tps, standby_tps)
        await self.holder.recovered(self._ours(active_tps))

    def _ours(self, partitions: Iterable[TP]) -> set[int]:
        return {tp.partition for tp in partitions if tp.topic == self.changelog_topic_name}


def pairs_topic_name(settings: Settings) -> str:
    """The topic between the two stages."""
    return f"{settings.monitor.group_id}-pairs"


def changelog_topic_name(settings: Settings) -> str:
    """The topic of the state."""
    return f"{settings.monitor.group_id}-{STATE_TABLE}-changelog"


def make_app(settings: Settings, canonical_url: str, partitions: int) -> faust.App:
    """The application, without agents. Must be called with a running loop.

    Args:
        settings: everything.
        canonical_url: under which the other monitors reach our HTTP server.
        partitions: of the pairs' topic, and so of the state.

    Raises:
        SettingsError: a certificate, key or password cannot be used.
    """
    kafka, monitor = settings.kafka, settings.monitor
    app = faust.App(
        monitor.group_id,
        broker=[URL(f"kafka://{server}") for server in kafka.bootstrap_servers.split(",")],
        broker_credentials=_credentials(settings),
        broker_client_id=kafka.client_id,
        broker_session_timeout=kafka.session_timeout_ms / 1000,
        broker_heartbeat_interval=kafka.heartbeat_interval_ms / 1000,
        broker_rebalance_timeout=kafka.rebalance_timeout_ms / 1000,
        broker_request_timeout=kafka.request_timeout_ms / 1000,
        broker_max_poll_interval=kafka.max_poll_interval_ms / 1000,
        broker_commit_interval=COMMIT_INTERVAL_S,
        consumer_auto_offset_reset="earliest",  # with "latest" a changelog whose segments vanish would restore nothing
        consumer_max_fetch_size=kafka.max_partition_fetch_bytes,
        producer_acks=-1,
        producer_linger=LINGER_S,
        producer_compression_type=None if kafka.compression == "none" else kafka.compression,
        producer_max_request_size=2**31 - 1,  # a dead letter is larger than its record: the broker has the last word
        producer_request_timeout=DELIVERY_TIMEOUT_S,
        processing_guarantee="at_least_once",
        stream_wait_empty=False,
        store="memory://",
        datadir=str(monitor.data_dir),
        table_standby_replicas=0,
        topic_partitions=partitions,
        topic_replication_factor=settings.topics.replication_factor,
        topic_disable_leader=True,
        topic_allow_declare=False,  # we make our topics ourselves
        key_serializer="raw",
        value_serializer="raw",
        canonical_url=canonical_url,
        web_enabled=False,
        autodiscover=False,
    )
    app.transport = _CommittedOnlyTransport(app.conf.broker_consumer, app)
    return app


def make_table(app: faust.App, holder: Holder, partitions: int) -> StateTable:
    """The state's table."""
    table = StateTable(
        app,
        name=STATE_TABLE,
        partitions=partitions,
        beacon=app.tables.beacon,
        key_type=bytes,
        value_type=bytes,
        help="Reports, checkpoints and clocks",
    )
    table.holder = holder
    app.tables.add(table)
    return table


def _credentials(settings: Settings) -> Any:
    security, sasl = settings.kafka.security, settings.kafka.security.sasl
    tls = ssl_context(security) if security.uses_tls else None
    if not security.uses_sasl:
        return SSLCredentials(context=tls) if tls is not None else None
    if sasl.mechanism == "OAUTHBEARER":
        return OAuthCredentials(oauth_cb=TokenProvider(sasl.oauth), ssl_context=tls)
    password = sasl.password.get_secret_value() if sasl.password is not None else None
    return SASLCredentials(username=sasl.username, password=password, mechanism=sasl.mechanism, ssl_context=tls)

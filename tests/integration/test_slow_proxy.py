"""The slow broker: late by just so much, in order, and changeable while it runs."""

import asyncio
import struct
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from aiokafka import AIOKafkaProducer

from service.broker import Broker, RequirementMissingError
from service.broker.node import HOST, free_ports
from tests.support.kafka import consume, create_topics
from tests.support.requirements import lacks
from tests.support.slow_proxy import SlowProxy, proxied_broker

DELAY_S = 0.4


def framed(payload: bytes) -> bytes:
    return struct.pack(">i", len(payload)) + payload


class Upstream:
    """Takes the broker's place: notes what comes, and answers each request with itself."""

    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        self.received: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                (length,) = struct.unpack(">i", await reader.readexactly(4))
                payload = await reader.readexactly(length)
                self.received.append(payload)
                writer.write(framed(payload))
        except asyncio.IncompleteReadError:
            writer.close()


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    upstream = Upstream()
    async with await asyncio.start_server(upstream.serve, HOST, upstream.port):
        yield upstream


@pytest.fixture
async def proxy(upstream: Upstream) -> AsyncIterator[SlowProxy]:
    (port,) = free_ports(1)
    async with SlowProxy(port, upstream.port, DELAY_S) as proxy:
        yield proxy


async def answers(reader: asyncio.StreamReader, count: int) -> list[bytes]:
    found = []
    for _ in range(count):
        (length,) = struct.unpack(">i", await reader.readexactly(4))
        found.append(await reader.readexactly(length))
    return found


async def test_requests_in_flight_are_each_late_once_and_keep_their_order(proxy: SlowProxy) -> None:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    sent = [f"request {number}".encode() for number in range(20)]
    before = time.monotonic()
    writer.writelines(framed(payload) for payload in sent)
    assert await answers(reader, 20) == sent
    took = time.monotonic() - before
    assert DELAY_S <= took < 5 * DELAY_S  # and far from 20 times
    assert proxy.requests == 20
    writer.close()


async def test_the_delay_counts_from_the_end_of_a_request(proxy: SlowProxy) -> None:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    whole = framed(b"in three pieces")
    for piece in (whole[:2], whole[2:9], whole[9:]):
        await asyncio.sleep(0.05)
        before = time.monotonic()
        writer.write(piece)
        await writer.drain()
    assert await answers(reader, 1) == [b"in three pieces"]
    assert time.monotonic() - before >= DELAY_S
    writer.close()


async def test_a_lower_delay_holds_at_once_but_lets_nobody_overtake(proxy: SlowProxy, upstream: Upstream) -> None:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    writer.write(framed(b"slow"))
    await asyncio.sleep(DELAY_S / 4)
    proxy.delay_s = 0.0
    writer.write(framed(b"quick"))
    await answers(reader, 2)
    assert upstream.received == [b"slow", b"quick"]
    before = time.monotonic()
    writer.write(framed(b"quicker"))
    await answers(reader, 1)
    assert time.monotonic() - before < DELAY_S
    writer.close()


async def test_what_was_sent_arrives_although_the_sender_is_gone(proxy: SlowProxy, upstream: Upstream) -> None:
    _, writer = await asyncio.open_connection(HOST, proxy.port)
    writer.write(framed(b"last words") + framed(b"cut off")[:-1])
    await writer.drain()
    writer.transport.abort()
    await asyncio.sleep(DELAY_S / 4)
    assert upstream.received == []
    await asyncio.sleep(2 * DELAY_S)
    assert upstream.received == [b"last words"]


async def test_without_a_broker_the_connection_closes(proxy: SlowProxy) -> None:
    port, nobody = free_ports(2)
    async with SlowProxy(port, nobody) as alone:
        reader, writer = await asyncio.open_connection(HOST, alone.port)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


@pytest.fixture
def pair() -> Iterator[tuple[Broker, SlowProxy]]:
    broker, proxy = proxied_broker()
    try:
        broker.start()
    except RequirementMissingError as error:
        lacks(str(error))
    try:
        yield broker, proxy
    finally:
        broker.stop()


@pytest.mark.timeout(180)
async def test_kafka_is_slow_through_the_proxy_alone(pair: tuple[Broker, SlowProxy], topics: str) -> None:
    broker, proxy = pair
    await create_topics(broker.bootstrap_servers, [topics])
    async with proxy, AIOKafkaProducer(bootstrap_servers=proxy.address, enable_idempotence=True) as slow:

        async def takes(producer: AIOKafkaProducer) -> float:
            before = time.monotonic()
            await producer.send_and_wait(topics, b"record")
            return time.monotonic() - before

        await takes(slow)  # and has its metadata and producer id now
        handed_on = proxy.requests
        proxy.delay_s = DELAY_S
        assert await takes(slow) >= DELAY_S
        before = time.monotonic()
        await slow.client.force_metadata_update()
        assert time.monotonic() - before >= DELAY_S
        async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers) as direct:
            await takes(direct)
            assert await takes(direct) < DELAY_S
        assert proxy.requests == handed_on + 2  # nothing of the direct client passed here
        proxy.delay_s = 0.0
        assert await takes(slow) < DELAY_S
    assert len(await consume(broker.bootstrap_servers, topics, 5, within=20)) == 5

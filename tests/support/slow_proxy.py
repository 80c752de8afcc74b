"""A slow broker: a TCP proxy in front of a real one, which holds every Kafka request back for a while.

Kafka's requests are framed by a length, so the proxy knows where one ends. Each is handed on a fixed time after it came
in, in its order: ten requests sent at once come ten times late, but not ten times later. Answers pass as they are. What
a client had sent before it died is handed on all the same, as a network would: writes may land after their writer's end.
"""

import asyncio
import contextlib
import struct
import time
from types import TracebackType
from typing import Self

from service.broker import Broker
from service.broker.node import HOST, free_ports

_LARGEST_REQUEST = 256 * 1024 * 1024
"""Bytes. A longer one is no request, and the connection is not Kafka's."""

_CHUNK = 64 * 1024
"""Bytes of an answer that are passed on at once."""

_Late = asyncio.Queue[tuple[float, bytes] | None]
"""Requests with the monotonic time at which each is due; None after the last."""


class SlowProxy:
    """Listens on ``port`` and hands requests on to ``upstream_port``, both on loopback.

    An asynchronous context manager. It runs on the caller's event loop: what blocks that makes requests later still.
    """

    def __init__(self, port: int, upstream_port: int, delay_s: float = 0.0) -> None:
        self.port = port
        self.delay_s = delay_s
        """Seconds that a request which comes in from now on waits. May be changed at any time."""
        self.requests = 0
        """Requests handed on."""
        self._upstream_port = upstream_port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Where clients connect, as ``host:port``."""
        return f"{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, HOST, self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _accept(self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        try:
            # No broker, or one that just died: the client sees its connection close. The end of the proxy cancels.
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._serve(client_in, client_out)
        finally:
            self._connections.discard(connection)
            client_out.close()

    async def _serve(self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        """One connection, until the broker closes its side; it does so, too, once the last request has come."""
        broker_in, broker_out = await asyncio.open_connection(HOST, self._upstream_port)
        late = _Late()
        tasks = [
            asyncio.create_task(self._receive(client_in, late)),
            asyncio.create_task(self._hand_on(late, broker_out)),
        ]
        try:
            await _pass_answers(broker_in, client_out)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            broker_out.close()

    async def _receive(self, client_in: asyncio.StreamReader, late: _Late) -> None:
        """Read whole requests until the client is gone; half a request dies with it."""
        due = 0.0
        try:
            while True:
                head = await client_in.readexactly(4)
                (length,) = struct.unpack(">i", head)
                if not 0 <= length <= _LARGEST_REQUEST:
                    raise ConnectionError(f"a request of {length} bytes is none of Kafka's")
                request = head + await client_in.readexactly(length)
                due = max(due, time.monotonic() + self.delay_s)  # a lower delay lets nobody overtake
                late.put_nowait((due, request))
        except (asyncio.IncompleteReadError, ConnectionError):
            late.put_nowait(None)

    async def _hand_on(self, late: _Late, broker_out: asyncio.StreamWriter) -> None:
        while (item := await late.get()) is not None:
            due, request = item
            await asyncio.sleep(due - time.monotonic())
            broker_out.write(request)
            self.requests += 1
            await broker_out.drain()
        broker_out.write_eof()


async def _pass_answers(broker_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
    """Until the broker closes. Answers to a client that is gone are read and dropped: its requests still count."""
    gone = False
    while answer := await broker_in.read(_CHUNK):
        if not gone:
            try:
                client_out.write(answer)
                await client_out.drain()
            except ConnectionError:
                gone = True


def proxied_broker() -> tuple[Broker, SlowProxy]:
    """A broker and the proxy before it, neither started yet.

    Clients that start from the broker's own address are told that address, and so are the proxy's clients told the
    proxy's: the broker has a listener for each, and advertises what each of them is to use.
    """
    direct, behind, controller, front = free_ports(4)
    properties = {
        "listeners": ",".join(
            f"{name}://{HOST}:{port}"
            for name, port in (("PLAINTEXT", direct), ("SLOW", behind), ("CONTROLLER", controller))
        ),
        "advertised.listeners": f"PLAINTEXT://{HOST}:{direct},SLOW://{HOST}:{front}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SLOW:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.quorum.voters": f"1@{HOST}:{controller}",
    }
    return Broker(port=direct, properties=properties), SlowProxy(front, behind)

"""When is a broker ready? When it says through a client that there is a broker; a line in its log promises less."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable

_PAUSE = 0.1
"""Seconds between two tries."""


def wait_ready(port: int, host: str, deadline: float, alive: Callable[[], bool]) -> bool:
    """Wait until the broker at ``host:port`` answers with itself in its metadata.

    Args:
        port: where clients connect.
        host: likewise.
        deadline: on the clock of ``time.monotonic``.
        alive: asked between tries; once it says no, waiting is over.

    Returns:
        Whether it is ready; False when the deadline passed or it died.
    """
    while time.monotonic() < deadline and alive():
        if _listens(host, port) and _has_broker(f"{host}:{port}"):
            return True
        time.sleep(_PAUSE)
    return False


def _listens(host: str, port: int) -> bool:
    """A cheap look first: the client is noisy about brokers that are not there."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _has_broker(bootstrap_servers: str) -> bool:
    """Ask for metadata on a thread and loop of their own, as the caller may stand in a running loop."""
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(asyncio.run(_ask(bootstrap_servers))), daemon=True)
    thread.start()
    thread.join()
    return answers == [True]


async def _ask(bootstrap_servers: str) -> bool:
    from aiokafka.admin import AIOKafkaAdminClient
    from aiokafka.errors import KafkaError

    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=2000)
    try:
        async with asyncio.timeout(3):
            await client.start()
            return bool((await client.describe_cluster())["brokers"])
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()

"""The Kafka of the demo: one of its own, or somebody else's, where everything is named for the run and deleted after it."""

import asyncio
import contextlib
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from aiokafka.errors import KafkaError

from service.commands.demo_process import Say
from service.settings import Settings
from service.worker.topics import ALL_ROLES, admin_client, describe_topics


@contextlib.contextmanager
def demo_kafka(settings: Settings, folder: Path, say: Say) -> Iterator[Settings]:
    """Settings for a Kafka that is there: the one that ``KAFKA_BOOTSTRAP_SERVERS`` names, or one of our own.

    Args:
        settings: those in force.
        folder: for the monitor's files.
        say: tells what is done.

    Raises:
        BrokerError: our own did not start.
    """
    monitor = settings.monitor.model_copy(update={"data_dir": folder / "monitor"})
    settings = settings.model_copy(update={"monitor": monitor})
    servers = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    with _given(settings, servers, say) if servers else _own(settings, say) as connected:
        yield connected


@contextlib.contextmanager
def _own(settings: Settings, say: Say) -> Iterator[Settings]:
    from service.broker import Broker

    broker = Broker()
    say(f"Starting Apache Kafka {broker.version} (the first time, it is fetched)")
    started = time.monotonic()
    try:
        broker.start()
        say(f"Kafka is ready at {broker.bootstrap_servers} after {time.monotonic() - started:.1f} s")
        kafka = settings.kafka.model_copy(update={"bootstrap_servers": broker.bootstrap_servers})
        yield settings.model_copy(update={"kafka": kafka})
    finally:
        say("Stopping Kafka")
        broker.stop()


@contextlib.contextmanager
def _given(settings: Settings, servers: str, say: Say) -> Iterator[Settings]:
    """Topics and groups with a prefix that nobody else has; the monitor's own topics have it from its group."""
    run = f"harbinger-demo-{uuid.uuid4().hex[:8]}"
    say(f"Using the Kafka at {servers}; topics and groups begin with {run}")
    names: dict[str, str] = {role: f"{run}.{settings.topics.name(role)}" for role in ALL_ROLES}
    kafka = settings.kafka.model_copy(update={"bootstrap_servers": servers, "group_id": run})
    monitor = settings.monitor.model_copy(update={"group_id": f"{run}-monitor"})
    topics = settings.topics.model_copy(update=names)
    named = settings.model_copy(update={"kafka": kafka, "topics": topics, "monitor": monitor})
    try:
        yield named
    finally:
        say("Deleting the topics of this run")
        with contextlib.suppress(KafkaError):  # nothing to delete where nothing answers
            asyncio.run(_delete(named, run))


async def _delete(settings: Settings, run: str) -> None:
    async with admin_client(settings) as admin:
        names = [name for name in await describe_topics(admin) if name.startswith(run)]
        if names:
            await admin.delete_topics(names)

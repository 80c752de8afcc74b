"""``harbinger topics``: make the topics that are missing, check those that exist, show both."""

import asyncio
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from service.commands.kafka_errors import kafka_errors
from service.monitor.topics import ensure_monitor_topics
from service.settings import Settings
from service.worker.topics import ALL_ROLES, Topic, ensure_topics

_PURPOSE = {
    "articles": "articles, in",
    "enriched": "enriched articles, out",
    "dead_letters": "dead letters",
    "alerts": "alerts",
    "pairs": "reports by pair, inside the monitor",
    "state-changelog": "state of the monitor",
    "dlq": "what the monitor could not read",
}
_STATUS = {"present": "present", "created": "[green]created[/]", "missing": "[yellow]would create[/]"}


def run(settings: Settings, dry_run: bool, console: Console | None = None) -> int:
    """Make what is missing, whatever ``topics.create`` says (that setting is about the worker); 0 when all is well.

    Raises:
        TopicsError: partition counts do not fit together, or the broker refuses to make a topic.
        KafkaFailed: the brokers cannot be reached or deny access.
    """
    with kafka_errors(settings.kafka.bootstrap_servers):
        report = asyncio.run(ensure_topics(settings, roles=ALL_ROLES, create=True, dry_run=dry_run))
        monitor = asyncio.run(ensure_monitor_topics(settings, create=True, dry_run=dry_run))
    console = console or Console()
    console.print(topics_table([*report.topics, *monitor.own]))
    for warning in report.warnings:
        print(f"harbinger: warning: {warning}", file=sys.stderr)
    return 0


def topics_table(topics: Sequence[Topic]) -> Table:
    """The topics with their counts, and what happened to each."""
    table = Table()
    table.add_column("topic", overflow="fold")
    table.add_column("holds")
    table.add_column("partitions", justify="right")
    table.add_column("replicas", justify="right")
    table.add_column("status")
    for topic in topics:
        counts = (str(topic.partitions), str(topic.replication_factor))
        table.add_row(topic.name, _PURPOSE[topic.role], *counts, _STATUS[topic.status])
    return table

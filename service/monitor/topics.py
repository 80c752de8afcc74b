"""The topics that the monitor needs, and how its own are made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.admin import NewTopic

from service.errors import HarbingerError
from service.monitor.faust_app import changelog_topic_name, pairs_topic_name
from service.settings import Settings, TopicRole
from service.worker.topics import (
    Status,
    Topic,
    TopicsMissing,
    admin_client,
    create_topics,
    describe_topics,
    ensure_topics,
)

ROLES: Final[tuple[TopicRole, ...]] = ("articles", "enriched", "alerts")
_SEGMENT_BYTES: Final = 33_554_432
"""32 MiB. Only closed segments are compacted, and a restart reads what is not."""


class PartitionsMismatched(HarbingerError):
    """The monitor's topics do not have as many partitions as the alert topic; the message says which."""


@dataclass(frozen=True, slots=True)
class MonitorTopics:
    """What the monitor must know of its topics."""

    inputs: int
    """Partitions of the enriched articles."""
    pairs: int
    """Partitions of alerts, pairs and state, which all must have the same number."""
    own: tuple[Topic, ...]
    """The monitor's own topics, as they were found or made."""


def dead_letter_topic_name(settings: Settings) -> str:
    """Where enriched articles go that the monitor cannot read."""
    return f"{settings.monitor.group_id}-dlq"


async def ensure_monitor_topics(
    settings: Settings, *, create: bool | None = None, dry_run: bool = False
) -> MonitorTopics:
    """Make what is missing, if it may be made.

    Args:
        settings: ``kafka`` says where, ``topics`` and ``monitor`` what.
        create: whether to make missing ones; None: as ``topics.create`` says.
        dry_run: only tell what would be made (status ``missing``).

    Raises:
        TopicsMissing: something is missing and may not be made.
        TopicCreationFailed: the broker refuses.
        PartitionsMismatched: alerts, pairs and state differ in their number of partitions.
    """
    create = settings.topics.create if create is None else create
    report = await ensure_topics(settings, roles=ROLES, create=create, dry_run=dry_run)
    pairs = report.partitions("alerts")
    wanted = _own_topics(settings, pairs)
    async with admin_client(settings) as admin:
        found = await describe_topics(admin)
        missing = [topic for name, topic in wanted.items() if name not in found]
        if missing and not create:
            raise TopicsMissing([topic.name for topic in missing])
        if missing and not dry_run:
            found = await create_topics(admin, missing)
    _check(settings, found, pairs)
    new = {topic.name for topic in missing}
    own = tuple(_topic(settings, name, topic, new, dry_run, found) for name, topic in wanted.items())
    return MonitorTopics(report.partitions("enriched"), pairs, own)


def _topic(
    settings: Settings, name: str, wanted: NewTopic, new: set[str], dry_run: bool, found: Mapping[str, Any]
) -> Topic:
    status: Status = "present" if name not in new else "missing" if dry_run else "created"
    partitions = len(found[name]["partitions"]) if name in found else wanted.num_partitions
    return Topic(
        name.removeprefix(f"{settings.monitor.group_id}-"), name, status, partitions, wanted.replication_factor
    )


def _own_topics(settings: Settings, partitions: int) -> dict[str, NewTopic]:
    topics = settings.topics
    limits = {"max.message.bytes": str(topics.max_message_bytes)}
    configs = {
        pairs_topic_name(settings): {**limits, "retention.ms": str(topics.retention_ms)},
        changelog_topic_name(settings): {
            **limits,
            "cleanup.policy": "compact",
            "segment.bytes": str(_SEGMENT_BYTES),
        },
        dead_letter_topic_name(settings): {**limits, **topics.creation_config("dead_letters")},
    }
    return {
        name: NewTopic(name, partitions, topics.replication_factor, topic_configs=config)
        for name, config in configs.items()
    }


def _check(settings: Settings, found: Mapping[str, Any], partitions: int) -> None:
    for name in (pairs_topic_name(settings), changelog_topic_name(settings)):
        count = len(found[name]["partitions"]) if name in found else partitions
        if count != partitions:
            raise PartitionsMismatched(
                f"topic {name} has {count} partitions and {settings.topics.alerts} has {partitions}: both must have the same "
                f"number. Either give {settings.topics.alerts} {count}, or delete the topics {settings.monitor.group_id}-* "
                "and reset the group, which builds the state anew from the enriched articles"
            )

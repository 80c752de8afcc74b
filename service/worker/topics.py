"""The topics that the worker stands on: found, compared with each other, and made where they are missing.

Done once at the start, because each of these faults would show much later and look like something else: a missing
topic as a producer that waits for metadata, an output with fewer partitions than the input as a failed assertion in the
middle of a transaction, an output that takes smaller records than the input as an article that can never be finished.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Literal

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, RequestTimedOutError, TopicAlreadyExistsError, for_code
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_random_exponential

from service.settings import Settings, TopicRole
from service.worker.connection import client_options
from service.worker.errors import FatalError

WORKER_ROLES: tuple[TopicRole, ...] = ("articles", "enriched", "dead_letters")
"""What the worker itself reads and writes."""

ALL_ROLES: tuple[TopicRole, ...] = (*WORKER_ROLES, "alerts")
"""Everything that ``harbinger topics`` looks after."""

VISIBLE_WITHIN_S = 30.0
"""Seconds for a new topic to show in every broker's metadata, all partitions led; a busy cluster takes one or two."""

_LOOK_AGAIN_S = 0.1

Status = Literal["present", "created", "missing"]


class TopicsError(FatalError):
    """The topics are not as the worker needs them; the message says which and why."""


class TopicsMissing(TopicsError):
    """Topics do not exist and ``topics.create`` is off; :attr:`names` lists them."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        super().__init__(
            f"missing {_plural(names)}: {', '.join(names)} (topics.create is off: make them by `harbinger topics`, "
            "or have them made by whoever runs the cluster)"
        )


class TopicsMismatched(TopicsError):
    """Partition counts do not fit together."""


class TopicCreationFailed(TopicsError):
    """The broker refused to make a topic, or it never showed."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: what it is for, and what was found. A ``missing`` one carries the counts that it would be made with."""

    role: str
    name: str
    status: Status
    partitions: int
    replication_factor: int


@dataclass(frozen=True, slots=True)
class TopicReport:
    """What :func:`ensure_topics` found and did; ``warnings`` are sentences for the log or for a person."""

    topics: tuple[Topic, ...]
    warnings: tuple[str, ...]

    def partitions(self, role: TopicRole) -> int:
        """The partition count of the topic with this role."""
        return next(topic.partitions for topic in self.topics if topic.role == role)


async def ensure_topics(
    settings: Settings,
    *,
    roles: Sequence[TopicRole] = WORKER_ROLES,
    create: bool | None = None,
    dry_run: bool = False,
) -> TopicReport:
    """Check the topics of these roles and make those that are missing.

    A topic that exists is never altered. Outputs are made with as many partitions as the articles topic has, whatever
    ``topics.partitions`` says, because an article and what came of it keep the same partition number.

    Args:
        settings: ``kafka`` says where, ``topics`` what.
        roles: the roles to look after; must hold ``articles``.
        create: whether to make missing ones; None: as ``topics.create`` says.
        dry_run: only tell what would be made (status ``missing``).

    Raises:
        TopicsMissing: some are missing and may not be made.
        TopicsMismatched: partition counts that break the contract, both named.
        TopicCreationFailed: the broker refused, or the topic did not show within :data:`VISIBLE_WITHIN_S`.
        KafkaError: the brokers cannot be reached or deny access.
    """
    create = settings.topics.create if create is None else create
    async with admin_client(settings) as admin:
        found = await describe_topics(admin)
        topics = _plan(settings, roles, found)
        _check_partitions(topics)
        missing = [topic for topic in topics if topic.status == "missing"]
        if missing and not dry_run:
            if not create:
                raise TopicsMissing([topic.name for topic in missing])
            specs = [_new_topic(topic, settings.topics.creation_config(_role(topic))) for topic in missing]
            found = await create_topics(admin, specs)
            made = {topic.name for topic in missing}
            topics = tuple(
                _seen(topic.role, topic.name, "created" if topic.name in made else "present", found) for topic in topics
            )
            _check_partitions(topics)  # somebody else may have made one a moment before us, with other counts
        warnings = await _size_warnings(admin, settings, topics)
    return TopicReport(topics, tuple(warnings))


@asynccontextmanager
async def admin_client(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """A started admin client, closed at the end whatever happens.

    Raises:
        KafkaConnectionError: no broker answers.
    """
    admin = AIOKafkaAdminClient(**client_options(settings.kafka))
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def create_topics(admin: AIOKafkaAdminClient, topics: Sequence[NewTopic]) -> Mapping[str, Any]:
    """Make topics and wait until every partition of each has a leader; return the metadata of all topics by name.

    That a topic exists already is success: two workers that start at once both try.

    Raises:
        TopicCreationFailed: refused, or not to be seen within :data:`VISIBLE_WITHIN_S`.
    """
    response = await _call(lambda: admin.create_topics(list(topics)))
    for name, code, *message in response.topic_errors:
        error = for_code(code)
        if code and error not in (TopicAlreadyExistsError, RequestTimedOutError):  # a timeout: it is still at it
            reason = message[0] if message and message[0] else error.description
            raise TopicCreationFailed(f"cannot create topic {name}: {error.__name__}: {reason}")
    deadline = monotonic() + VISIBLE_WITHIN_S
    names = {topic.name for topic in topics}
    while True:
        found = await describe_topics(admin)
        waiting = sorted(name for name in names if name not in found or not _all_led(found[name]))
        if not waiting:
            return found
        if monotonic() > deadline:
            raise TopicCreationFailed(
                f"{_plural(waiting)} {', '.join(waiting)} not to be seen {VISIBLE_WITHIN_S:.0f} s after creation"
            )
        await asyncio.sleep(_LOOK_AGAIN_S)


async def describe_topics(admin: AIOKafkaAdminClient) -> Mapping[str, Any]:
    """The metadata of every topic by name.

    All of them, because asking for one by name makes a broker with ``auto.create.topics.enable`` create it, with its own
    idea of the partition count.
    """
    described = await _call(lambda: admin.describe_topics(None))
    return {topic["topic"]: topic for topic in described if not topic["error_code"]}


async def _call(call: Callable[[], Awaitable[Any]]) -> Any:
    """Run ``call`` again while the error is one that passes (a broker that just went away, a controller that moved)."""
    retrying = AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, KafkaError) and bool(error.retriable)),
        wait=wait_random_exponential(multiplier=0.2, max=2),
        stop=stop_after_delay(VISIBLE_WITHIN_S),
        reraise=True,
    )
    async for attempt in retrying:
        with attempt:
            return await call()
    raise AssertionError("tenacity neither returned nor raised")


def _plan(settings: Settings, roles: Sequence[TopicRole], found: Mapping[str, Any]) -> tuple[Topic, ...]:
    """Each topic as it is, or as it would be made."""
    names = settings.topics
    shaping = (names.articles, names.enriched)  # whichever exists decides; both must agree in the end
    partitions = next((len(found[name]["partitions"]) for name in shaping if name in found), names.partitions)
    return tuple(
        _seen(role, names.name(role), "present", found)
        if names.name(role) in found
        else Topic(
            role,
            names.name(role),
            "missing",
            names.partitions if role == "alerts" else partitions,
            names.replication_factor,
        )
        for role in roles
    )


def _seen(role: str, name: str, status: Status, found: Mapping[str, Any]) -> Topic:
    partitions = found[name]["partitions"]
    return Topic(role, name, status, len(partitions), min(len(partition["replicas"]) for partition in partitions))


def _all_led(topic: Mapping[str, Any]) -> bool:
    return bool(topic["partitions"]) and all(partition["leader"] >= 0 for partition in topic["partitions"])


def _role(topic: Topic) -> TopicRole:
    return next(role for role in ALL_ROLES if role == topic.role)


def _new_topic(topic: Topic, config: Mapping[str, str]) -> NewTopic:
    return NewTopic(topic.name, topic.partitions, topic.replication_factor, topic_configs=dict(config))


def _check_partitions(topics: Sequence[Topic]) -> None:
    """What comes of an article goes to the partition number that it came from."""
    by_role = {topic.role: topic for topic in topics}
    articles, enriched = by_role.get("articles"), by_role.get("enriched")
    problems = []
    if articles and enriched and enriched.partitions != articles.partitions:
        problems.append(
            f"topic {enriched.name} has {enriched.partitions} partitions and {articles.name} has {articles.partitions}: "
            "both must have the same number"
        )
    if problems:
        raise TopicsMismatched("; ".join(problems))


async def _size_warnings(admin: AIOKafkaAdminClient, settings: Settings, topics: Sequence[Topic]) -> list[str]:
    """Warn of outputs that could not take what the input lets in. Missing topics are left out (a dry run)."""
    names = [topic.name for topic in topics if topic.role in WORKER_ROLES and topic.status != "missing"]
    limits = await _largest_records(admin, names)
    limit = limits.get(settings.topics.articles)
    if limit is None:
        return []
    warnings = [
        f"topic {name} takes records of up to {limits[name]} bytes and {settings.topics.articles} of up to {limit}: "
        "what comes of a large article may not fit (max.message.bytes)"
        for name in names
        if limits.get(name, limit) < limit
    ]
    if settings.kafka.max_request_bytes < limit:
        warnings.append(
            f"kafka.max_request_bytes is {settings.kafka.max_request_bytes} and topic {settings.topics.articles} takes "
            f"records of up to {limit} bytes: what comes of a large article may not fit"
        )
    return warnings


async def _largest_records(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, int]:
    """``max.message.bytes`` by topic, without those that we may not ask about: reading settings is a right of its own."""
    if not names:
        return {}
    key = "max.message.bytes"
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, {key: None}) for name in names]
    responses = await _call(lambda: admin.describe_configs(resources))
    return {
        name: int(entry[1])
        for response in responses
        for code, _, _, name, entries in response.resources
        if not code
        for entry in entries
        if entry[0] == key and entry[1] is not None
    }


def _plural(names: Sequence[str]) -> str:
    return "topic" if len(names) == 1 else "topics"

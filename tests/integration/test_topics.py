"""Topics on a real broker: made once, compared, never altered."""

import asyncio
import uuid
from typing import Any

import pytest
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from rich.console import Console

from service.commands.kafka_errors import KafkaFailed
from service.commands.topics import run, topics_table
from service.settings import Settings, load_settings
from service.worker.topics import (
    ALL_ROLES,
    TopicCreationFailed,
    TopicsMismatched,
    TopicsMissing,
    admin_client,
    create_topics,
    describe_topics,
    ensure_topics,
)


def with_topics(settings: Settings, **changes: Any) -> Settings:
    return settings.model_copy(update={"topics": settings.topics.model_copy(update=changes)})


@pytest.fixture
def settings(kafka: str) -> Settings:
    """Settings with topics of their own, of three partitions, which do not exist; ``topics.create`` is on."""
    defaults = load_settings()
    prefix = f"topics-{uuid.uuid4().hex[:12]}"
    names: dict[str, Any] = {role: f"{prefix}.{role}" for role in ALL_ROLES}
    kafka_settings = defaults.kafka.model_copy(update={"bootstrap_servers": kafka})
    monitor = defaults.monitor.model_copy(update={"group_id": f"{prefix}-monitor"})
    return with_topics(
        defaults.model_copy(update={"kafka": kafka_settings, "monitor": monitor}),
        **names,
        partitions=3,
        retention_ms=3_600_000,
        create=True,
    )


async def make(settings: Settings, **partitions: int) -> None:
    """Make topics by role with these partition counts."""
    await make_with_config(settings, {}, **partitions)


async def make_with_config(settings: Settings, config: dict[str, str], **partitions: int) -> None:
    topics = [
        NewTopic(getattr(settings.topics, role), count, 1, topic_configs=config) for role, count in partitions.items()
    ]
    async with admin_client(settings) as admin:
        await create_topics(admin, topics)


async def configuration(settings: Settings, topic: str) -> dict[str, str]:
    async with admin_client(settings) as admin:
        responses = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    return {entry[0]: entry[1] for response in responses for resource in response.resources for entry in resource[4]}


async def test_missing_topics_are_made_as_the_settings_say(settings: Settings) -> None:
    report = await ensure_topics(settings, roles=ALL_ROLES)
    assert [(topic.role, topic.status, topic.partitions) for topic in report.topics] == [
        (role, "created", 3) for role in ALL_ROLES
    ]
    assert report.warnings == ()
    dead = await configuration(settings, settings.topics.dead_letters)
    assert int(dead["max.message.bytes"]) > settings.topics.max_message_bytes, (
        "an article, and the headers that say why"
    )
    assert dead["retention.ms"] == settings.topics.creation_config("dead_letters")["retention.ms"]
    assert (await configuration(settings, settings.topics.articles))["retention.ms"] == "3600000"
    assert (await configuration(settings, settings.topics.alerts))["cleanup.policy"] == "compact"


async def test_the_second_time_there_is_nothing_to_do(settings: Settings) -> None:
    await ensure_topics(settings)
    report = await ensure_topics(settings)
    assert {topic.status for topic in report.topics} == {"present"}
    assert report.partitions("enriched") == 3


async def test_the_worker_does_not_make_the_alerts_topic(settings: Settings) -> None:
    await ensure_topics(settings)
    async with admin_client(settings) as admin:
        found = await describe_topics(admin)
    assert settings.topics.enriched in found
    assert settings.topics.alerts not in found


async def test_missing_topics_are_named_when_they_may_not_be_made(settings: Settings) -> None:
    await make(settings, articles=3)
    with pytest.raises(TopicsMissing) as caught:
        await ensure_topics(with_topics(settings, create=False))
    assert caught.value.names == (settings.topics.enriched, settings.topics.dead_letters)
    assert settings.topics.enriched in str(caught.value)


async def test_outputs_get_as_many_partitions_as_the_input_has(settings: Settings) -> None:
    await make(settings, articles=5)
    report = await ensure_topics(settings)
    assert [topic.partitions for topic in report.topics] == [5, 5, 5]


async def test_an_enriched_topic_that_is_there_already_decides_too(settings: Settings) -> None:
    await make(settings, enriched=4)
    report = await ensure_topics(settings)
    assert [topic.partitions for topic in report.topics] == [4, 4, 4]


async def test_partition_counts_that_do_not_fit_are_named(settings: Settings) -> None:
    await make(settings, articles=4, enriched=3, dead_letters=4)
    with pytest.raises(TopicsMismatched) as caught:
        await ensure_topics(settings)
    assert f"{settings.topics.enriched} has 3 partitions and {settings.topics.articles} has 4" in str(caught.value)


@pytest.mark.parametrize("count", [1, 6])
async def test_dead_letters_may_have_any_number_of_partitions(settings: Settings, count: int) -> None:
    await make(settings, articles=2, enriched=2, dead_letters=count)
    assert (await ensure_topics(settings)).partitions("dead_letters") == count


async def test_many_at_once_agree(settings: Settings) -> None:
    reports = await asyncio.gather(*(ensure_topics(settings) for _ in range(6)))
    assert {topic.partitions for report in reports for topic in report.topics} == {3}


async def test_outputs_that_take_less_than_the_input_are_warned_of(settings: Settings) -> None:
    await make_with_config(settings, {"max.message.bytes": "2000000"}, articles=1, enriched=1)
    await make_with_config(settings, {"max.message.bytes": "1000000"}, dead_letters=1)
    [warning] = (await ensure_topics(settings)).warnings
    assert warning.startswith(f"topic {settings.topics.dead_letters} takes records of up to 1000000 bytes")
    small = settings.model_copy(update={"kafka": settings.kafka.model_copy(update={"max_request_bytes": 1_500_000})})
    assert any("kafka.max_request_bytes is 1500000" in warning for warning in (await ensure_topics(small)).warnings)


async def test_what_the_broker_refuses_is_told(settings: Settings) -> None:
    with pytest.raises(
        TopicCreationFailed, match=f"cannot create topic {settings.topics.articles}: InvalidReplication"
    ):
        await ensure_topics(with_topics(settings, replication_factor=3))


async def test_a_dry_run_makes_nothing(settings: Settings) -> None:
    report = await ensure_topics(settings, roles=ALL_ROLES, dry_run=True)
    assert {topic.status for topic in report.topics} == {"missing"}
    async with admin_client(settings) as admin:
        assert not {settings.topics.name(role) for role in ALL_ROLES} & set(await describe_topics(admin))


def test_the_command_makes_them_even_where_the_worker_may_not(settings: Settings) -> None:
    console = Console(record=True, width=120)
    assert run(with_topics(settings, create=False), dry_run=True, console=console) == 0
    assert console.export_text().count("would create") == 7
    assert run(with_topics(settings, create=False), dry_run=False, console=console) == 0
    text = console.export_text()
    assert text.count("created") == 7
    assert settings.topics.dead_letters in text


async def test_long_names_are_shown_in_full(settings: Settings) -> None:
    long = f"{'n' * 200}-{uuid.uuid4().hex[:8]}"
    report = await ensure_topics(with_topics(settings, articles=long), dry_run=True)
    console = Console(record=True, width=80)
    console.print(topics_table(report.topics))
    assert console.export_text().count("n" * 10) >= 200 // 80  # folded over lines, not cut
    assert "…" not in console.export_text()


def test_a_broker_that_is_not_there_is_one_line(settings: Settings) -> None:
    nowhere = settings.model_copy(
        update={"kafka": settings.kafka.model_copy(update={"bootstrap_servers": "localhost:1"})}
    )
    with pytest.raises(KafkaFailed, match="Kafka at localhost:1: KafkaConnectionError"):
        run(nowhere, dry_run=True)

"""What Strimzi makes for us is what the service would make for itself, and what the service may do is what it does."""

from typing import Any

import pytest

from service.monitor.topics import _own_topics
from service.settings import Settings
from service.worker.topics import ALL_ROLES
from tests.chart.rendering import of_kind
from tests.chart.test_settings import settings_of


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_of("strimzi", "monitor", tmp_path_factory.mktemp("root"))


def topics(case: str) -> dict[str, dict[str, Any]]:
    return {each["spec"]["topicName"]: each for each in of_kind("KafkaTopic", case).values()}


def acls(case: str, *more: str) -> dict[tuple[str, str], set[str]]:
    [user] = of_kind("KafkaUser", case, *more).values()
    listed = user["spec"]["authorization"]["acls"]
    found = {(each["resource"]["type"], each["resource"]["name"]): set(each["operations"]) for each in listed}
    assert len(found) == len(listed)
    return found


def test_the_topics_are_those_that_the_service_would_make(settings: Settings) -> None:
    wanted = {settings.topics.name(role): settings.topics.creation_config(role) for role in ALL_ROLES}
    own = _own_topics(settings, settings.topics.partitions)
    wanted |= {name: topic.topic_configs for name, topic in own.items()}
    found = topics("strimzi")
    assert set(found) == set(wanted)
    for name, topic in found.items():
        specification = topic["spec"]
        config = {
            key: str(value).lower() if isinstance(value, bool) else str(value)
            for key, value in specification["config"].items()
        }
        assert config == wanted[name], name
        assert specification["partitions"] == settings.topics.partitions
        assert specification["replicas"] == settings.topics.replication_factor
        assert topic["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
        assert topic["metadata"]["labels"]["strimzi.io/cluster"] == "news"


def test_the_service_makes_no_topic_that_strimzi_keeps(settings: Settings) -> None:
    assert not settings.topics.create
    assert not [operations for operations in acls("strimzi").values() if "Create" in operations]
    alone = acls("strimzi", "strimzi.topics.enabled=false")
    assert {kind for (kind, _), operations in alone.items() if "Create" in operations} == {"topic"}


def test_the_articles_may_be_somebody_elses() -> None:
    assert "articles" not in topics("strimzi-tls")
    assert "articles.enriched" in topics("strimzi-tls")
    assert {each["metadata"]["namespace"] for each in topics("strimzi-tls").values()} == {"kafka"}
    assert {each["apiVersion"] for each in topics("strimzi-tls").values()} == {"kafka.strimzi.io/v1"}


def test_transactional_ids_are_allowed_by_prefix(settings: Settings) -> None:
    [user] = of_kind("KafkaUser", "strimzi").values()
    prefixes = {
        each["resource"]["name"]
        for each in user["spec"]["authorization"]["acls"]
        if each["resource"]["type"] == "transactionalId" and each["resource"]["patternType"] == "prefix"
    }
    kafka = settings.kafka
    # as Worker and Monitor name their producers; tests/chart/test_rights.py runs both with these rights
    assert prefixes == {
        f"{kafka.transactional_id_prefix}.{group}." for group in (kafka.group_id, settings.monitor.group_id)
    }


def test_a_redrive_needs_more() -> None:
    assert "Write" not in acls("strimzi")["topic", "articles"]
    assert acls("strimzi-tls")["topic", "articles"] >= {"Read", "Write"}
    assert acls("strimzi-tls")["topic", "articles.dlq"] >= {"Read", "Write"}
    assert acls("strimzi-tls")["transactionalId", "harbinger.redrive."] == {"Describe", "Write"}


def test_a_monitor_alone_may_do_less() -> None:
    found = acls("monitor-only")
    assert found["group", "harbinger"] == {"Describe"}
    assert "Write" not in found["topic", "articles.enriched"]
    assert ("transactionalId", "harbinger.harbinger.") not in found
    assert ("topic", "articles.dlq") not in found


def test_names_of_topics_become_names_of_objects() -> None:
    found = of_kind("KafkaTopic", "strimzi", "config.topics.articles=News.Articles_v2")
    names = {each["metadata"]["name"]: each["spec"]["topicName"] for each in found.values()}
    assert names["news.articles-v2"] == "News.Articles_v2"

"""The rights that the chart gives its KafkaUser suffice: worker and monitor run with them, and nothing else, on a real broker."""

import asyncio
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.protocol.admin import CreateAclsRequest

from service.broker import Broker, RequirementMissingError
from service.broker.node import free_ports
from service.monitor.topics import ensure_monitor_topics
from service.paths import samples_dir
from service.settings import Settings, load_settings
from service.worker.topics import admin_client, ensure_topics
from tests.chart.rendering import of_kind
from tests.support.requirements import lacks

USER: Final = "news-harbinger"
RESOURCES: Final = {"topic": 2, "group": 3, "transactionalId": 5}
PATTERNS: Final = {"literal": 3, "prefix": 4}
OPERATIONS: Final = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
ALLOW: Final = 3
"""Numbers of the Kafka protocol (org.apache.kafka.common.resource and .acl)."""

WITHIN_S: Final = 150.0
"""Seconds until everything has come out; processes take a minute to start on a machine that has other work."""


@dataclass(frozen=True)
class Guarded:
    """A broker that refuses what no rule allows: a way in for those who may all, and one for the user."""

    open: str
    guarded: str


@pytest.fixture(scope="module")
def broker() -> Iterator[Guarded]:
    port, guarded, controller = free_ports(3)
    login = "org.apache.kafka.common.security.plain.PlainLoginModule"
    ways = f"PLAINTEXT://127.0.0.1:{port},SASL://127.0.0.1:{guarded}"
    properties = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",  # who comes in without a password: the test, and the broker itself
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl.plain.sasl.jaas.config": f'{login} required user_{USER}="secret";',
        "listeners": f"{ways},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": ways,
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
    }
    try:
        with Broker(port=port, properties=properties):
            yield Guarded(f"127.0.0.1:{port}", f"127.0.0.1:{guarded}")
    except RequirementMissingError as error:
        lacks(str(error))


def rules() -> list[dict[str, Any]]:
    """The access rules of the KafkaUser, when topics are KafkaTopics."""
    [user] = of_kind("KafkaUser", "strimzi").values()
    assert user["metadata"]["name"] == USER
    listed: list[dict[str, Any]] = user["spec"]["authorization"]["acls"]
    return listed


async def allow(settings: Settings) -> None:
    """Give the user these rights, and make the topics."""
    await ensure_topics(settings, create=True)
    await ensure_monitor_topics(settings, create=True)
    async with admin_client(settings) as admin:
        for rule in rules():
            resource = rule["resource"]
            for operation in rule["operations"]:
                request = CreateAclsRequest(
                    RESOURCES[resource["type"]],
                    resource["name"],
                    PATTERNS[resource["patternType"]],
                    f"User:{USER}",
                    "*",
                    OPERATIONS[operation],
                    ALLOW,
                )
                response = await admin._send_request(request)
                assert [error for error, _ in response.creation_responses] == [0], rule


@contextmanager
def running(command: str, environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """A process of the service; gives its address."""
    [port] = free_ports(1)
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", command],
            env={**os.environ, **environment, "HARBINGER_HTTP__PORT": str(port)},
            stdout=out,
            stderr=out,
        )
    try:
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


async def read_one(server: str, topic: str) -> bytes | None:
    """The first record of a topic that readers of committed records see."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=server, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    try:
        record = await asyncio.wait_for(consumer.getone(), WITHIN_S)
        value: bytes | None = record.value
        return value
    finally:
        await consumer.stop()


def ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.mark.timeout(400)
async def test_worker_and_monitor_need_no_more_rights_than_the_chart_gives(broker: Guarded, tmp_path: Path) -> None:
    names = {"HARBINGER_TOPICS__PARTITIONS": "2", "HARBINGER_TOPICS__REPLICATION_FACTOR": "1"}
    settings = load_settings(environ={**names, "HARBINGER_KAFKA__BOOTSTRAP_SERVERS": broker.open})
    await allow(settings)
    security = "HARBINGER_KAFKA__SECURITY__"
    environment = {
        **names,
        "HARBINGER_KAFKA__BOOTSTRAP_SERVERS": broker.guarded,
        "HARBINGER_TOPICS__CREATE": "false",
        "HARBINGER_WORKER__PROCESSES": "1",
        "HARBINGER_MONITOR__DATA_DIR": str(tmp_path / "data"),
        "HARBINGER_MONITOR__ADVERTISED_HOST": "127.0.0.1",
        f"{security}PROTOCOL": "SASL_PLAINTEXT",
        f"{security}SASL__MECHANISM": "PLAIN",
        f"{security}SASL__USERNAME": USER,
        f"{security}SASL__PASSWORD": "secret",
    }
    article = (samples_dir() / "articles.jsonl").read_bytes().splitlines()[0]
    logs = {command: tmp_path / f"{command}.log" for command in ("worker", "monitor")}
    with running("worker", environment, logs["worker"]), running("monitor", environment, logs["monitor"]) as monitor:
        async with AIOKafkaProducer(bootstrap_servers=broker.open) as producer:
            await producer.send_and_wait("articles", article)
            await producer.send_and_wait("articles", b"no article")
        assert await read_one(broker.open, "articles.enriched")
        assert await read_one(broker.open, "articles.dlq") == b"no article"
        assert await read_one(broker.open, "harbinger-monitor-pairs")
        async with AIOKafkaProducer(bootstrap_servers=broker.open) as producer:
            await producer.send_and_wait("articles.enriched", b"no enriched article")
        assert await read_one(broker.open, "harbinger-monitor-dlq") == b"no enriched article"
        deadline = time.monotonic() + WITHIN_S
        while not ready(monitor):  # its ledgers are open: it may write alerts in transactions
            assert time.monotonic() < deadline, logs["monitor"].read_text()
            await asyncio.sleep(0.5)
    for log in logs.values():
        assert "Authorization" not in log.read_text()


async def test_without_a_rule_nothing_goes(broker: Guarded) -> None:
    """The broker does look at the rules: a stranger's transaction is refused."""
    refused = AIOKafkaProducer(
        bootstrap_servers=broker.guarded,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="PLAIN",
        sasl_plain_username=USER,
        sasl_plain_password="secret",
        transactional_id="somebody.else.articles.0",
    )
    with pytest.raises(Exception, match="TransactionalId"):
        await refused.start()
    await refused.stop()

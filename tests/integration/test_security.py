"""TLS, mutual TLS and every SASL mechanism, against a broker that demands them."""

import base64
import json
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from service.broker import Broker
from service.broker.node import free_ports
from service.settings import Settings, load_settings
from service.worker.connection import consumer_options, producer_options
from service.worker.topics import ensure_topics
from tests.support.requirements import lacks

JAAS = "org.apache.kafka.common.security"


@dataclass(frozen=True)
class Secured:
    """A broker with a listener for each way in, and the certificates."""

    sasl: str
    tls: str
    certificates: Path


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    if shutil.which("openssl") is None:
        lacks("openssl makes the certificates")
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("server", "client"):
        _certificate(folder, name)
    port, sasl, tls = free_ports(3)
    prefix = "listener.name.sasl"
    properties = {
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
        f"{prefix}.plain.sasl.jaas.config": f'{JAAS}.plain.PlainLoginModule required user_alice="secret";',
        f"{prefix}.scram-sha-256.sasl.jaas.config": f"{JAAS}.scram.ScramLoginModule required;",
        f"{prefix}.scram-sha-512.sasl.jaas.config": f"{JAAS}.scram.ScramLoginModule required;",
        f"{prefix}.oauthbearer.sasl.jaas.config": (
            f'{JAAS}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";'
        ),
        "listener.name.tls.ssl.keystore.type": "PEM",
        "listener.name.tls.ssl.keystore.location": str(folder / "server.pem"),
        "listener.name.tls.ssl.truststore.type": "PEM",
        "listener.name.tls.ssl.truststore.location": str(folder / "client.crt"),
        "listener.name.tls.ssl.client.auth": "required",
    }
    users = [f"--add-scram={name}=[name=alice,password=secret]" for name in ("SCRAM-SHA-256", "SCRAM-SHA-512")]
    with Broker(port=port, properties=properties | _listeners(port, sasl, tls), format_options=users):
        yield Secured(f"127.0.0.1:{sasl}", f"127.0.0.1:{tls}", folder)


def _listeners(port: int, sasl: int, tls: int) -> dict[str, str]:
    controller = free_ports(1)[0]
    ways_in = {"PLAINTEXT": port, "SASL": sasl, "TLS": tls}
    addresses = ",".join(f"{name}://127.0.0.1:{number}" for name, number in ways_in.items())
    return {
        "listeners": f"{addresses},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": addresses,
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
    }


def _certificate(folder: Path, name: str) -> None:
    command = (
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name} -addext subjectAltName=IP:127.0.0.1 "
        f"-keyout {name}.key -out {name}.crt"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    pair = (folder / f"{name}.key").read_text() + (folder / f"{name}.crt").read_text()
    (folder / f"{name}.pem").write_text(pair)


def settings(bootstrap: str, **security: str) -> Settings:
    names = {f"HARBINGER_KAFKA__SECURITY__{key.upper()}": value for key, value in security.items()}
    return load_settings(environ={"HARBINGER_KAFKA__BOOTSTRAP_SERVERS": bootstrap, **names})


async def go_all_ways(settings: Settings) -> None:
    """Admin client, transactional producer and group consumer: what a worker opens."""
    await ensure_topics(settings, create=True)
    producer = AIOKafkaProducer(**producer_options(settings.kafka, "security-test"))
    await producer.start()
    try:
        async with producer.transaction():
            await producer.send_and_wait(settings.topics.articles, b"{}", key=b"k")
    finally:
        await producer.stop()
    consumer = AIOKafkaConsumer(settings.topics.articles, **consumer_options(settings.kafka))
    await consumer.start()
    try:
        assert await consumer.getone()
    finally:
        await consumer.stop()


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_user_and_password(secured: Secured, mechanism: str) -> None:
    who = {"protocol": "SASL_PLAINTEXT", "sasl__mechanism": mechanism, "sasl__username": "alice"}
    await go_all_ways(settings(secured.sasl, **who, sasl__password="secret"))
    with pytest.raises(KafkaError):
        await ensure_topics(settings(secured.sasl, **who, sasl__password="wrong"))


async def test_a_token_from_an_endpoint(secured: Secured) -> None:
    async with _token_endpoint() as (url, asked):
        who = {
            "protocol": "SASL_PLAINTEXT",
            "sasl__mechanism": "OAUTHBEARER",
            "sasl__oauth__token_endpoint": url,
            "sasl__oauth__client_id": "harbinger",
            "sasl__oauth__scope": "kafka",
        }
        await go_all_ways(settings(secured.sasl, **who, sasl__oauth__client_secret="secret"))
        assert asked[0] == {"grant_type": "client_credentials", "scope": "kafka"}
        with pytest.raises(KafkaError):
            await ensure_topics(settings(secured.sasl, **who, sasl__oauth__client_secret="wrong"))


async def test_both_sides_show_a_certificate(secured: Secured) -> None:
    folder = secured.certificates
    trust = {"protocol": "SSL", "ca_file": str(folder / "server.crt")}
    pair = {"cert_file": str(folder / "client.crt"), "key_file": str(folder / "client.key")}
    await go_all_ways(settings(secured.tls, **trust, **pair))
    with pytest.raises(KafkaError):
        await ensure_topics(settings(secured.tls, **trust))
    with pytest.raises(KafkaError):
        await ensure_topics(settings(secured.tls, protocol="SSL", **pair))


@asynccontextmanager
async def _token_endpoint() -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """An OAuth 2.0 token endpoint that knows one client, and what it was asked for."""
    asked: list[dict[str, Any]] = []

    async def token(request: web.Request) -> web.Response:
        credentials = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        if credentials != "harbinger:secret":
            return web.json_response({"error": "invalid_client"}, status=401)
        asked.append(dict(await request.post()))
        now = int(time.time())
        claims = {"sub": "harbinger", "iat": now, "exp": now + 300}
        return web.json_response({"access_token": _unsigned({"alg": "none"}, claims), "expires_in": 300})

    application = web.Application()
    application.add_routes([web.post("/token", token)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/token", asked
    finally:
        await runner.cleanup()


def _unsigned(*parts: dict[str, Any]) -> str:
    """A token that Kafka's validator for development takes (RFC 7515, appendix A.5)."""
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return ".".join([*encoded, ""])

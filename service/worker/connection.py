"""From settings to the arguments of aiokafka's clients: addresses, timeouts, TLS, SASL."""

import asyncio
import ssl
import time
from collections.abc import Callable
from typing import Any

import aiohttp
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import AuthenticationFailedError, KafkaConnectionError

from service.settings import Kafka, OAuth, Problem, Security, SettingsError

TOKEN_TIMEOUT_S = 10.0
"""A token endpoint that takes longer is down; the client tries again with its next connection."""
TOKEN_LIFETIME_S = 60.0
"""Assumed when the endpoint does not say (``expires_in`` is optional by RFC 6749, section 5.1): short, so safe."""
TOKEN_USED_SHARE = 0.8
"""Share of its life for which a token is used, so that it does not expire on its way to the broker."""


def client_options(kafka: Kafka) -> dict[str, Any]:
    """What consumer, producer and admin client have in common.

    Must be called with a running loop when the mechanism is OAUTHBEARER.

    Raises:
        SettingsError: a certificate, key or password cannot be used.
    """
    security, sasl = kafka.security, kafka.security.sasl
    options: dict[str, Any] = {
        "bootstrap_servers": kafka.bootstrap_servers,
        "client_id": kafka.client_id,
        "request_timeout_ms": kafka.request_timeout_ms,
        "security_protocol": security.protocol,
    }
    if security.uses_tls:
        options["ssl_context"] = ssl_context(security)
    if security.uses_sasl:
        options["sasl_mechanism"] = sasl.mechanism
        if sasl.mechanism == "OAUTHBEARER":
            options["sasl_oauth_token_provider"] = TokenProvider(sasl.oauth)
        elif sasl.password is not None:
            options["sasl_plain_username"] = sasl.username
            options["sasl_plain_password"] = sasl.password.get_secret_value()
    return options


def consumer_options(kafka: Kafka) -> dict[str, Any]:
    """What the consumer of the articles gets: members of one group, offsets committed by nobody but the transactions."""
    return {
        **client_options(kafka),
        "group_id": kafka.group_id,
        "session_timeout_ms": kafka.session_timeout_ms,
        "heartbeat_interval_ms": kafka.heartbeat_interval_ms,
        "rebalance_timeout_ms": kafka.rebalance_timeout_ms,
        "max_poll_interval_ms": kafka.max_poll_interval_ms,
        "auto_offset_reset": kafka.auto_offset_reset,
        "fetch_max_bytes": kafka.fetch_max_bytes,
        "fetch_max_wait_ms": kafka.fetch_max_wait_ms,
        "max_partition_fetch_bytes": kafka.max_partition_fetch_bytes,
        "enable_auto_commit": False,
        "isolation_level": "read_committed",
    }


def producer_options(kafka: Kafka, transactional_id: str) -> dict[str, Any]:
    """What one lane's producer gets. A transactional id implies idempotence and acknowledgement by all replicas."""
    return {
        **client_options(kafka),
        "transactional_id": transactional_id,
        "transaction_timeout_ms": kafka.transaction_timeout_ms,
        "compression_type": None if kafka.compression == "none" else kafka.compression,
        # No limit here: the client would measure a dead letter uncompressed, and refuse for ever what came in compressed.
        # The lanes hold enriched articles to kafka.max_request_bytes themselves; for the rest the broker has the last word.
        "max_request_size": 2**31 - 1,
        "max_batch_size": kafka.producer_batch_bytes,
        "linger_ms": kafka.linger_ms,
    }


def ssl_context(security: Security) -> ssl.SSLContext:
    """The TLS context: trust in ``ca_file`` or the system's authorities, and our own certificate for mutual TLS.

    Raises:
        SettingsError: a file is missing or is not what it should be, or the key's password is wrong.
    """
    try:
        context = ssl.create_default_context(cafile=security.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise _unusable("ca_file", str(security.ca_file), error) from None
    context.check_hostname = security.check_hostname
    if security.cert_file is not None and security.key_file is not None:
        password = security.key_password.get_secret_value() if security.key_password else ""
        try:
            # with no password given, OpenSSL would ask for one at the terminal and hang
            context.load_cert_chain(security.cert_file, security.key_file, password=password)
        except (OSError, ssl.SSLError) as error:
            files = f"{security.cert_file}, {security.key_file}"
            raise _unusable("cert_file, key_file, key_password", files, error) from None
    return context


def _unusable(key: str, value: str, error: Exception) -> SettingsError:
    reason = getattr(error, "strerror", None) or str(error)
    return SettingsError(
        [Problem(f"kafka.security.{key}", value, f"cannot be used: {reason}", "opening the connection")]
    )


class TokenProvider(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka has no types
    """Gets access tokens by OAuth 2.0's client credentials grant, and keeps each for most of its life.

    Failures are raised as Kafka's own errors, because aiokafka treats those as a failed connection and comes back; any
    other exception would end its background tasks.
    """

    def __init__(self, oauth: OAuth, clock: Callable[[], float] = time.monotonic) -> None:
        self._oauth = oauth
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._good_until = 0.0

    async def token(self) -> str:
        """An access token that has not expired; all connections share it.

        Raises:
            AuthenticationFailedError: the endpoint refuses us.
            KafkaConnectionError: the endpoint cannot be reached, is ill or answers with something else than a token.
        """
        async with self._lock:
            if not self._token or self._clock() >= self._good_until:
                asked = self._clock()
                answer = await self._ask()
                self._token = answer["access_token"]
                lifetime = float(answer.get("expires_in") or TOKEN_LIFETIME_S)
                self._good_until = asked + TOKEN_USED_SHARE * lifetime
            return self._token

    async def _ask(self) -> dict[str, Any]:
        oauth = self._oauth
        assert oauth.token_endpoint and oauth.client_id and oauth.client_secret  # noqa: PT018  checked with the settings
        form = {"grant_type": "client_credentials"} | ({"scope": oauth.scope} if oauth.scope else {})
        credentials = aiohttp.BasicAuth(oauth.client_id, oauth.client_secret.get_secret_value())
        timeout = aiohttp.ClientTimeout(total=TOKEN_TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, auth=credentials) as session,
                session.post(oauth.token_endpoint, data=form, headers={"Accept": "application/json"}) as response,
            ):
                if 400 <= response.status < 500:
                    raise AuthenticationFailedError(
                        f"{oauth.token_endpoint} refuses client {oauth.client_id}: {response.status}"
                    )
                response.raise_for_status()
                answer = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise KafkaConnectionError(f"no token from {oauth.token_endpoint}: {error!r}") from None
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise KafkaConnectionError(f"no token from {oauth.token_endpoint}: no access_token in its answer")
        return answer

"""The sections of the settings: one typed, closed, immutable tree (its root is in ``root.py``).

Values come from ``config/default.yaml``; this module says what a value means, its unit, its range, and which values do
not go together. Only what follows from other settings, or is absent by nature, has its default here.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from service.settings.rules import require

Milliseconds = Annotated[int, Field(ge=1, le=2**31 - 1)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Bytes = Annotated[int, Field(ge=1, le=2**31 - 1)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
TopicName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,249}$")]
"""Kafka's own rule for topic names."""


def _servers(value: str) -> str:
    """``host:port``, comma-separated; IPv6 addresses in brackets."""
    for server in value.split(","):
        try:
            parts = urlsplit(f"//{server.strip()}")
            valid = bool(parts.hostname) and parts.port is not None and not parts.path and parts.username is None
        except ValueError:
            valid = False
        if not valid:
            raise PydanticCustomError("servers", "Input should be host:port, or several of them, comma-separated")
    return ",".join(server.strip() for server in value.split(","))


def http_url(value: str) -> str:
    """An http or https URL; credentials do not belong in it, for it is logged."""
    try:
        parts = urlsplit(value)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        valid = False
    if not valid:
        raise PydanticCustomError("url", "Input should be an http or https URL without credentials in it")
    return value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


HttpUrl = Annotated[str, AfterValidator(http_url)]


class Section(BaseModel):
    """Base of every section: closed, so that a mistyped key is an error, and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class OAuth(Section):
    """How SASL OAUTHBEARER gets its token: OAuth 2.0, client credentials grant (RFC 6749, section 4.4)."""

    token_endpoint: HttpUrl | None = None
    """URL that a token is asked from."""
    client_id: Name | None = None
    """Client identifier at the token endpoint."""
    client_secret: SecretStr | None = None
    """Client secret at the token endpoint."""
    scope: Name | None = None
    """Scopes to ask for, separated by blanks."""


class Sasl(Section):
    """Who we say we are."""

    mechanism: (
        Annotated[Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"], BeforeValidator(_upper)] | None
    ) = None
    """SASL mechanism; needed when the protocol is SASL_PLAINTEXT or SASL_SSL."""
    username: Name | None = None
    """User name, for PLAIN and SCRAM."""
    password: SecretStr | None = None
    """Password, for PLAIN and SCRAM."""
    oauth: OAuth = OAuth()
    """Token endpoint, for OAUTHBEARER."""


class Security(Section):
    """How the connection to Kafka is protected."""

    protocol: Annotated[Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"], BeforeValidator(_upper)]
    """Kafka's security protocol."""
    ca_file: Path | None = None
    """PEM file of the certificate authorities to trust; absent: the system's."""
    cert_file: Path | None = None
    """PEM file of the client's certificate chain, for mutual TLS."""
    key_file: Path | None = None
    """PEM file of the client's private key, for mutual TLS."""
    key_password: SecretStr | None = None
    """Password of the private key, when it is encrypted."""
    check_hostname: bool
    """Whether the broker's certificate must carry the name that we connect to."""
    sasl: Sasl = Sasl()
    """SASL, for the protocols SASL_PLAINTEXT and SASL_SSL."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        tls_keys = [key for key in ("ca_file", "cert_file", "key_file", "key_password") if getattr(self, key)]
        require(not tls_keys or self.uses_tls, [*tls_keys, "protocol"], "need protocol SSL or SASL_SSL")
        require(
            (self.cert_file is None) == (self.key_file is None), ["cert_file", "key_file"], "are only of use together"
        )
        sasl, oauth = self.sasl, self.sasl.oauth
        require(
            sasl.mechanism is None or self.uses_sasl,
            ["sasl.mechanism", "protocol"],
            "do not fit: a SASL mechanism needs protocol SASL_PLAINTEXT or SASL_SSL",
        )
        if not self.uses_sasl:
            return self
        require(sasl.mechanism is not None, ["sasl.mechanism", "protocol"], "do not fit: SASL needs a mechanism")
        if sasl.mechanism == "OAUTHBEARER":
            needed = {
                f"sasl.oauth.{key}": getattr(oauth, key) for key in ("token_endpoint", "client_id", "client_secret")
            }
        else:
            needed = {"sasl.username": sasl.username, "sasl.password": sasl.password}
        missing = [key for key, value in needed.items() if value is None]
        require(
            not missing, [*missing, "sasl.mechanism"], f"do not fit: {sasl.mechanism} needs {' and '.join(missing)}"
        )
        return self

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.protocol in {"SSL", "SASL_SSL"}

    @property
    def uses_sasl(self) -> bool:
        """Whether we authenticate by SASL."""
        return self.protocol in {"SASL_PLAINTEXT", "SASL_SSL"}


class Kafka(Section):
    """The connection to Kafka and the consumer group."""

    bootstrap_servers: Annotated[str, AfterValidator(_servers)]
    """Brokers to start from: ``host:port``, comma-separated."""
    group_id: Name
    """Consumer group."""
    client_id: Name
    """Name that the broker sees in its logs and quotas."""
    session_timeout_ms: Milliseconds
    """Silence after which the broker takes a member for dead."""
    heartbeat_interval_ms: Milliseconds = Field(default_factory=lambda earlier: earlier["session_timeout_ms"] * 3 // 10)
    """Time between heartbeats; absent: three tenths of the session timeout, so that two may be lost."""
    rebalance_timeout_ms: Milliseconds = Field(
        default_factory=lambda earlier: max(30_000, 2 * earlier["session_timeout_ms"])
    )
    """Time that members get to finish their work when partitions move; absent: 30 s or twice the session timeout, the
    larger (aiokafka's own default, the session timeout, is too short to finish a batch in)."""
    request_timeout_ms: Milliseconds = Field(default_factory=lambda earlier: earlier["rebalance_timeout_ms"] + 10_000)
    """Longest wait for an answer from the broker. A join is answered only when the rebalance ends, so this must exceed the
    rebalance timeout; absent: 10 s more than it."""
    max_poll_interval_ms: Milliseconds
    """Time without a poll after which the consumer leaves its group. The worker polls even while it is paused."""
    transaction_timeout_ms: Milliseconds
    """Time after which the broker aborts an open transaction; readers wait behind it for as long."""
    transactional_id_prefix: Name
    """Start of the transactional ids; two deployments on one cluster and one group must not share it."""
    auto_offset_reset: Literal["earliest", "latest"]
    """Where a group without committed offsets starts."""
    compression: Annotated[Literal["none", "gzip", "snappy", "lz4", "zstd"], BeforeValidator(_lower)]
    """Compression of what is written."""
    fetch_max_bytes: Bytes
    """Most bytes that one broker sends in one answer."""
    fetch_max_wait_ms: Milliseconds
    """Longest wait of the broker for new records before it answers with none."""
    max_partition_fetch_bytes: Bytes
    """Most bytes of one partition in one answer; a larger record still comes, alone."""
    max_request_bytes: Bytes
    """Largest enriched article that is written, in bytes before compression; a larger one becomes a dead letter."""
    producer_batch_bytes: Bytes
    """Size at which the producer closes a batch of one partition."""
    linger_ms: Annotated[int, Field(ge=0, le=10_000)]
    """Time that the producer waits for a batch to fill."""
    security: Security
    """TLS and SASL."""

    @model_validator(mode="after")
    def _timeouts_nest(self) -> Self:
        require(
            self.heartbeat_interval_ms < self.session_timeout_ms,
            ["heartbeat_interval_ms", "session_timeout_ms"],
            "do not fit: heartbeats must come more often than the session timeout",
        )
        require(
            self.session_timeout_ms <= self.rebalance_timeout_ms,
            ["session_timeout_ms", "rebalance_timeout_ms"],
            "do not fit: the session timeout must not exceed the rebalance timeout",
        )
        require(
            self.rebalance_timeout_ms < self.request_timeout_ms,
            ["rebalance_timeout_ms", "request_timeout_ms"],
            "do not fit: the request timeout must exceed the rebalance timeout, or joins give up too early",
        )
        return self


TopicRole = Literal["articles", "enriched", "dead_letters", "alerts"]


class Topics(Section):
    """The topics by what they hold, and how missing ones are made."""

    articles: TopicName
    """Articles, in."""
    enriched: TopicName
    """Enriched articles, out."""
    dead_letters: TopicName
    """What could not be enriched."""
    alerts: TopicName
    """Escalation alerts."""
    create: bool
    """Whether the worker makes missing topics; otherwise it names them and stops."""
    partitions: Annotated[int, Field(ge=1, le=10_000)]
    """Partitions of a topic that we make. Articles and enriched articles keep the same count."""
    replication_factor: Annotated[int, Field(ge=1, le=100)]
    """Replicas of a topic that we make."""
    retention_ms: Annotated[int, Field(ge=-1)]
    """How long a record is kept in a topic that we make; -1 for ever."""
    max_message_bytes: Bytes
    """Largest record in a topic that we make."""
    config: dict[TopicRole, dict[str, str | bool | int | float]] = {}
    """Further Kafka topic settings by role, as ``{alerts: {cleanup.policy: compact}}``; they win over the two above."""

    @model_validator(mode="after")
    def _all_different(self) -> Self:
        names: dict[str, str] = {}
        for role in ("articles", "enriched", "dead_letters", "alerts"):
            name = self.name(role)
            require(name not in names, [names.get(name, role), role], "must be different topics")
            names[name] = role
        return self

    def name(self, role: TopicRole) -> str:
        """The topic that has this role."""
        return str(getattr(self, role))

    def creation_config(self, role: TopicRole) -> dict[str, str]:
        """The Kafka settings that a topic of this role is made with."""
        config: dict[str, str | bool | int | float] = {
            "retention.ms": self.retention_ms,
            "max.message.bytes": self.max_message_bytes,
            **self.config.get(role, {}),
        }
        return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in config.items()}


class Retry(Section):
    """How a failed call to the broker is repeated: exponential backoff with jitter."""

    attempts: Count
    """Tries in all before the failure counts as final."""
    initial_s: Seconds
    """Wait after the first failure, in seconds."""
    max_s: Seconds
    """Longest wait between two tries, in seconds."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        require(self.initial_s <= self.max_s, ["initial_s", "max_s"], "do not fit: the first wait exceeds the longest")
        return self


class Circuit(Section):
    """When so many articles fail that the fault must be ours: stop, instead of dead-lettering a whole topic."""

    window: Count
    """Latest articles that the ratio is taken over."""
    min_records: Count
    """Articles that must be in the window before the ratio counts."""
    ratio: Annotated[float, Field(gt=0, le=1)]
    """Share of dead letters in the window at which the circuit opens."""
    run_length: Count
    """Dead letters in an unbroken run at which the circuit opens."""
    cooldown_s: Seconds
    """Time before a single batch is tried again, in seconds."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        require(self.min_records <= self.window, ["min_records", "window"], "do not fit: the window never fills so far")
        return self


class Worker(Section):
    """The work: batches, processes, limits."""

    processes: Annotated[int, Field(ge=0, le=1024)]
    """Analysis processes; 0: as many as the CPUs that the container or machine grants."""
    batch_max_records: Count
    """Most articles in one batch, which is one transaction."""
    batch_max_bytes: Bytes
    """Most bytes in one batch; a larger article goes alone."""
    commit_interval_ms: Annotated[int, Field(ge=1, le=10_000)]
    """Longest time that a finished article waits for others to share its transaction. A quiet topic waits for nothing."""
    in_flight_max_records: Count
    """Most articles that are read and not yet committed; above it partitions are paused."""
    in_flight_max_bytes: Bytes
    """Most bytes that are read and not yet committed; above it partitions are paused."""
    article_time_limit_s: Seconds
    """Time that an article of up to 100 kB may take in the analysis before its process is stopped, in seconds; a larger one
    gets proportionally more."""
    drain_timeout_s: Seconds
    """Time to finish what is under way when the worker ends or partitions move, in seconds."""
    retry: Retry
    """Calls to the broker that failed."""
    circuit: Circuit
    """The circuit breaker."""


class Analysis(Section):
    """What the analysis reads, and what it knows over what the package holds (docs/knowledge.md)."""

    knowledge_overrides: Path | None = None
    """Folder with CSV files that are laid over the knowledge of the package, as ``offices.csv``; absent: none. A change is taken
    up without a restart."""
    lexicon_overrides: Path | None = None
    """Folder with YAML files that are laid over lexicon and scoring of the package, as ``classes.yaml``, ``scoring.yaml`` and
    files of rules; absent: none. A change is taken up without a restart. It may be the same folder."""
    reload_interval_s: Seconds
    """Time between two looks at the overrides, in seconds. A change is taken up when it stood still from one look to the next."""
    other_languages: Literal["pass", "dead_letter"]
    """What becomes of an article that is not in English: it passes with empty lists and ``unread`` says why, or it becomes a dead
    letter (stage ``validate``, the reason names the language). Neither counts as a failure for the circuit breaker."""


class Http(Section):
    """The server of ``/livez``, ``/readyz`` and ``/metrics``."""

    host: Name
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65_535)]
    """Port to listen on; 0: any free one, which is logged."""
    live_within_s: Seconds
    """The process counts as alive when the consumer was polled within so many seconds."""


class Log(Section):
    """The log, on standard error."""

    format: Annotated[Literal["json", "console"], BeforeValidator(_lower)]
    """``json`` for machines, ``console`` for people."""
    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)]
    """Least level that is written."""


class Tracing(Section):
    """OpenTelemetry traces; needs the extra ``tracing``."""

    enabled: bool
    """Whether spans are recorded and sent."""
    endpoint: HttpUrl
    """OTLP/HTTP endpoint for traces."""
    sample_ratio: Annotated[float, Field(ge=0, le=1)]
    """Share of traces that is recorded when the article brings no decision of its own."""

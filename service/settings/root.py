"""The root of the settings, and which values of different sections do not go together."""

from typing import Self

from pydantic import model_validator

from service.settings.monitor import Monitor
from service.settings.rules import require
from service.settings.tree import Analysis, Http, Kafka, Log, Section, Topics, Tracing, Worker


class Settings(Section):
    """Everything that an operator may set."""

    kafka: Kafka
    """The connection to Kafka and the consumer group."""
    topics: Topics
    """The topics by what they hold, and how missing ones are made."""
    worker: Worker
    """The work: batches, processes, limits."""
    analysis: Analysis
    """What the analysis knows, over what the package holds (docs/knowledge.md)."""
    monitor: Monitor
    """The watch over country pairs."""
    http: Http
    """The server of ``/livez``, ``/readyz`` and ``/metrics``."""
    log: Log
    """The log, on standard error."""
    tracing: Tracing
    """OpenTelemetry traces; needs the extra ``tracing``."""

    @model_validator(mode="after")
    def _drain_fits(self) -> Self:
        require(
            self.worker.drain_timeout_s * 1000 < self.kafka.rebalance_timeout_ms,
            ["worker.drain_timeout_s", "kafka.rebalance_timeout_ms"],
            "do not fit: draining must end before the broker gives the partitions away",
        )
        require(
            self.topics.max_message_bytes >= self.kafka.max_request_bytes,
            ["topics.max_message_bytes", "kafka.max_request_bytes"],
            "do not fit: the topic must take what the producer may write",
        )
        return self

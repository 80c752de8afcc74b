"""From an outcome to the Kafka message that publishes it: an enriched article, or a dead letter."""

import time
from dataclasses import dataclass

from service.messages.cloudevents import ENRICHED_ARTICLE_TYPE, Headers, cloud_event_headers
from service.messages.dead_letter import DeadLetter
from service.observability.tracing import HEADER, Tracer, traceparent
from service.settings import Topics
from service.worker.process import Enriched, Rejected, rfc3339_now
from service.worker.record import Record

SOURCE = "/harbinger/worker"
"""``ce_source``: with ``ce_id`` it names the event, so it is the same on every pod and after every replay."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. ``partition`` is the input's, so that the order by key stays as it was."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Outbound:
    """Knows the topics, their headers, and how a trace goes on. ``dead_letter_partitions`` is that topic's count."""

    def __init__(self, topics: Topics, group_id: str, tracer: Tracer, dead_letter_partitions: int) -> None:
        self._topics = topics
        self._group_id = group_id
        self._tracer = tracer
        self._dead_letter_partitions = dead_letter_partitions

    def message(self, record: Record, outcome: Enriched | Rejected) -> Message:
        """The message for one record."""
        if isinstance(outcome, Rejected):
            return self._dead_letter(record, outcome)
        headers = cloud_event_headers(
            id=outcome.article_id,
            source=SOURCE,
            type=ENRICHED_ARTICLE_TYPE,
            time=rfc3339_now(),
            incoming=self._traced(record, outcome),
        )
        key = record.key if record.key is not None else outcome.article_id.encode("utf-8", "surrogatepass")
        return Message(self._topics.enriched, record.partition, key, outcome.value, headers)

    def _dead_letter(self, record: Record, outcome: Rejected) -> Message:
        letter = DeadLetter(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            timestamp=record.timestamp,
            consumer_group=self._group_id,
            exception=outcome.exception,
            message=outcome.message,
            stage=outcome.stage,
        )
        partition = record.partition % self._dead_letter_partitions
        return Message(self._topics.dead_letters, partition, record.key, record.value, letter.headers(record.headers))

    def _traced(self, record: Record, outcome: Enriched) -> Headers:
        """The incoming headers, with the article's own span as the parent of whatever comes next when tracing is on."""
        parent = traceparent(record.headers)
        end = time.time_ns()
        took = round(sum(outcome.seconds.values()) * 1e9)
        position: dict[str, str | int | float | bool] = {
            "messaging.system": "kafka",
            "messaging.destination.name": record.topic,
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
            "harbinger.article.id": outcome.article_id,
        }
        own = self._tracer.record("enrich article", parent, end - took, end, position)
        if own is None or own == parent:
            return list(record.headers)
        rest = [(name, value) for name, value in record.headers if name.lower() != HEADER]
        return [*rest, (HEADER, own.encode("ascii"))]

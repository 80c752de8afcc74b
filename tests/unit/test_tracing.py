"""A trace goes on through the worker, whether it records spans or not."""

from dataclasses import dataclass

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from service.observability.tracing import NoTracer, OpenTelemetryTracer, make_tracer, traceparent
from service.settings import load_settings
from service.worker.outbound import Outbound
from service.worker.process import Enriched, Rejected

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
UNSAMPLED = f"00-{TRACE}-b7ad6b7169203331-00"
TOPICS = load_settings(environ={}).topics


@dataclass
class Record:
    headers: tuple[tuple[str, bytes], ...]
    topic: str = "articles"
    partition: int = 5
    offset: int = 7
    timestamp: int = 1_000
    key: bytes | None = None
    value: bytes | None = b"{}"


def outbound_headers(tracer: NoTracer | OpenTelemetryTracer, *headers: tuple[str, bytes]) -> dict[str, bytes]:
    outbound = Outbound(TOPICS, "harbinger", tracer, dead_letter_partitions=2)
    return dict(outbound.message(Record(headers), Enriched("a-1", b"{}", {"analyse": 0.25})).headers)


@pytest.mark.parametrize(
    "value", ["", "00-0-0-00", f"ff-{TRACE}-b7ad6b7169203331-01", f"00-{'0' * 32}-b7ad6b7169203331-01", "nonsense"]
)
def test_what_the_standard_does_not_allow_is_no_parent(value: str) -> None:
    assert traceparent([("traceparent", value.encode())]) is None


def test_without_tracing_the_context_is_carried_on_as_it_came() -> None:
    headers = outbound_headers(NoTracer(), ("traceparent", PARENT.encode()), ("tracestate", b"a=1"))
    assert headers["traceparent"] == PARENT.encode()
    assert headers["tracestate"] == b"a=1"


def test_with_tracing_the_article_has_a_span_in_the_senders_trace() -> None:
    exporter = InMemorySpanExporter()
    tracer = OpenTelemetryTracer(SimpleSpanProcessor(exporter), sample_ratio=1.0, version="1")
    headers = outbound_headers(tracer, ("traceparent", PARENT.encode()), ("tracestate", b"a=1"))
    (span,) = exporter.get_finished_spans()
    assert span.parent is not None
    assert f"{span.parent.trace_id:032x}" == TRACE
    assert span.attributes is not None
    assert span.attributes["messaging.kafka.offset"] == 7
    assert span.attributes["harbinger.article.id"] == "a-1"
    assert span.start_time is not None
    assert span.end_time is not None
    assert span.end_time - span.start_time == 250_000_000
    carried = headers["traceparent"].decode()
    assert carried == f"00-{TRACE}-{span.context.span_id:016x}-01", "what comes next hangs under our span"
    assert headers["tracestate"] == b"a=1"


def test_the_senders_decision_not_to_sample_is_kept() -> None:
    exporter = InMemorySpanExporter()
    tracer = OpenTelemetryTracer(SimpleSpanProcessor(exporter), sample_ratio=1.0, version="1")
    headers = outbound_headers(tracer, ("traceparent", UNSAMPLED.encode()))
    assert exporter.get_finished_spans() == ()
    assert headers["traceparent"].decode().startswith(f"00-{TRACE}-")
    assert headers["traceparent"].endswith(b"-00")


def test_a_dead_letter_keeps_its_headers_byte_for_byte() -> None:
    outbound = Outbound(TOPICS, "harbinger", NoTracer(), dead_letter_partitions=2)
    message = outbound.message(Record((("traceparent", PARENT.encode()),)), Rejected("decode", "x.Y", "no JSON"))
    assert message.headers[0] == ("traceparent", PARENT.encode())
    assert message.partition == 1, "fewer partitions than the articles have: the number modulo theirs"


def test_switched_off_it_costs_nothing() -> None:
    assert isinstance(make_tracer(False, "http://localhost:4318/v1/traces", 1.0, "1"), NoTracer)

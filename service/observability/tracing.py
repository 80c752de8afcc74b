"""OpenTelemetry traces, when the extra ``tracing`` is installed and they are switched on; otherwise nothing, at no cost.

Trace context travels in the Kafka header ``traceparent`` (W3C Trace Context). Without tracing the incoming one is
carried on as it came, so that a trace does not break at a service that does not take part.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from service.errors import HarbingerError

HEADER = "traceparent"
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
"""W3C Trace Context, section 3.2: no version ff, no ids of zeros; later versions may append fields."""
SERVICE_NAME = "harbinger"

Attributes = Mapping[str, str | int | float | bool]


class TracingUnavailable(HarbingerError):
    """Tracing is switched on and cannot be had."""

    exit_status = 2


class Tracer(Protocol):
    """What the worker needs of tracing."""

    def span(self, name: str, attributes: Attributes, links: Iterable[str] = ()) -> Any:
        """A context manager around work under way (a batch); ``links`` are the traceparents of what it works on."""

    def record(self, name: str, parent: str | None, start_ns: int, end_ns: int, attributes: Attributes) -> str | None:
        """Record a span that is over (an article) and return the traceparent to hand on; times in ns since the epoch."""

    def close(self) -> None:
        """Send what is buffered."""


def traceparent(headers: Iterable[tuple[str, bytes]]) -> str | None:
    """The trace context of a Kafka record; None when there is none, or none that the standard allows."""
    for key, value in headers:
        if key.lower() == HEADER:
            text = value.decode("ascii", "replace")
            return text if _TRACEPARENT.fullmatch(text) else None
    return None


def make_tracer(enabled: bool, endpoint: str, sample_ratio: float, version: str) -> Tracer:
    """The tracer that the settings ask for.

    Raises:
        TracingUnavailable: it is switched on and the extra is not installed.
    """
    if not enabled:
        return NoTracer()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise TracingUnavailable(
            f"tracing.enabled needs the extra: pip install 'harbinger[tracing]' ({error})"
        ) from None
    return OpenTelemetryTracer(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)), sample_ratio, version)


class NoTracer:
    """Records nothing and carries the incoming context on."""

    @contextmanager
    def span(self, name: str, attributes: Attributes, links: Iterable[str] = ()) -> Iterator[None]:
        """Nothing around the work."""
        yield

    def record(self, name: str, parent: str | None, start_ns: int, end_ns: int, attributes: Attributes) -> str | None:
        """The incoming context, untouched."""
        return parent

    def close(self) -> None:
        """Nothing is buffered."""


class OpenTelemetryTracer:
    """Records spans with a provider of its own: the global one belongs to whoever embeds us.

    Args:
        processor: an ``opentelemetry.sdk.trace.SpanProcessor``.
        sample_ratio: share of new traces that is recorded; an article that brings a decision keeps it.
        version: of the service.
    """

    def __init__(self, processor: Any, sample_ratio: float, version: str) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        resource = Resource.create({"service.name": SERVICE_NAME, "service.version": version})
        self._provider = TracerProvider(sampler=ParentBasedTraceIdRatio(sample_ratio), resource=resource)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer(SERVICE_NAME, version)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, attributes: Attributes, links: Iterable[str] = ()) -> Iterator[None]:
        """A span around the work inside; an exception marks it as failed and goes on its way."""
        from opentelemetry.trace import Link, SpanKind, get_current_span

        linked = [Link(get_current_span(self._context(link)).get_span_context()) for link in links]
        with self._tracer.start_as_current_span(name, attributes=attributes, links=linked, kind=SpanKind.CONSUMER):
            yield

    def record(self, name: str, parent: str | None, start_ns: int, end_ns: int, attributes: Attributes) -> str | None:
        """Record a span with given times below ``parent``, or below the current span when there is none."""
        from opentelemetry.trace import SpanKind, set_span_in_context

        context = self._context(parent) if parent else None
        span = self._tracer.start_span(name, context, SpanKind.PRODUCER, attributes, start_time=start_ns)
        span.end(end_ns)
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier, set_span_in_context(span))
        return carrier.get(HEADER)

    def close(self) -> None:
        """Send what is buffered, and stop."""
        self._provider.shutdown()

    def _context(self, parent: str) -> Any:
        return self._propagator.extract({HEADER: parent})

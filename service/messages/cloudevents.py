"""CloudEvents 1.0 headers, Kafka protocol binding, binary content mode: the value stays plain JSON, headers describe it.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md, section 3.2: names are the
attributes' with ``ce_`` before them, values are UTF-8, and ``content-type`` is the attribute ``datacontenttype``.
"""

from collections.abc import Iterable

CONTENT_TYPE = "application/json; charset=utf-8"
ENRICHED_ARTICLE_TYPE = "harbinger.enriched-article.v1"
"""``ce_type`` of ``articles.enriched``: the message's ``schema``, so a consumer can route without parsing."""
ESCALATION_ALERT_TYPE = "harbinger.escalation-alert.v1"

TRACE_HEADERS = ("traceparent", "tracestate", "baggage")
"""W3C Trace Context and Baggage: carried from the article to what comes of it, byte for byte."""

Headers = list[tuple[str, bytes]]
"""Record headers as aiokafka's producer wants them: a list (its consumer hands out a tuple)."""


def cloud_event_headers(
    *, id: str, source: str, type: str, time: str, incoming: Iterable[tuple[str, bytes]] = ()
) -> Headers:
    """The headers of one output record.

    Args:
        id: the article's id (or the alert's): with ``source`` it identifies the event, so a replay repeats it.
        source: URI reference of the producer, for example ``/harbinger/worker``.
        type: what the value is, for example :data:`ENRICHED_ARTICLE_TYPE`.
        time: RFC 3339 time at which the event was made.
        incoming: headers of the input record, of which the trace context is carried on.
    """
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", header_value(id)),
        ("ce_source", header_value(source)),
        ("ce_type", header_value(type)),
        ("ce_time", header_value(time)),
        ("content-type", CONTENT_TYPE.encode("ascii")),
    ]
    carried = [(name, value) for name, value in incoming if name.lower() in TRACE_HEADERS and value is not None]
    return headers + carried


def header_value(text: str) -> bytes:
    """A header's value: UTF-8, with each lone surrogate, which UTF-8 cannot carry, percent-encoded (U+D83D: ``%ED%A0%BD``).

    Any other text goes as it is, percent signs included: Kafka's binding, unlike that for HTTP, encodes nothing.
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join(_percent_encoded(char) if "\ud800" <= char <= "\udfff" else char for char in text).encode(
            "utf-8"
        )


def _percent_encoded(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))

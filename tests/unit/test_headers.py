"""Record headers: CloudEvents on what leaves, the de-facto-standard ones on dead letters."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from service.messages.cloudevents import ENRICHED_ARTICLE_TYPE, cloud_event_headers
from service.messages.dead_letter import NAMES, DeadLetter, original_headers
from service.messages.errors import ValidateError

LETTER = DeadLetter.of(
    ValidateError("id: Field required"),
    topic="articles", partition=3, offset=2**40, timestamp=1_732_005_000_123, consumer_group="harbinger",
)  # fmt: skip

HEADERS = st.lists(st.tuples(st.sampled_from([*NAMES, "traceparent", "x"]), st.binary(max_size=9)), max_size=12)


def cloud(id: str, incoming: list[tuple[str, bytes]] | None = None) -> list[tuple[str, bytes]]:
    return cloud_event_headers(
        id=id,
        source="/harbinger/worker",
        type=ENRICHED_ARTICLE_TYPE,
        time="2024-11-19T08:30:00Z",
        incoming=incoming or [],
    )


def test_cloud_events_binary_mode() -> None:
    assert cloud("a-1") == [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"a-1"),
        ("ce_source", b"/harbinger/worker"),
        ("ce_type", b"harbinger.enriched-article.v1"),
        ("ce_time", b"2024-11-19T08:30:00Z"),
        ("content-type", b"application/json; charset=utf-8"),
    ]


def test_the_trace_context_is_carried_on_and_nothing_else() -> None:
    trace = [("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), ("tracestate", b"v=\xff")]
    assert cloud("a", [("ce_id", b"old"), *trace, ("content-type", b"text/plain")])[6:] == trace


def test_an_id_stays_itself_as_far_as_utf_8_goes() -> None:
    assert dict(cloud("Đà 🚀 100%"))["ce_id"] == "Đà 🚀 100%".encode()
    assert dict(cloud("a\ud83d"))["ce_id"] == b"a%ED%A0%BD"


def test_dead_letter_headers_in_the_layout_of_spring_kafka() -> None:
    headers = dict(LETTER.headers([("k", b"v")]))
    assert list(headers) == ["k", *NAMES]
    assert headers["kafka_dlt-original-topic"] == b"articles"
    assert headers["kafka_dlt-original-partition"] == struct.pack(">i", 3)
    assert headers["kafka_dlt-original-offset"] == struct.pack(">q", 2**40)
    assert headers["kafka_dlt-original-timestamp"] == struct.pack(">q", 1_732_005_000_123)
    assert headers["kafka_dlt-original-consumer-group"] == b"harbinger"
    assert headers["kafka_dlt-exception-fqcn"] == b"service.messages.errors.ValidateError"
    assert headers["kafka_dlt-exception-message"] == b"id: Field required"
    assert headers["harbinger-stage"] == b"validate"


@given(HEADERS)
def test_the_original_headers_come_first_and_come_back(original: list[tuple[str, bytes]]) -> None:
    headers = LETTER.headers(original)
    assert headers[: len(original)] == original
    assert DeadLetter.from_headers(headers) == LETTER
    assert original_headers(headers) == original


def test_the_newest_of_two_dead_letters_is_read() -> None:
    second = DeadLetter("articles", 1, 9, -1, "harbinger", "x.Y", "again", "analyse")
    twice = second.headers(LETTER.headers([]))
    assert DeadLetter.from_headers(twice) == second
    assert DeadLetter.from_headers(original_headers(twice)) == LETTER


def test_dead_letters_of_other_tools_are_read_too() -> None:
    letter = DeadLetter.from_headers(
        [("kafka_dlt-original-topic", b"articles"), ("kafka_dlt-original-partition", b"7"),
         ("kafka_dlt-original-offset", b"12345678"), ("kafka_dlt-original-timestamp", b"?")]
    )  # fmt: skip
    assert letter == DeadLetter("articles", 7, 12345678, None, None, None, None, None)


def test_what_was_never_dead_lettered_is_none() -> None:
    assert DeadLetter.from_headers([("harbinger-stage", b"decode")]) is None

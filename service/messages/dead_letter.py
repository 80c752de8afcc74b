"""Dead letters: the record that could not be enriched as it came, and headers that say where it was and why it failed.

The names and the binary layout are those of Spring Kafka's ``DeadLetterPublishingRecoverer``, which the tools at hand
know: the partition is a 4-byte, offset and timestamp are 8-byte big-endian signed integers, everything else is UTF-8.

The record's own headers stay in front, byte for byte and in order, even ``kafka_dlt-*`` ones of an earlier failure; ours
follow. So **the last header of a name counts** (as Kafka's ``Headers.lastHeader`` has it), and a redrive takes off just
the last of each name to have the original record again.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.messages.cloudevents import Headers, header_value
from service.messages.errors import ArticleError, qualified_name

TOPIC = "kafka_dlt-original-topic"
PARTITION = "kafka_dlt-original-partition"
OFFSET = "kafka_dlt-original-offset"
TIMESTAMP = "kafka_dlt-original-timestamp"
CONSUMER_GROUP = "kafka_dlt-original-consumer-group"
EXCEPTION_FQCN = "kafka_dlt-exception-fqcn"
EXCEPTION_MESSAGE = "kafka_dlt-exception-message"
STAGE = "harbinger-stage"

NAMES = (TOPIC, PARTITION, OFFSET, TIMESTAMP, CONSUMER_GROUP, EXCEPTION_FQCN, EXCEPTION_MESSAGE, STAGE)
"""The headers that a dead letter adds, in this order."""

_INT32 = struct.Struct(">i")
_INT64 = struct.Struct(">q")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Where a record was read and why it was given up.

    ``timestamp`` is the original record's, in milliseconds since 1970 (-1: none); ``exception`` the fully qualified
    class name; ``stage`` one of the contract's ``decode``, ``validate``, ``analyse``, ``encode``. When read back, anything
    that another producer left out is None.
    """

    topic: str
    partition: int | None
    offset: int | None
    timestamp: int | None
    consumer_group: str | None
    exception: str | None
    message: str | None
    stage: str | None

    @classmethod
    def of(
        cls, error: ArticleError, *, topic: str, partition: int, offset: int, timestamp: int, consumer_group: str
    ) -> "DeadLetter":
        """The dead letter of the record at this position that failed with ``error``."""
        exception = qualified_name(error)
        return cls(topic, partition, offset, timestamp, consumer_group, exception, error.reason, error.stage)

    def headers(self, original: Iterable[tuple[str, bytes]] = ()) -> Headers:
        """All headers of the dead letter record: the original's, then ours."""
        values = (
            header_value(self.topic),
            None if self.partition is None else _INT32.pack(self.partition),
            None if self.offset is None else _INT64.pack(self.offset),
            None if self.timestamp is None else _INT64.pack(self.timestamp),
            *(
                None if text is None else header_value(text)
                for text in (self.consumer_group, self.exception, self.message, self.stage)
            ),
        )
        ours = [(name, value) for name, value in zip(NAMES, values, strict=True) if value is not None]
        return [*original, *ours]

    @classmethod
    def from_headers(cls, headers: Sequence[tuple[str, bytes]]) -> "DeadLetter | None":
        """Read the newest dead letter back; None when the record carries no original topic, so was not dead-lettered.

        Numbers are read in Spring's binary form or, from other tools, as decimal text.
        """
        last = {name: value for name, value in headers if name in NAMES and value is not None}
        if TOPIC not in last:
            return None
        texts = {name: value.decode("utf-8", "replace") for name, value in last.items()}
        return cls(
            topic=texts[TOPIC],
            partition=_number(last.get(PARTITION)),
            offset=_number(last.get(OFFSET)),
            timestamp=_number(last.get(TIMESTAMP)),
            consumer_group=texts.get(CONSUMER_GROUP),
            exception=texts.get(EXCEPTION_FQCN),
            message=texts.get(EXCEPTION_MESSAGE),
            stage=texts.get(STAGE),
        )


def original_headers(headers: Sequence[tuple[str, bytes]]) -> Headers:
    """The headers that the record had before it was dead-lettered last: the inverse of :meth:`DeadLetter.headers`."""
    remaining = list(headers)
    for name in NAMES:
        for index in range(len(remaining) - 1, -1, -1):
            if remaining[index][0] == name:
                del remaining[index]
                break
    return remaining


def _number(value: bytes | None) -> int | None:
    """A big-endian integer of 4 or 8 bytes, or decimal digits; None for what is neither.

    Four or eight bytes that are all ASCII digits could be both. As integers they would be partition 808,464,432 or an offset
    of 3.4e18 and more, which nobody has: they are read as digits.
    """
    if value is None:
        return None
    if value.isdigit():
        return int(value) if len(value) < 20 else None
    for layout in (_INT32, _INT64):
        if len(value) == layout.size:
            number: int = layout.unpack(value)[0]
            return number
    return None

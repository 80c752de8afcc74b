"""What one article says of one country pair: the unit of the monitor's state.

A report is written once and never changed, so writing it again changes nothing: a replay, a doubled article and a process
that was believed dead are all harmless. The bytes are MessagePack arrays.
"""

import hashlib
from typing import Literal

import msgspec

Kind = Literal["threat", "act", "relief"]
"""Threat and act as the signals have it; relief is what de-escalates, in word or deed."""


class Deed(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One event between the two countries."""

    event_id: str
    root: str
    """PLOVER root."""
    kind: Kind
    points: float
    """Weight in points of the escalation score (docs/scoring.md), modality included; positive for relief, too."""
    confidence: float
    """0 to 1."""
    day: int
    """Day of the deed itself (days since 1970)."""
    evidence: str
    """The sentence, at most `EVIDENCE_MAX` characters."""


class Report(msgspec.Struct, array_like=True, frozen=True):
    """What an article says of a pair."""

    article_id: str
    source: str
    """Who published it; the article itself when it does not say."""
    published: int
    """Milliseconds since 1970."""
    signature: bytes
    """Of the text, by which an event that is told again is known (`service.monitor.similarity`)."""
    deeds: list[Deed]


EVIDENCE_MAX = 300

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Report)


def encode(report: Report) -> bytes:
    """The report as bytes; the same report gives the same bytes."""
    return _encoder.encode(report)


def decode(value: bytes) -> Report:
    """The report again.

    Raises:
        msgspec.DecodeError: these are not the bytes of a report.
    """
    return _decoder.decode(value)


def report_key(article_id: str) -> str:
    """The name of an article's report within its pair: 16 hexadecimal digits, for ids may have 512 characters."""
    return hashlib.blake2b(article_id.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

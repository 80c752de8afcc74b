"""What the monitor's two stages say to each other, and what it writes into its changelog.

The first stage reads articles and tells the second, over a topic keyed by pair, of reports and of the time. The changelog holds
every report, checkpoint and clock, and the moment up to which was judged, under a key of its own, so a record never has to be read before it is written: two processes
that believe to own a partition write the same records, in whatever order, and do no harm.
"""

from typing import Literal

import msgspec
from aiokafka.partitioner import murmur2

from service.monitor.rules import Pair


class Told(msgspec.Struct, array_like=True, frozen=True, tag="report"):
    """A report on a pair."""

    pair: str
    key: str
    value: bytes


class Reports(msgspec.Struct, array_like=True, frozen=True, tag="reports"):
    """Reports on pairs of one partition: a record costs much, a few more bytes in it next to nothing."""

    told: list[Told]


class Clock(msgspec.Struct, array_like=True, frozen=True, tag="clock"):
    """How far an input partition was read, in article time.

    ``idle`` says that it was read to its end and brought nothing new for a while, so it holds nobody back.
    """

    partition: int
    time: int | None
    """Latest publication seen (milliseconds since 1970); None when nothing was read yet."""
    idle: bool


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Reports | Clock] = msgspec.msgpack.Decoder(Reports | Clock)
_clocks = msgspec.msgpack.Decoder(Clock)


def encode(message: Told | Reports | Clock) -> bytes:
    """As bytes."""
    return _encoder.encode(message)


def decode(value: bytes) -> Reports | Clock:
    """The message again.

    Raises:
        msgspec.DecodeError: these are not the bytes of one.
    """
    return _decoder.decode(value)


def decode_clock(value: bytes) -> Clock:
    """A clock from the changelog."""
    return _clocks.decode(value)


def partition_of(name: str, partitions: int) -> int:
    """The partition of a pair: where Kafka's default partitioner puts a record with the pair's name as its key."""
    return int(murmur2(name.encode()) & 0x7FFFFFFF) % partitions


def pair_name(pair: Pair) -> str:
    """``CUB-USA``: the key of the pair's messages and alerts."""
    return "-".join(pair)


def pair_of(name: str) -> Pair:
    """The pair again.

    Raises:
        ValueError: it is no pair of two sorted codes.
    """
    first, dash, second = name.partition("-")
    if not (dash and first.isalpha() and second.isalpha() and first < second):
        raise ValueError(f"{name!r} is no pair of two different country codes in alphabetical order")
    return first, second


Entry = Literal["report", "checkpoint", "clock", "horizon"]


def state_key(entry: Entry, name: str = "", part: str = "") -> bytes:
    """The key of a changelog record: ``report|CUB-USA|<key>``, ``checkpoint|CUB-USA|<day>``, ``clock|<input partition>``, ``horizon``."""
    return "|".join(filter(None, (entry, name, part))).encode("ascii")


def parse_state_key(key: bytes) -> tuple[str, str, str]:
    """Entry, name and part again; those that it has not are empty."""
    entry, _, rest = key.decode("ascii").partition("|")
    name, _, part = rest.partition("|")
    return entry, name, part

"""What is known of one pair at the start of a day: small enough to be written as a checkpoint, exact enough to go on from."""

import msgspec

from service.messages.enriched import Level
from service.monitor.report import Kind
from service.monitor.rules import AlertLevel


class Story(msgspec.Struct, array_like=True):
    """One event of the real world, whoever tells of it."""

    root: str
    kind: Kind
    day: int
    """Day of the deed."""
    points: float
    """The most that any report gives it."""
    value: float
    """``points`` times the chance that it is true, by all sources together."""
    sources: dict[str, float]
    """The highest confidence of each source."""
    signature: bytes
    """Of the first report."""
    article_id: str
    event_id: str
    evidence: str
    """Of the report with the highest points times confidence, which is ``strength``."""
    strength: float


class DayCount(msgspec.Struct, array_like=True):
    """Who wrote of the pair on one day."""

    day: int
    articles: int
    sources: dict[str, int]
    """The articles of each source, in the order in which it was first heard."""


class Row(msgspec.Struct, array_like=True, frozen=True):
    """The figures of one day, at its end (or so far, for the day that still runs)."""

    day: int
    index: float
    threat: float
    act: float
    baseline: float
    zscore: float
    level: Level
    articles: int


class Fired(msgspec.Struct, array_like=True, frozen=True):
    """A level that an open episode has reached, and when."""

    level: AlertLevel
    moment: int


class PairState(msgspec.Struct, array_like=True):
    """A pair at one moment; between days it is complete."""

    day: int
    """The day that runs; all before are closed."""
    threat: float = 0.0
    act: float = 0.0
    stories: list[Story] = []
    closed: list[float] = []
    """The index at the end of each day of the baseline, the latest last; days before the first report count as 0 and are left out."""
    counts: list[DayCount] = []
    """The days of the alerts' window."""
    fired: list[Fired] = []
    """The levels of the open episode, from the lowest; none when no alert is open."""
    below: int = 0
    """Days in a row at whose ends the open episode lay below its release."""

    @property
    def index(self) -> float:
        """Threat and act together."""
        return self.threat + self.act


class Checkpoint(msgspec.Struct, array_like=True, frozen=True):
    """A state at the start of a day, and the figures of the days before it."""

    state: PairState
    rows: list[Row]


_encoder = msgspec.msgpack.Encoder()
_states = msgspec.msgpack.Decoder(PairState)
_checkpoints = msgspec.msgpack.Decoder(Checkpoint)


def encode(value: PairState | Checkpoint) -> bytes:
    """As bytes (MessagePack); floats are kept exactly."""
    return _encoder.encode(value)


def decode_state(value: bytes) -> PairState:
    """A state of its own again, which may be changed."""
    return _states.decode(value)


def decode_checkpoint(value: bytes) -> Checkpoint:
    """A checkpoint again."""
    return _checkpoints.decode(value)

"""Which dead letters a redrive means, and what became of them."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from service.messages.dead_letter import DeadLetter
from service.worker.record import Record

Fate = Literal["moved", "already moved", "cannot be moved"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters to move; what is empty or None selects all.

    ``exception`` is part of the exception's class name or message. ``since_ms`` (inclusive) and ``until_ms`` (exclusive)
    bound the time at which the dead letter was written, in milliseconds since 1970. ``ids`` are article ids, which are
    record keys.
    """

    stages: Collection[str] = ()
    exception: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    ids: Collection[str] = ()

    def takes(self, record: Record, letter: DeadLetter) -> bool:
        """Whether this dead letter is meant."""
        return (
            (not self.stages or letter.stage in self.stages)
            and (self.exception is None or self.exception in f"{letter.exception}: {letter.message}")
            and (self.since_ms is None or record.timestamp >= self.since_ms)
            and (self.until_ms is None or record.timestamp < self.until_ms)
            and (not self.ids or record.key in {name.encode("utf-8", "surrogatepass") for name in self.ids})
        )


@dataclass(slots=True)
class RedriveReport:
    """What became of the selected dead letters, by stage, exception and fate.

    ``unknown`` counts records that are no dead letters (somebody else's headers); ``fenced`` are partitions that another
    redrive took over: what was moved until then stays moved, the rest is the other one's work.
    """

    counts: Counter[tuple[str, str, Fate]] = field(default_factory=Counter)
    unknown: int = 0
    fenced: list[int] = field(default_factory=list)

    def total(self, fate: Fate) -> int:
        """How many selected dead letters met this fate."""
        return sum(count for (_, _, each), count in self.counts.items() if each == fate)

    def note(self, letter: DeadLetter, fate: Fate) -> None:
        """Count one."""
        self.counts[(letter.stage or "–", letter.exception or "–", fate)] += 1

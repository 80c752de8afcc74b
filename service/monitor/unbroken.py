"""Which fetched records may be handed on, so that none is ever passed over.

Faust drops what is left of a batch when a rebalance comes between, and what it fetched while its flow stands still. The position is
behind those records by then. Faust takes the gap before the next record for markers of transactions, which nobody sees, and
acknowledges it. So a batch counts only when it begins where the last one that was handed on whole ended, or where a seek went to;
any other is refused until there was another seek.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from faust.types import TP


@dataclass(slots=True)
class _Open:
    """A batch that is being handed on."""

    left: int
    """Records of it that were not handed on yet."""
    end: int | None


@dataclass(slots=True)
class Unbroken:
    """How far each partition was handed on."""

    seeks: int = 0
    """Grows when a seek begins and when it ends: a batch that was fetched at another count lies elsewhere."""
    fetched: dict[TP, int] = field(default_factory=dict)
    """Offset of the last record that came of each partition since the last seek, refused or not."""
    _next: dict[TP, int] = field(default_factory=dict)
    """Where the next batch must begin. A partition that is not here has a hole, or a batch under way."""
    _open: dict[TP, _Open] = field(default_factory=dict)

    def seek_begins(self) -> None:
        """Positions are about to change: until the end of that, nothing counts."""
        self.seeks += 1
        self.fetched.clear()
        self._next.clear()
        self._open.clear()

    def seek_ended(self, places: Mapping[TP, int]) -> None:
        """The partitions were set to these offsets."""
        self.seeks += 1
        self._next = dict(places)
        self._open.clear()

    def accepts(self, tp: TP, begin: int | None, end: int | None, last: int | None, count: int) -> bool:
        """Whether a batch may be handed on.

        Args:
            tp: its partition.
            begin: the position before it was fetched; None when that was not known.
            end: the position after it.
            last: offset of its last record; None without records: only markers were read.
            count: how many records it has.
        """
        if last is not None:
            self.fetched[tp] = last
        expected = self._next.pop(tp, None)
        if expected is None or expected != begin:
            return False
        if count:
            self._open[tp] = _Open(count, end)
        elif end is not None:
            self._next[tp] = end
        return True

    def handed(self, tp: TP) -> None:
        """A record of the batch under way was handed on."""
        batch = self._open.get(tp)
        if batch is None:
            return
        batch.left -= 1
        if not batch.left:
            del self._open[tp]
            if batch.end is not None:
                self._next[tp] = batch.end

    def holds(self, tp: TP) -> bool:
        """Whether nothing is missing so far: a batch may be under way."""
        return tp in self._next or tp in self._open

    def broken(self, partitions: Iterable[TP]) -> bool:
        """Whether one of these partitions needs a seek. Ask between two batches: the rest of one under way was dropped, then."""
        return any(tp not in self._next for tp in partitions)

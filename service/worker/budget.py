"""How much may be in flight: read, and not yet committed.

Two limits, because articles differ by four orders of magnitude: a thousand agency lines are nothing, a thousand bodies of
a megabyte are the end of the pod.
"""


class Budget:
    """Counts articles and bytes against ``max_records`` and ``max_bytes``."""

    def __init__(self, max_records: int, max_bytes: int) -> None:
        self.max_records = max_records
        self.max_bytes = max_bytes
        self.records = 0
        self.bytes = 0

    @property
    def room(self) -> int:
        """How many more articles may be read; 0 when either limit is reached.

        The last batch may overshoot the byte limit, by what one fetch brings at most: an article larger than the whole
        budget must pass, too.
        """
        return 0 if self.bytes >= self.max_bytes else max(0, self.max_records - self.records)

    def take(self, size: int) -> None:
        """An article of ``size`` bytes was read."""
        self.records += 1
        self.bytes += size

    def release(self, size: int) -> None:
        """It was committed, or dropped."""
        self.records -= 1
        self.bytes -= size

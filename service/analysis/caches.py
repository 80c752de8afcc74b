"""A mapping that stays small, for what a stream of news would fill without end."""

from collections import OrderedDict
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class BoundedCache(OrderedDict[Key, Value]):
    """A mapping that forgets its oldest entry when it is full."""

    def __init__(self, size: int) -> None:
        """Hold `size` entries at most."""
        super().__init__()
        self.size = size

    def __setitem__(self, key: Key, value: Value) -> None:
        super().__setitem__(key, value)
        if len(self) > self.size:
            self.popitem(last=False)

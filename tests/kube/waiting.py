"""Waiting for what Kubernetes' controllers bring about in their own time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T], within: float = 30.0, says: str = "it did not come about") -> T:
    """Look until there is something true to see, and give it.

    Raises:
        TimeoutError: there was nothing within so many seconds; the text has what was seen last.
    """
    deadline = time.monotonic() + within
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{says} within {within:g} s: {found!r}")
        time.sleep(0.1)
    return found

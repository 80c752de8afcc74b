"""Running a coroutine up to where it first waits, without a task for it.

Faust hands each record on in a task of its own that races against the flow being suspended. Nearly always there is
nothing to wait for, and making the two tasks takes longer than all the rest.
"""

from collections.abc import Coroutine, Generator
from typing import Any


class Begun:
    """A coroutine that has begun. Await it for the rest, once."""

    def __init__(self, work: Coroutine[Any, Any, Any], waiting: Any) -> None:
        self._work = work
        self._waiting = waiting

    def __await__(self) -> Generator[Any, Any, Any]:
        """Hand on what the coroutine waits for, and what it is woken with."""
        waiting = self._waiting
        while True:
            try:
                try:
                    value = yield waiting
                except BaseException as error:
                    waiting = self._work.throw(error)
                else:
                    waiting = self._work.send(value)
            except StopIteration as end:
                return end.value


def begin(work: Coroutine[Any, Any, Any]) -> Begun | None:
    """Run a coroutine until it waits for something; None when it came to its end.

    Raises:
        Exception: what the coroutine raises before it waits.
    """
    try:
        return Begun(work, work.send(None))
    except StopIteration:
        return None

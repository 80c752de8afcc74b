"""Freed memory goes back to the system.

Reading the knowledge takes twice what stays of it, and the C library keeps the rest. glibc has a call that gives back every page without
anything on it; it takes some milliseconds, so it is made once a start and not once an article.
"""

import ctypes
from collections.abc import Callable


def _find() -> Callable[[int], int] | None:
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library, or another system
        return None
    return trim


_TRIM = _find()


def give_back() -> None:
    """Return what is free to the system, where the C library can."""
    if _TRIM is not None:
        _TRIM(0)

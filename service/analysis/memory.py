"""Freed memory goes back to the system.

Matrices of some megabytes come and go with each article, and smaller things that stay settle between them, so that the C library
keeps twice what is in use. glibc has a call that gives back every page without anything on it; it takes about a millisecond.
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

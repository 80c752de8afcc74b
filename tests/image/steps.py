"""Saying what is done and how long it took, for making an image takes minutes the first time."""

import contextlib
import time
from collections.abc import Iterator


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Print one line with the seconds that the block took, and one before it, so that nobody waits for something unknown."""
    print(f"image: {what} ...", flush=True)
    start = time.monotonic()
    yield
    print(f"image: {what}: {time.monotonic() - start:.1f} s", flush=True)

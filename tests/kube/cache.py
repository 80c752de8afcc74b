"""What was fetched or built once is kept, under ``$XDG_CACHE_HOME/harbinger`` (``~/.cache/harbinger``).

Entries appear whole or not at all, and two processes that want the same one make it once.
"""

import contextlib
import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path


class FetchError(Exception):
    """Something cannot be had on this machine; the text says what and why. Tests skip on it, or fail in CI."""


def cache_root() -> Path:
    """The folder of all that is kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "harbinger"


def cached(entry: str, make: Callable[[Path], None], what: str) -> Path:
    """The folder of an entry, made when it is not there.

    Args:
        entry: its path below the cache; names every version that decides its content.
        make: fills an empty folder. It runs only once for all processes; what it leaves is kept if it returns.
        what: said on standard error before and after, since making may take minutes.

    Raises:
        FetchError: it is missing and cannot be made, or ``TEST_TOOLS_FETCH=no`` forbids to. (A name that begins with
            ``HARBINGER_`` would be a mistyped setting to every process that inherits it.)
    """
    folder = cache_root() / entry
    if folder.is_dir():
        return folder
    if os.environ.get("TEST_TOOLS_FETCH", "").lower() in {"no", "0", "false"}:
        raise FetchError(f"{entry} is not in {cache_root()}, and TEST_TOOLS_FETCH forbids to fetch it")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        if not folder.is_dir():
            _make(folder, make, what)
    return folder


def _make(folder: Path, make: Callable[[Path], None], what: str) -> None:
    print(f"{folder.name}: {what}", file=sys.stderr, flush=True)
    start = time.monotonic()
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        whole = scratch / folder.name
        whole.mkdir()
        make(whole)
        whole.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"{folder.name}: done in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time make the entry. The lock ends with its holder, however that ends."""
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""The class path of a release: its jars by Maven coordinates, checked, in a cache of their own.

The cache is ours rather than jgo's because a hit then needs neither the network nor jgo, only the sums.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from service.broker.errors import RequirementMissingError
from service.broker.sums import check, read_sums


def coordinates(version: str) -> str:
    """What to ask Maven for. The logger is the simplest one: it writes to standard error, which is the log file."""
    return f"org.apache.kafka:kafka_2.13:{version}+org.slf4j:slf4j-simple:1.7.36"


def cache_folder(version: str) -> Path:
    """Where the checked jars lie (``$XDG_CACHE_HOME/harbinger``, by default ``~/.cache/harbinger``)."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "harbinger" / f"kafka-{version}"


def resolve(version: str) -> list[Path]:
    """The jars of a release as Maven's repositories give them, unchecked. Some 20 s and 45 MB the first time.

    Raises:
        RequirementMissingError: jgo is not installed, or cannot get what it needs.
    """
    try:
        import jgo
    except ModuleNotFoundError as error:
        raise RequirementMissingError(
            "the development broker needs jgo to fetch Apache Kafka: pip install harbinger[broker]"
        ) from error
    try:
        folder = jgo.build(coordinates(version)).path
    except Exception as error:  # jgo has no family of errors: whatever it raises, there are no jars
        raise RequirementMissingError(f"cannot fetch Apache Kafka {version}: {error}") from error
    return sorted(Path(folder).rglob("*.jar"))


def class_path(version: str) -> str:
    """The class path for ``java``, every jar of it checked against its committed sum.

    Raises:
        RequirementMissingError: the jars are not cached and cannot be fetched.
        JarError: a jar is not the one that was committed to.
    """
    sums = read_sums(version)
    folder = cache_folder(version)
    if not folder.is_dir():
        jars = resolve(version)
        check(jars, sums)
        _install(jars, folder)
    check(folder.glob("*.jar"), sums)
    return str(folder / "*")


def _install(jars: Iterable[Path], folder: Path) -> None:
    """Copy the jars to the cache all at once: of two processes that do it together, both find a whole cache."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        complete = Path(scratch) / folder.name
        complete.mkdir()
        for jar in jars:
            shutil.copy(jar, complete)
        try:
            complete.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise

"""The jars that may run: SHA-256 sums committed beside this module, one file for each version of Kafka.

Maven Central is reached over a network and through caches that others write, so what comes from there is checked
against what was once looked at. A new version is added, or an old one looked at again, by
``python -m service.broker.refresh_sums 4.4.0``.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from service.broker.errors import BrokerError, JarError

DEFAULT_VERSION = "4.4.0"

VERSIONS = ("4.4.0", "3.9.2")
"""The releases of Apache Kafka that can be run; the second for a compatibility run."""

_FOLDER = Path(__file__).resolve().parent


def full_version(version: str) -> str:
    """The release that a person means: ``3.9`` is ``3.9.2``.

    Raises:
        BrokerError: no such release is known here.
    """
    for known in VERSIONS:
        if known == version or known.startswith(f"{version}."):
            return known
    raise BrokerError(f"Apache Kafka {version} is not known here; there are {', '.join(VERSIONS)}")


def sums_file(version: str) -> Path:
    """Where the sums of a release are committed, in the format of ``sha256sum``."""
    return _FOLDER / f"sums-{version}.txt"


def read_sums(version: str) -> dict[str, str]:
    """Name of each jar of the release and its SHA-256 sum in hexadecimal digits."""
    lines = sums_file(version).read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if line)}


def sha256(path: Path) -> str:
    """The SHA-256 sum of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(jars: Iterable[Path], sums: dict[str, str]) -> None:
    """Let only exactly the known jars pass.

    Raises:
        JarError: a jar is unknown, differs from its sum, or is missing; the text names every such jar.
    """
    faults = []
    missing = set(sums)
    for jar in sorted(jars):
        missing.discard(jar.name)
        expected = sums.get(jar.name)
        if expected is None:
            faults.append(f"{jar}: unknown, it is not among the committed sums")
        elif (found := sha256(jar)) != expected:
            faults.append(f"{jar}: SHA-256 is {found}, expected {expected}")
    faults += [f"{name}: missing" for name in sorted(missing)]
    if faults:
        raise JarError("jars of Apache Kafka refused:\n" + "\n".join(f"  {fault}" for fault in faults))

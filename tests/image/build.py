"""``make image``: the image from the Dockerfile, on the official base where a registry can be reached, else on our own.

``BASE_IMAGE`` in the environment names another base, ``IMAGE`` another name than ``harbinger:VERSION``.
"""

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from service import __version__
from tests.image.base import NAME as OWN_BASE
from tests.image.base import own_base
from tests.image.engine import Engine, EngineError, find_engine
from tests.image.steps import step
from tests.kube.cache import FetchError

ROOT = Path(__file__).resolve().parents[2]
CA_VARIABLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
"""Where a machine whose proxy signs with a certificate of its own says so."""


@functools.cache
def image() -> str:
    """The name of the image, built now; what did not change since the last time comes from the engine's cache.

    Raises:
        FetchError: the machine lacks what it takes.
        EngineError: it could not be built.
    """
    engine = find_engine()
    base = base_image(engine)
    name = os.environ.get("IMAGE") or f"localhost/harbinger:{__version__}"
    arguments = ["build", "--network", "host", "--tag", name, "--file", str(ROOT / "Dockerfile")]
    if engine.is_podman:
        arguments += ["--layers", "--format", "docker"]  # OCI's own format has no HEALTHCHECK
    values = {"BASE_IMAGE": base, "VERSION": __version__, "REVISION": revision()}
    arguments += [word for key, value in values.items() for word in ("--build-arg", f"{key}={value}")]
    if authority := next((os.environ[name] for name in CA_VARIABLES if os.environ.get(name)), None):
        arguments += ["--secret", f"id=ca,src={authority}"]
    with step(f"building {name} on {base}"):
        engine.run(*arguments, str(ROOT), timeout_s=1800)
    return name


def base_image(engine: Engine) -> str:
    """``BASE_IMAGE`` when that is set, else the Dockerfile's default, else our own, which nothing but Debian's mirrors is needed for."""
    if given := os.environ.get("BASE_IMAGE"):
        return given
    default = default_base()
    if engine.has_image(default):
        return default
    if not engine.has_image(OWN_BASE):
        with step(f"asking for {default}"):
            if engine.attempt("pull", "--quiet", default, timeout_s=600).returncode == 0:
                return default
        print("image: no registry has it for us, so the base is made here", flush=True)
    return own_base(engine)


def default_base() -> str:
    """The base that the Dockerfile names."""
    found = re.search(r"(?m)^ARG BASE_IMAGE=(\S+)$", (ROOT / "Dockerfile").read_text("utf-8"))
    assert found is not None
    return found[1]


@functools.cache
def revision() -> str:
    """The commit that is built, with ``-dirty`` where files differ from it; ``unknown`` outside of a checkout."""
    done = subprocess.run(
        ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() or "unknown"


def size_bytes(engine: Engine, name: str) -> int:
    """Bytes of all layers, unpacked."""
    return int(json.loads(engine.run("image", "inspect", name))[0]["Size"])


def main() -> int:
    """Build it and say how large it is."""
    try:
        name = image()
        print(f"image: {name} has {size_bytes(find_engine(), name) / 1e6:.0f} MB unpacked")
    except (FetchError, EngineError) as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What the image says of itself, and what is in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from service import __version__
from tests.image.build import revision, size_bytes
from tests.image.container import USER, restricted
from tests.image.engine import Engine

LARGEST_BYTES = 400_000_000
"""Of the image, unpacked, the model with it."""


@pytest.fixture(scope="module")
def configured(engine: Engine, image: str) -> dict[str, Any]:
    """How a container is run that is given nothing else. podman tells the health check beside the rest, docker among it."""
    found: dict[str, Any] = json.loads(engine.run("image", "inspect", image))[0]
    return dict(found["Config"]) | {"Healthcheck": found.get("Healthcheck") or found["Config"].get("Healthcheck")}


@pytest.fixture(scope="module")
def inside(engine: Engine, image: str) -> dict[str, Any]:
    """What :mod:`tests.image.inside` finds, as the user who may look into every folder."""
    program = Path(__file__).with_name("inside.py").read_bytes()
    options = ["--rm", "--interactive", "--network=none", "--user=0:0", *restricted(engine), "--entrypoint=python3"]
    found: dict[str, Any] = json.loads(engine.run("run", *options, image, "-", given=program))
    assert found["files"] > 1000, "nobody looked"
    return found


def test_it_is_small(engine: Engine, image: str) -> None:
    assert size_bytes(engine, image) <= LARGEST_BYTES


def test_it_says_what_it_is(configured: dict[str, Any]) -> None:
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in configured["Labels"].items()}
    assert labels["title"] == "Harbinger"
    assert labels["licenses"] == "Apache-2.0"
    assert labels["version"] == __version__
    assert labels["revision"] == revision()
    assert labels["base.name"]
    assert labels["description"]


def test_it_runs_harbinger_as_a_user_without_rights(configured: dict[str, Any]) -> None:
    assert configured["User"] == USER, "by number, or Kubernetes cannot tell that it is not root"
    assert configured["Entrypoint"] == ["harbinger"]
    assert list(configured["ExposedPorts"]) == ["8080/tcp"]
    assert configured["Healthcheck"]["Test"] == ["CMD", "harbinger", "health"]


def test_nothing_in_it_builds_fetches_or_raises_rights(inside: dict[str, Any]) -> None:
    assert inside["tools"] == []
    assert inside["modules"] == []
    assert inside["privileged"] == []


def test_nobody_but_root_could_change_it(inside: dict[str, Any]) -> None:
    assert inside["open"] == []


def test_every_licence_is_still_there(inside: dict[str, Any]) -> None:
    assert inside["packages"] > 50
    assert inside["lost_licences"] == []


def test_all_of_it_is_compiled(inside: dict[str, Any]) -> None:
    """Nobody could do it later, with a root file system that is read-only."""
    assert inside["uncompiled"] == []

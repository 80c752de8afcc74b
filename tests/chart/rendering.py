"""Rendering the chart with real helm, and finding one's way in what comes out."""

import functools
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.kube.needs import needs

CHART = Path(__file__).resolve().parents[2] / "helm" / "harbinger"
CASES = tuple(sorted(path.name.removesuffix("-values.yaml") for path in (CHART / "ci").glob("*-values.yaml")))
"""The values files that everything is tried with, by name."""
RELEASE, NAMESPACE = "news", "desk"
KUBE_VERSION = "1.34.0"

Manifest = dict[str, Any]


class RefusedError(Exception):
    """Helm does not render the chart with these values; the text is what it says."""


def values_file(case: str) -> Path:
    """The values of a case."""
    return CHART / "ci" / f"{case}-values.yaml"


def helm(*arguments: str | Path) -> str:
    """Run helm and give what it prints.

    Raises:
        RefusedError: it failed.
    """
    done = subprocess.run([needs("helm"), *arguments], capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise RefusedError(done.stdout + done.stderr)
    return done.stdout


@functools.cache
def text(case: str = "minimal", settings: Sequence[str] = (), chart: Path = CHART, more: Sequence[str] = ()) -> str:
    """The manifests of a case as text; ``settings`` are what ``--set`` takes, ``more`` further arguments."""
    sets = [argument for setting in settings for argument in ("--set", setting)]
    names = (RELEASE, chart, "--namespace", NAMESPACE, "--kube-version", KUBE_VERSION)
    return helm("template", *names, "--values", values_file(case), *sets, *more)


def manifests(case: str = "minimal", *settings: str) -> list[Manifest]:
    """The objects of a case, hooks included."""
    return [document for document in yaml.safe_load_all(text(case, settings)) if document]


def of_kind(kind: str, case: str = "minimal", *settings: str) -> dict[str, Manifest]:
    """The objects of one kind by name, without the start of the name that all have in common."""
    found = [each for each in manifests(case, *settings) if each["kind"] == kind]
    start = "harbinger-of-a-very-long-name-for-all-the-suf" if case == "everything" else f"{RELEASE}-harbinger"
    return {each["metadata"]["name"].removeprefix(start).removeprefix("-"): each for each in found}


def pods(case: str = "minimal", *settings: str) -> Iterator[tuple[str, Manifest, Manifest]]:
    """Every pod that can come of a case: the kind and name of its object, its metadata, its specification."""
    for each in manifests(case, *settings):
        name = f"{each['kind']}/{each['metadata']['name']}"
        if each["kind"] == "Pod":
            yield name, each["metadata"], each["spec"]
        elif each["kind"] in {"Deployment", "Job"}:
            template = each["spec"]["template"]
            yield name, template["metadata"], template["spec"]


def own_container(specification: Manifest) -> Manifest:
    """The container of ours in a pod; the others are extras."""
    found: Manifest = specification["containers"][0]
    return found

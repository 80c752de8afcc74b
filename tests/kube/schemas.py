"""JSON schemas for kubeconform, without a network: Kubernetes' own and those of the custom resources.

``python -m tests.kube.schemas`` fetches them and prints the arguments for kubeconform.
"""

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.kube.cache import FetchError, cached
from tests.kube.crds import crd_files
from tests.kube.strict import strict_schema
from tests.kube.wheels import unpack_wheel

KUBERNETES_VERSIONS = ("1.27.0", "1.37.0")
"""What manifests are held against: the oldest that the chart admits, and the newest."""

_WHEEL = ("kubernetes-validate==1.37.0", "85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9")
"""It carries the strict schemas of Kubernetes 1.25 to 1.37 as files, made from the API's description."""

_FORMAT = 1
"""Counts what this module writes: raise it when the same sources give other schemas."""


def schema_locations(versions: Sequence[str] = KUBERNETES_VERSIONS) -> list[str]:
    """Arguments for kubeconform, to be joined by ``-strict -kubernetes-version`` with one of ``versions``.

    Raises:
        FetchError: the schemas are neither cached nor to be had.
    """
    kubernetes = cached(
        f"schemas/kubernetes-{'-'.join(versions)}-{_FORMAT}",
        lambda folder: _write_kubernetes(folder, versions),
        f"fetching the schemas of Kubernetes {' and '.join(versions)}",
    )
    definitions = crd_files()
    sources = "-".join(sorted({file.parent.name for file in definitions}))
    custom = cached(
        f"schemas/{sources}-{_FORMAT}",
        lambda folder: _write_custom(folder, definitions),
        "writing the schemas of the resource definitions",
    )
    file = "{{.ResourceKind}}{{.KindSuffix}}.json"
    return [
        "-schema-location",
        f"{kubernetes}/{{{{.NormalizedKubernetesVersion}}}}/{file}",
        "-schema-location",
        f"{custom}/{file}",
    ]


def _write_kubernetes(folder: Path, versions: Sequence[str]) -> None:
    unpacked = folder / "unpacked"
    below = "kubernetes_validate/kubernetes-json-schema"
    unpack_wheel(*_WHEEL, unpacked, f"{below}/")
    for version in versions:
        source = unpacked / below / f"v{version}-local-strict"
        if not source.is_dir():
            raise FetchError(f"{_WHEEL[0]} has no schemas of Kubernetes {version}")
        target = folder / f"v{version}"
        target.mkdir()
        for file in source.glob("*.json"):
            # They point to a server's path, and "$id" gives them a base there: let them point to each other's files.
            schema = json.loads(file.read_text(encoding="utf-8"))
            schema.pop("$id", None)
            text = json.dumps(schema).replace('"/api/_definitions.json#', '"_definitions.json#')
            (target / file.name).write_text(text, encoding="utf-8")
    shutil.rmtree(unpacked)


def _write_custom(folder: Path, definitions: Sequence[Path]) -> None:
    for file in definitions:
        spec: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))["spec"]
        kind, group = spec["names"]["kind"].lower(), spec["group"].partition(".")[0]
        for version in spec["versions"]:
            schema = strict_schema(version["schema"]["openAPIV3Schema"])
            target = folder / f"{kind}-{group}-{version['name']}.json"
            target.write_text(json.dumps(schema), encoding="utf-8")


if __name__ == "__main__":
    try:
        print(*schema_locations(), sep="\n")
    except FetchError as missing:
        sys.exit(f"schemas: {missing}")

"""The definitions of the custom resources that the chart can make, as their projects publish them."""

import json
import shutil
from pathlib import Path

from tests.kube import strimzi
from tests.kube.cache import FetchError, cached
from tests.kube.go import run_go

_MODULES = {
    "keda-2.21.0": (
        "github.com/kedacore/keda/v2@v2.21.0",
        "config/crd/bases/keda.sh_",
        ("scaledobjects", "triggerauthentications"),
    ),
    "prometheus-operator-0.85.0": (
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "example/prometheus-operator-crd/monitoring.coreos.com_",
        ("podmonitors", "prometheusrules", "servicemonitors"),
    ),
}
"""Go modules that hold them as files: module, start of the path, and the plurals wanted."""


def crd_files() -> list[Path]:
    """A YAML file for each definition, as ``kubectl apply`` takes it: of KEDA, Prometheus' operator and Strimzi.

    Raises:
        FetchError: they are neither cached nor to be had.
    """
    folders = [
        cached(f"crds/{name}", lambda folder, name=name: _copy(name, folder), "fetching its resource definitions")  # type: ignore[misc]
        for name in _MODULES
    ]
    entry = f"crds/strimzi-{'-'.join(strimzi.VERSIONS)}"
    folders.append(cached(entry, strimzi.write_definitions, "generating its resource definitions"))
    return [file for folder in folders for file in sorted(folder.glob("*.yaml"))]


def _copy(name: str, folder: Path) -> None:
    module, start, plurals = _MODULES[name]
    source = Path(module_folder(module))
    for plural in plurals:
        file = source / f"{start}{plural}.yaml"
        if not file.is_file():
            raise FetchError(f"{module} has no {start}{plural}.yaml")
        shutil.copyfile(file, folder / file.name)


def module_folder(module: str) -> Path:
    """Where Go keeps the files of ``module@version``, which it fetches and checks if need be."""
    answer = json.loads(run_go(["mod", "download", "-json", module]))
    return Path(answer["Dir"])

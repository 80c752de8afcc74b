"""Kubernetes' control plane, its command line, etcd and kwok, built from Go modules: ``python -m tests.kube.build``.

``controlplane/go.mod`` names the versions, ``go.sum`` the content of every module. To go to others, change the first
and run ``go mod tidy`` there.
"""

import hashlib
import re
import sys
from pathlib import Path

from tests.kube.cache import FetchError, cached
from tests.kube.go import run_go

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok")
STAGES = "stages.yaml"
"""What kwok does with nodes and pods: they become ready at once, and go when they are told to."""

_SOURCE = Path(__file__).with_name("controlplane")


def kubernetes_version() -> str:
    """The version that is built, such as ``1.36.3``."""
    match = re.search(r"^\tk8s\.io/kubernetes v(\S+)$", (_SOURCE / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise ValueError("controlplane/go.mod names no version of Kubernetes")
    return match[1]


def control_plane_programs() -> Path:
    """The folder of the programs and of ``STAGES``. The first time, they are built: some 6 minutes on two cores.

    Raises:
        FetchError: they are neither cached nor to be built here.
    """
    parts = [(_SOURCE / name).read_bytes() for name in ("go.mod", "go.sum", "main.go")]
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()[:8]
    version = kubernetes_version()
    return cached(
        f"tools/control-plane-{version}-{digest}", _build, f"building Kubernetes {version}, etcd and kwok with Go"
    )


def _build(folder: Path) -> None:
    version = kubernetes_version()
    major, minor, _ = version.split(".")
    names = {"gitVersion": f"v{version}", "gitMajor": major, "gitMinor": minor}
    settings = " ".join(["-s -w", *(f"-X k8s.io/component-base/version.{name}={is_}" for name, is_ in names.items())])
    program = folder / "control-plane"
    run_go(
        ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", f"-ldflags={settings}", "-o", str(program), "."],
        folder=_SOURCE,
    )
    for name in PROGRAMS:
        (folder / name).symlink_to(program.name)
    module = run_go(["list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok"], folder=_SOURCE).strip()
    stages = [
        file.read_text(encoding="utf-8")
        for kind in ("node", "pod")
        for file in sorted(Path(module).glob(f"kustomize/stage/{kind}/fast/*.yaml"))
        if file.name != "kustomization.yaml"
    ]
    (folder / STAGES).write_text("\n---\n".join(stages), encoding="utf-8")


if __name__ == "__main__":
    try:
        print(control_plane_programs())
    except FetchError as missing:
        sys.exit(f"control plane: {missing}")

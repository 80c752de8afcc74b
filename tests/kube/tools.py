"""Command-line tools that the tests of chart and compose.yaml need, built from Go modules: ``python -m tests.kube.tools helm``.

Each lies under ``~/.cache/harbinger/tools/NAME-VERSION/``. A new version is a new folder; old ones may be removed.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.kube.cache import FetchError, cached
from tests.kube.go import run_go

__all__ = ["TOOLS", "FetchError", "GoTool", "tool"]


@dataclass(frozen=True, slots=True)
class GoTool:
    """A program in a public Go module."""

    name: str
    version: str
    package: str
    """What ``go install`` takes."""
    variables: Sequence[str] = ()
    """Assignments that its own build makes at link time, each as ``package.name=value``."""

    @property
    def file(self) -> str:
        """The program's file name: the last part of the package."""
        return self.package.rpartition("/")[2]

    def build(self, folder: Path) -> None:
        """Put the program into ``folder``."""
        settings = " ".join(["-s -w", *(f"-X {each}" for each in self.variables)])
        run_go(
            ["install", "-trimpath", f"-ldflags={settings}", f"{self.package}@v{self.version}"],
            variables={"GOBIN": str(folder)},
        )


_HELM_KUBERNETES = ("37", "helm.sh/helm/v3/pkg/chartutil", "helm.sh/helm/v3/pkg/lint/rules")
"""Minor version of Kubernetes whose libraries helm was written for, and the packages that are told at link time.
Without it, helm takes itself for one of Kubernetes 1.20, and refuses charts that want a later one."""

TOOLS = {
    each.name: each
    for each in (
        GoTool(
            "helm",
            "3.22.0",
            "helm.sh/helm/v3/cmd/helm",
            [
                "helm.sh/helm/v3/internal/version.version=v3.22.0",
                "helm.sh/helm/v3/internal/version.metadata=",
                *(f"{package}.k8sVersionMajor=1" for package in _HELM_KUBERNETES[1:]),
                *(f"{package}.k8sVersionMinor={_HELM_KUBERNETES[0]}" for package in _HELM_KUBERNETES[1:]),
            ],
        ),
        GoTool("kubeconform", "0.8.0", "github.com/yannh/kubeconform/cmd/kubeconform"),
        GoTool("kube-score", "1.20.0", "github.com/zegl/kube-score/cmd/kube-score"),
        GoTool("helm-docs", "1.14.2", "github.com/norwoodj/helm-docs/cmd/helm-docs"),
        GoTool("compose-go", "2.16.2", "github.com/compose-spec/compose-go/v2/cmd"),
    )
}
"""Every tool by its name."""


def tool(name: str) -> Path:
    """The program, built first if it is not cached (5 s to 2 minutes).

    Raises:
        FetchError: it is not cached and cannot be built here, or must not be (``TEST_TOOLS_FETCH=no``).
        KeyError: no such tool is known.
    """
    wanted = TOOLS[name]
    folder = cached(
        f"tools/{name}-{wanted.version}", wanted.build, f"building {wanted.package} {wanted.version} with Go"
    )
    return folder / wanted.file


def main(names: Iterable[str]) -> int:
    """Fetch the named tools, or all, and print where each is; status 1 when one cannot be had."""
    wanted = list(names) or list(TOOLS)
    if unknown := sorted(set(wanted) - set(TOOLS)):
        print(f"unknown: {', '.join(unknown)}; there are {', '.join(TOOLS)}", file=sys.stderr)
        return 2
    try:
        for name in wanted:
            print(tool(name), flush=True)
    except FetchError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A release of the chart in a namespace: what helm does with it, and what Kubernetes makes of it."""

from dataclasses import dataclass
from pathlib import Path

from tests.kube.clients import Helm, Kubectl, Resource

CHART = Path(__file__).resolve().parents[2] / "helm" / "harbinger"

_ALWAYS = (
    "--set=config.kafka.bootstrap_servers=kafka:9092",
    "--set=worker.minReadySeconds=0",  # nothing starts here, so nothing needs to settle
    "--set=monitor.minReadySeconds=0",
)


@dataclass(frozen=True, slots=True)
class Release:
    """One release, named like its namespace. Values are given as helm takes them: ``--set=worker.replicaCount=3``."""

    kubectl: Kubectl
    helm: Helm

    @property
    def name(self) -> str:
        """Of the release and of its namespace."""
        return self.helm.namespace

    @property
    def full_name(self) -> str:
        """How the names of its objects start."""
        return f"{self.name}-harbinger"

    def install(self, *values: str, wait: bool = True) -> str:
        """Install it, and unless told otherwise wait until all its pods are ready."""
        return self.helm("install", self.name, CHART, *_ALWAYS, *values, *_waiting(wait))

    def upgrade(self, *values: str, wait: bool = True) -> str:
        """Upgrade it: values of before that are not given again are the chart's own again."""
        return self.helm("upgrade", self.name, CHART, *_ALWAYS, *values, *_waiting(wait))

    def rollback(self, revision: int) -> str:
        """Back to a revision, and wait until all pods are ready."""
        return self.helm("rollback", self.name, str(revision), *_waiting(True))

    def uninstall(self) -> str:
        """Remove it."""
        return self.helm("uninstall", self.name, *_waiting(True))

    def pods(self, component: str) -> list[Resource]:
        """The pods of a component that are not on their way out."""
        labels = f"app.kubernetes.io/instance={self.name},app.kubernetes.io/component={component}"
        found = self.kubectl.items("pods", f"--selector={labels}")
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def uids(self, component: str) -> set[str]:
        """What tells these pods from all others, also from those of the same name."""
        return {pod["metadata"]["uid"] for pod in self.pods(component)}

    def deployment(self, component: str) -> Resource:
        """The Deployment of a component."""
        return self.kubectl.get("deployment", f"{self.full_name}-{component}")

    def settings(self, component: str) -> str:
        """The settings that the pods of a component mount."""
        text: str = self.kubectl.get("configmap", f"{self.full_name}-{component}")["data"]["settings.yaml"]
        return text


def _waiting(wait: bool) -> list[str]:
    return ["--wait", "--timeout=60s"] if wait else []

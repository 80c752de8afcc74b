"""One control plane for all tests here, and a namespace for each that admits only restricted pods."""

import uuid
from collections.abc import Iterator

import pytest

from tests.kube.cache import FetchError
from tests.kube.clients import Helm, Kubectl
from tests.kube.control_plane import ControlPlane
from tests.kube.crds import crd_files
from tests.kube.needs import needs
from tests.kube.nodes import add_nodes
from tests.kube.release import Release
from tests.support.requirements import lacks


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    """It runs, and has nodes and the definitions of all custom resources that the chart can make."""
    try:
        definitions = crd_files()
        running = ControlPlane()
    except FetchError as error:
        lacks(str(error))
    with running:
        kubectl = Kubectl(running.programs / "kubectl", running.kubeconfig, running.folder)
        kubectl("apply", "--server-side", *(f"--filename={file}" for file in definitions))
        kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=30s")
        add_nodes(kubectl)
        yield running


@pytest.fixture(autouse=True)
def still_runs(control_plane: ControlPlane) -> Iterator[None]:
    """A control plane that lost a program fails the test in which it did, and says so."""
    yield
    control_plane.check()


@pytest.fixture
def kubectl(control_plane: ControlPlane) -> Iterator[Kubectl]:
    """kubectl as administrator, in a namespace of the test's own."""
    name = f"news-{uuid.uuid4().hex[:6]}"
    client = Kubectl(control_plane.programs / "kubectl", control_plane.kubeconfig, control_plane.folder, name)
    levels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": levels}})
    yield client
    client("delete", "namespace", name, "--wait=false")


@pytest.fixture
def helm(control_plane: ControlPlane, kubectl: Kubectl) -> Helm:
    """helm as administrator, in that namespace."""
    return Helm(needs("helm"), control_plane.kubeconfig, control_plane.folder, kubectl.namespace)


@pytest.fixture
def release(kubectl: Kubectl, helm: Helm) -> Release:
    """A release that is yet to be installed."""
    return Release(kubectl, helm)

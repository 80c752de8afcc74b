"""Drains, autoscaling and spreading, as the real controllers and the real scheduler go about it."""

import contextlib
import json
from collections.abc import Iterator

import pytest

from tests.kube.clients import CommandError, Kubectl, Resource
from tests.kube.nodes import ready_nodes
from tests.kube.release import Release
from tests.kube.waiting import eventually

pytestmark = pytest.mark.timeout(180)


def test_pods_are_spread_over_zones(release: Release) -> None:
    release.install("--set=worker.replicaCount=3")
    assert len({pod["spec"]["nodeName"] for pod in release.pods("worker")}) == 3


@pytest.mark.parametrize("component", ["worker", "monitor"])
def test_a_drain_waits_for_the_replacement(release: Release, component: str) -> None:
    release.install()
    first, second = release.pods(component)
    kubectl = release.kubectl
    with cordoned(kubectl):  # so that a replacement has nowhere to go
        evict(kubectl, first)
        eventually(lambda: len(running(release, component)) == 1, says="the first pod did not go")
        with pytest.raises(CommandError, match=r"TooManyRequests.*disruption budget"):  # 429
            evict(kubectl, second)
        with pytest.raises(CommandError, match="disruption budget"):
            drain(kubectl, second, release, component, "--timeout=1s")
        assert names(running(release, component)) == names([second])
    # A place for the replacement: the same drain comes to its end.
    eventually(lambda: len(running(release, component)) == 2, says="the replacement did not come")
    try:
        drain(kubectl, second, release, component, "--timeout=60s")
    finally:
        kubectl("uncordon", second["spec"]["nodeName"])
    assert names([second]).isdisjoint(names(release.pods(component)))


def test_the_autoscaler_keeps_to_its_bounds(release: Release) -> None:
    values = [
        "--set=config.topics.partitions=6",
        "--set=worker.autoscaling.enabled=true",
        "--set=worker.autoscaling.minReplicas=3",
        "--set=worker.autoscaling.maxReplicas=5",
    ]
    release.install(*values)
    worker = f"deployment/{release.full_name}-worker"
    eventually(lambda: replicas(release) == 3, says="the autoscaler did not go up to its least")
    release.kubectl("scale", worker, "--replicas=6")
    eventually(lambda: replicas(release) == 5, says="the autoscaler did not come down to its most")
    release.upgrade(*values, "--set=config.kafka.client_id=other")
    assert replicas(release) == 5, "an upgrade leaves the number to the autoscaler"


@pytest.mark.parametrize("scaler", ["autoscaling", "keda"])
def test_an_autoscaler_beyond_the_partitions_is_refused(release: Release, scaler: str) -> None:
    with pytest.raises(CommandError, match=rf"worker\.{scaler}\.maxReplicas \(7\) exceeds"):
        release.install(
            "--set=config.topics.partitions=6",
            f"--set=worker.{scaler}.enabled=true",
            f"--set=worker.{scaler}.maxReplicas=7",
        )
    assert release.helm.releases() == []


def test_keda_is_told_the_same_bounds(release: Release) -> None:
    release.install(
        "--set=config.topics.partitions=6", "--set=worker.keda.enabled=true", "--set=worker.keda.maxReplicas=6"
    )
    scaled = release.kubectl.get("scaledobject.keda.sh", f"{release.full_name}-worker")["spec"]
    assert (scaled["minReplicaCount"], scaled["maxReplicaCount"]) == (2, 6)
    assert release.deployment("worker")["metadata"]["name"] == scaled["scaleTargetRef"]["name"]
    (trigger,) = scaled["triggers"]
    assert trigger["type"] == "kafka"
    assert trigger["metadata"]["consumerGroup"] == "harbinger"


@contextlib.contextmanager
def cordoned(kubectl: Kubectl) -> Iterator[None]:
    """No node takes new pods."""
    nodes = ready_nodes(kubectl)
    kubectl("cordon", *nodes)
    try:
        yield
    finally:
        kubectl("uncordon", *nodes)


def evict(kubectl: Kubectl, pod: Resource) -> None:
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": namespace}}
    path = f"/api/v1/namespaces/{namespace}/pods/{name}/eviction"
    kubectl("create", f"--raw={path}", "--filename=-", given=json.dumps(body))


def drain(kubectl: Kubectl, pod: Resource, release: Release, component: str, *options: str) -> None:
    labels = f"app.kubernetes.io/instance={release.name},app.kubernetes.io/component={component}"
    kubectl("drain", pod["spec"]["nodeName"], f"--pod-selector={labels}", "--delete-emptydir-data", *options)


def running(release: Release, component: str) -> list[Resource]:
    return [pod for pod in release.pods(component) if pod["status"]["phase"] == "Running"]


def names(pods: list[Resource]) -> set[str]:
    return {pod["metadata"]["name"] for pod in pods}


def replicas(release: Release) -> int:
    return int(release.deployment("worker")["spec"]["replicas"])

"""Make-believe nodes: kwok keeps them alive and their pods running."""

from tests.kube.clients import Kubectl, Resource
from tests.kube.waiting import eventually

ZONES = ("east", "middle", "west")

_SIZE = {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "110"}
"""Enough for the pods of all tests: namespaces that a test left go in their own time."""


def add_nodes(kubectl: Kubectl, each: int = 1) -> None:
    """Add so many nodes in each zone, and wait until all are ready."""
    nodes = [_node(f"{zone}-{number}", zone) for zone in ZONES for number in range(each)]
    kubectl.apply(*nodes)
    eventually(lambda: len(ready_nodes(kubectl)) == len(nodes), says="nodes were not ready")


def ready_nodes(kubectl: Kubectl) -> list[str]:
    """Names of the nodes that pods can run on."""
    return [
        node["metadata"]["name"]
        for node in kubectl.items("nodes")
        if not node["spec"].get("taints")
        for condition in node.get("status", {}).get("conditions", ())
        if condition["type"] == "Ready" and condition["status"] == "True"
    ]


def _node(name: str, zone: str) -> Resource:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/os": "linux",
                "topology.kubernetes.io/zone": zone,
            },
        },
        "status": {"allocatable": _SIZE, "capacity": _SIZE},
    }

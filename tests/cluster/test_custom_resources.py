"""Everything that the chart can make, for every set of values in ``ci/``, as the API server sees it."""

from pathlib import Path

import pytest
import yaml

from tests.kube.clients import CommandError, Helm, Kubectl, Resource
from tests.kube.release import CHART, Release

pytestmark = pytest.mark.timeout(120)

CI = sorted((CHART / "ci").glob("*-values.yaml"))


@pytest.mark.parametrize("values", CI, ids=lambda path: path.name.removesuffix("-values.yaml"))
def test_the_server_accepts_every_object(kubectl: Kubectl, helm: Helm, values: Path) -> None:
    manifest = helm("template", helm.namespace, CHART, f"--values={values}")
    objects = [each for each in yaml.safe_load_all(manifest) if each]
    for each in objects:
        each["metadata"]["namespace"] = kubectl.namespace  # some go elsewhere, where nobody made a namespace for them
    _prepare(kubectl, objects)
    answer = _dry_run(kubectl, objects)
    assert len(answer.splitlines()) == len(objects)
    assert "Warning" not in answer


def test_the_server_would_refuse_an_unknown_field(kubectl: Kubectl, helm: Helm) -> None:
    manifest = helm("template", helm.namespace, CHART, f"--values={CHART / 'ci' / 'keda-values.yaml'}")
    (scaled,) = [each for each in yaml.safe_load_all(manifest) if each and each["kind"] == "ScaledObject"]
    scaled["spec"]["maxReplicas"] = 3
    with pytest.raises(CommandError, match=r"spec\.maxReplicas: field not declared in schema"):
        _dry_run(kubectl, [scaled])


@pytest.mark.parametrize("version", ["v1beta2", "v1"])
def test_strimzis_and_prometheus_resources_are_installed(release: Release, version: str) -> None:
    release.install(
        "--set=strimzi.cluster=news",
        f"--set=strimzi.apiVersion=kafka.strimzi.io/{version}",
        "--set=strimzi.topics.enabled=true",
        "--set=strimzi.user.enabled=true",
        "--set=metrics.podMonitor.enabled=true",
        "--set=metrics.prometheusRule.enabled=true",
    )
    get = release.kubectl.items
    assert {"articles", "articles.enriched"} <= {
        topic["spec"]["topicName"] for topic in get("kafkatopics.kafka.strimzi.io")
    }
    (user,) = get("kafkausers.kafka.strimzi.io")
    prefixed = [
        acl["resource"]["name"]
        for acl in user["spec"]["authorization"]["acls"]
        if acl["resource"]["type"] == "transactionalId" and acl["resource"].get("patternType") == "prefix"
    ]
    assert prefixed, "without it no lane can begin a transaction"
    assert {monitor["metadata"]["name"] for monitor in get("podmonitors.monitoring.coreos.com")}
    assert get("prometheusrules.monitoring.coreos.com")


def _prepare(kubectl: Kubectl, objects: list[Resource]) -> None:
    """Make what admission looks for when it sees a pod: its service account and its priority class."""
    needed = [
        {**each, "metadata": {"name": each["metadata"]["name"]}} for each in objects if each["kind"] == "ServiceAccount"
    ]
    pods = [each["spec"]["template"]["spec"] for each in objects if each["kind"] == "Deployment"]
    for name in {pod["priorityClassName"] for pod in pods if "priorityClassName" in pod}:
        metadata = {"name": name}
        needed.append(
            {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": metadata, "value": 1000}
        )
    if needed:
        kubectl.apply(*needed)


def _dry_run(kubectl: Kubectl, objects: list[Resource]) -> str:
    """Have the server say what it would make of the objects: every field known, every condition kept."""
    return kubectl(
        "apply",
        "--server-side",
        "--dry-run=server",
        "--validate=strict",
        "--warnings-as-errors",
        "--filename=-",
        given=yaml.safe_dump_all(objects),
    )

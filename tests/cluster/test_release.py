"""A release from its installation to its end, on a real API server with real controllers."""

from pathlib import Path

import pytest
import yaml

from tests.kube.clients import CommandError, Kubectl
from tests.kube.release import CHART, Release
from tests.kube.waiting import eventually

pytestmark = pytest.mark.timeout(180)

COMPONENTS = ("worker", "monitor")
EVERY_KIND = (
    "--set=strimzi.cluster=news",
    "--set=strimzi.user.enabled=true",
    "--set=strimzi.topics.enabled=true",
    "--set=worker.keda.enabled=true",
    "--set=metrics.podMonitor.enabled=true",
    "--set=metrics.prometheusRule.enabled=true",
    "--set=metrics.dashboards.enabled=true",
)
"""Values with which the chart makes an object of nearly every kind that it can."""


def test_install_runs_both_components(release: Release) -> None:
    release.install()
    for component in COMPONENTS:
        pods = release.pods(component)
        assert len(pods) == 2
        assert {pod["status"]["phase"] for pod in pods} == {"Running"}


def test_changed_settings_roll_the_pods_and_a_rollback_brings_the_old_ones_back(release: Release) -> None:
    release.install("--set=config.worker.drain_timeout_s=11")
    before = {component: release.uids(component) for component in COMPONENTS}
    settings = release.settings("worker")
    template = release.deployment("worker")["spec"]["template"]

    release.upgrade("--set=config.worker.drain_timeout_s=12")
    for component in COMPONENTS:
        assert release.uids(component).isdisjoint(before[component])
    assert yaml.safe_load(release.settings("worker"))["worker"]["drain_timeout_s"] == 12

    release.rollback(1)
    assert release.settings("worker") == settings
    assert release.deployment("worker")["spec"]["template"] == template
    assert len(release.pods("worker")) == 2


def test_changed_knowledge_reaches_the_pods_without_new_ones(release: Release, tmp_path: Path) -> None:
    def overriding(country: str) -> str:
        file = tmp_path / f"{country}.yaml"
        file.write_text(yaml.safe_dump({"overrides": {"knowledge": {"files": {"offices.csv": f"# {country}\n"}}}}))
        return f"--values={file}"

    release.install(overriding("FRA"))
    before = {component: release.uids(component) for component in COMPONENTS}
    release.upgrade(overriding("ITA"))
    found = release.kubectl.get("configmap", f"{release.full_name}-knowledge")
    assert "ITA" in found["data"]["offices.csv"]
    assert {component: release.uids(component) for component in COMPONENTS} == before
    volumes = {volume["name"]: volume for volume in release.pods("worker")[0]["spec"]["volumes"]}
    assert volumes["knowledge"]["configMap"]["name"] == found["metadata"]["name"]


def test_a_rolling_upgrade_never_has_fewer_pods_than_asked_for(release: Release) -> None:
    release.install("--set=worker.replicaCount=3")
    release.upgrade("--set=worker.replicaCount=3", "--set=config.kafka.client_id=other", wait=False)
    fewest = 3

    def rolled() -> bool:
        nonlocal fewest
        status = release.deployment("worker")["status"]
        fewest = min(fewest, status.get("readyReplicas", 0))
        return bool(status.get("updatedReplicas") == status["replicas"] == 3 == status.get("observedGeneration", 0) + 1)

    eventually(rolled, says="the workers were not renewed")
    assert fewest == 3


def test_more_workers_than_partitions_are_refused_and_nothing_changes(release: Release) -> None:
    release.install("--set=config.topics.partitions=4")
    for value in ("worker.replicaCount=5", "monitor.replicaCount=5"):
        with pytest.raises(CommandError, match=r"\(5\) exceeds config\.topics\.partitions \(4\)"):
            release.upgrade("--set=config.topics.partitions=4", f"--set={value}")
    assert len(release.pods("worker")) == 2
    assert release.helm("list", "--output=json").count('"revision":"1"') == 1


def test_uninstalling_leaves_nothing_but_the_topics(release: Release) -> None:
    kinds = _kinds(release.kubectl)
    before = _objects(release.kubectl, kinds)
    release.install(*EVERY_KIND)
    made = _objects(release.kubectl, kinds) - before
    assert {name.partition("/")[0] for name in made} > {
        "deployment.apps",
        "scaledobject.keda.sh",
        "podmonitor.monitoring.coreos.com",
        "prometheusrule.monitoring.coreos.com",
        "kafkauser.kafka.strimzi.io",
        "networkpolicy.networking.k8s.io",
    }
    release.uninstall()
    topics = {name for name in made if name.startswith("kafkatopic.")}
    assert topics, "they hold data, so they are kept"
    eventually(lambda: _objects(release.kubectl, kinds) - before == topics, says="something was left behind")


def _kinds(kubectl: Kubectl) -> str:
    """Every kind that lives in a namespace, but for what controllers note down on their own account."""
    names = kubectl("api-resources", "--namespaced", "--verbs=list", "--output=name").split()
    return ",".join(name for name in names if not name.startswith("events"))


def _objects(kubectl: Kubectl, kinds: str) -> set[str]:
    return set(kubectl("get", kinds, "--output=name").split())


def test_the_chart_is_the_one_in_the_repository(release: Release) -> None:
    release.install()
    version = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))["version"]
    assert f'"chart":"harbinger-{version}"' in release.helm("list", "--output=json")

"""A release from its installation to its end, on a real API server with real controllers."""

from pathlib import Path

import pytest
import yaml

from tests.kube.clients import CommandError, Kubectl
from tests.kube.release import Release
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


@pytest.mark.parametrize(
    ("strategy", "fewest"),
    [((), 3), (("--set=worker.strategy.rollingUpdate.maxSurge=0,worker.strategy.rollingUpdate.maxUnavailable=1",), 2)],
    ids=["as the chart has it", "without surge"],
)
def test_an_upgrade_has_a_new_pod_ready_before_an_old_one_goes(
    release: Release, strategy: tuple[str, ...], fewest: int
) -> None:
    release.install(*strategy, "--set=worker.replicaCount=3")
    status = "--output=jsonpath={.status.readyReplicas} {.status.updatedReplicas}{'\\n'}"
    with release.kubectl.watching("deployment", f"{release.full_name}-worker", status) as seen:
        release.upgrade(*strategy, "--set=worker.replicaCount=3", "--set=config.kafka.client_id=other")
    ready = [int(line.split()[0]) for line in seen if len(line.split()) == 2]
    assert len({line.split()[-1] for line in seen}) > 2, "the watch must have seen one pod after the other renewed"
    assert min(ready) == fewest


def test_more_workers_than_partitions_are_refused_and_nothing_changes(release: Release) -> None:
    release.install("--set=config.topics.partitions=4")
    for value in ("worker.replicaCount=5", "monitor.replicaCount=5"):
        with pytest.raises(CommandError, match=r"\(5\) exceeds config\.topics\.partitions \(4\)"):
            release.upgrade("--set=config.topics.partitions=4", f"--set={value}")
    assert len(release.pods("worker")) == 2
    assert [each["revision"] for each in release.helm.releases()] == ["1"]


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

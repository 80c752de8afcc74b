"""What single objects must be like."""

import json
import re
from typing import Any

import pytest
import yaml

from tests.chart.rendering import CASES, CHART, NAMESPACE, RELEASE, manifests, of_kind, own_container, pods, text


def selects(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return bool(selector) and selector.items() <= labels.items()


@pytest.mark.parametrize("case", CASES)
def test_names_fit_and_labels_are_there(case: str) -> None:
    for each in manifests(case):
        name, labels = each["metadata"]["name"], each["metadata"].get("labels", {})
        if labels.get("app.kubernetes.io/managed-by") != "Helm":
            assert case == "everything"  # extraObjects are as they are
            continue
        if each["kind"] in {"Service", "Deployment", "Job", "Pod"}:  # their names become host names or labels
            assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name), name
        assert re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", name), name
        assert labels["app.kubernetes.io/instance"] == RELEASE
        assert labels["helm.sh/chart"].startswith("harbinger-")


@pytest.mark.parametrize("case", CASES)
def test_selectors_find_the_pods_of_one_component(case: str) -> None:
    labels = {name: metadata["labels"] for name, metadata, _ in pods(case)}
    for kind in ("Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"):
        for name, each in of_kind(kind, case).items():
            specification = each["spec"]
            selector = specification.get("podSelector") or specification["selector"]
            found = [pod for pod, theirs in labels.items() if selects(selector.get("matchLabels", selector), theirs)]
            assert len(found) == 1, f"{kind} {name} selects {found}"


@pytest.mark.parametrize("case", CASES)
def test_pods_are_restricted_and_hold_no_token(case: str) -> None:
    for name, _, specification in pods(case):
        assert specification["automountServiceAccountToken"] is False, name
        assert specification["enableServiceLinks"] is False
        context = specification["securityContext"]
        assert context["runAsNonRoot"] is True
        assert context["runAsUser"] == context["fsGroup"] == 10001
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        ours = own_container(specification)["securityContext"]
        assert ours["capabilities"] == {"drop": ["ALL"]}
        assert ours["readOnlyRootFilesystem"] is True
        assert ours["allowPrivilegeEscalation"] is False
        for volume in specification.get("volumes", ()):
            assert "emptyDir" not in volume or volume["emptyDir"]["sizeLimit"], (
                "an emptyDir without a limit fills the node"
            )


def test_the_ids_can_be_left_to_openshift() -> None:
    ids = [f"podSecurityContext.{key}=null" for key in ("runAsUser", "runAsGroup", "fsGroup")]
    for _, _, specification in pods("minimal", *ids):
        assert not {"runAsUser", "runAsGroup", "fsGroup"} & set(specification["securityContext"])
        assert specification["securityContext"]["runAsNonRoot"] is True


@pytest.mark.parametrize("case", ["keda", "oauth-keda", "strimzi"])
def test_keda_never_wants_more_workers_than_partitions(case: str) -> None:
    [scaled] = of_kind("ScaledObject", case).values()
    partitions = yaml.safe_load(of_kind("ConfigMap", case)["worker"]["data"]["settings.yaml"])["topics"]["partitions"]
    trigger = scaled["spec"]["triggers"][0]["metadata"]
    assert scaled["spec"]["maxReplicaCount"] <= partitions
    assert trigger["allowIdleConsumers"] == "false"
    behaviour = scaled["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behaviour["scaleDown"]["stabilizationWindowSeconds"] >= 300
    [deployment] = [each for name, each in of_kind("Deployment", case).items() if name == "worker"]
    assert "replicas" not in deployment["spec"]
    assert scaled["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]


def test_keda_asks_with_the_secrets_that_the_pods_mount() -> None:
    [authentication] = of_kind("TriggerAuthentication", "oauth-keda").values()
    secrets = {each["parameter"]: (each["name"], each["key"]) for each in authentication["spec"]["secretTargetRef"]}
    assert secrets == {
        "username": ("harbinger-oauth", "client-id"),
        "password": ("harbinger-oauth", "client-secret"),
        "ca": ("kafka-authority", "ca.crt"),
    }
    names = of_kind("ConfigMap", "oauth-keda")["keda"]["data"]
    assert names == {
        "oauthTokenEndpointUri": "https://login.example/realms/news/protocol/openid-connect/token",
        "scopes": "kafka,news",
    }
    trigger = of_kind("ScaledObject", "oauth-keda")["worker"]["spec"]["triggers"][0]
    assert (trigger["metadata"]["sasl"], trigger["metadata"]["tls"]) == ("oauthbearer", "enable")
    assert trigger["authenticationRef"]["name"] == authentication["metadata"]["name"]
    [plain] = of_kind("ScaledObject", "keda").values()
    assert "authenticationRef" not in plain["spec"]["triggers"][0]


def test_the_horizontal_autoscaler_is_slow_to_shrink() -> None:
    [scaler] = of_kind("HorizontalPodAutoscaler", "hpa").values()
    assert scaler["spec"]["maxReplicas"] == 32
    assert scaler["spec"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"] >= 300
    assert [metric["type"] for metric in scaler["spec"]["metrics"]] == ["Resource", "External"]
    assert not of_kind("ScaledObject", "hpa")


def test_an_upgrade_takes_no_worker_away_before_its_successor_is_ready() -> None:
    for deployment in of_kind("Deployment").values():
        assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
        assert deployment["spec"]["minReadySeconds"] > 0


def test_one_upgrade_may_stop_everything_first() -> None:
    [monitor] = [
        each
        for name, each in of_kind("Deployment", "minimal", "monitor.strategy.type=Recreate").items()
        if name == "monitor"
    ]
    assert monitor["spec"]["strategy"] == {"type": "Recreate"}


def egress_ports(case: str, component: str) -> set[tuple[int, str]]:
    rules = of_kind("NetworkPolicy", case)[component]["spec"]["egress"]
    return {(port["port"], port.get("protocol", "TCP")) for rule in rules for port in rule["ports"]}


@pytest.mark.parametrize(
    ("case", "component", "ports"),
    [
        ("minimal", "worker", {53, 9092}),
        ("minimal", "monitor", {53, 9092, 8080}),
        ("sasl-tls", "worker", {53, 9096}),
        ("sasl-tls", "monitor", {53, 9096, 9093, 443, 8080}),  # Alertmanager, webhook and Slack, peers
        ("oauth-keda", "worker", {53, 9093, 443, 4318}),  # token endpoint, collector
        ("everything", "worker", {53, 9092, 9094, 443, 3128}),
        ("everything", "topics", {53, 9092, 9094, 443}),
        ("strimzi", "worker", {53, 9093}),
    ],
)
def test_who_may_be_reached(case: str, component: str, ports: set[int]) -> None:
    assert {port for port, _ in egress_ports(case, component)} == ports


def test_who_may_reach_the_monitors() -> None:
    rules = of_kind("NetworkPolicy", "sasl-tls")["monitor"]["spec"]["ingress"]
    peers = [peer["podSelector"]["matchLabels"] for rule in rules for peer in rule["from"]]
    assert {"app": "desk"} in peers
    assert {"app.kubernetes.io/name": "prometheus"} in peers
    components = {labels.get("app.kubernetes.io/component") for labels in peers}
    assert components == {None, "test", "monitor"}
    assert "monitor" not in str(of_kind("NetworkPolicy", "sasl-tls")["worker"]["spec"]["ingress"])


def test_monitors_advertise_their_own_address() -> None:
    [container] = [own_container(each) for name, _, each in pods() if name.endswith("-monitor")]
    [variable] = [each for each in container["env"] if each["name"] == "HARBINGER_MONITOR__ADVERTISED_HOST"]
    assert variable["valueFrom"] == {"fieldRef": {"fieldPath": "status.podIP"}}
    peers = of_kind("Service")["monitor-peers"]["spec"]
    assert (peers["clusterIP"], peers["publishNotReadyAddresses"]) == ("None", True)


def test_the_topics_job_brings_what_it_stands_on() -> None:
    hooks = [
        each
        for each in manifests("everything")
        if "pre-install" in each["metadata"].get("annotations", {}).get("helm.sh/hook", "")
    ]
    weights = {each["kind"]: int(each["metadata"]["annotations"]["helm.sh/hook-weight"]) for each in hooks}
    assert set(weights) == {"ConfigMap", "ServiceAccount", "NetworkPolicy", "Job"}
    assert all(weights["Job"] > weight for kind, weight in weights.items() if kind != "Job")
    [job] = [each for each in hooks if each["kind"] == "Job"]
    specification = job["spec"]["template"]["spec"]
    names = {each["metadata"]["name"] for each in hooks}
    assert specification["serviceAccountName"] in names
    mounted = {volume["configMap"]["name"] for volume in specification["volumes"] if "configMap" in volume}
    assert mounted - names == {"authorities"}  # of worker.extraVolumes: it is there before
    assert own_container(specification)["args"] == ["topics"]


def rules(case: str, *settings: str) -> list[dict[str, Any]]:
    found = of_kind("PrometheusRule", case, *settings).values()
    return [rule for each in found for group in each["spec"]["groups"] for rule in group["rules"]]


def shipped_rules() -> list[dict[str, Any]]:
    files = sorted((CHART / "files" / "rules").glob("*.yaml"))
    return [rule for file in files for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]


def as_text(rule: dict[str, Any]) -> str:
    return json.dumps(rule, sort_keys=True)


def test_all_rules_are_installed_as_they_were_tested() -> None:
    installed = rules("minimal", "metrics.prometheusRule.enabled=true")
    assert sorted(map(as_text, installed)) == sorted(map(as_text, shipped_rules()))


def test_alerts_can_be_labelled_left_out_and_pointed_to_other_runbooks() -> None:
    alerts = [rule for rule in rules("everything") if "alert" in rule]
    assert alerts
    for alert in alerts:
        assert alert["labels"]["team"] == "news"
        assert alert["labels"]["severity"]
        assert alert["annotations"]["runbook_url"].startswith("https://wiki.example/runbooks/Harbinger")
    assert not [rule for rule in rules("everything") if "record" in rule and "team" in rule.get("labels", {})]
    name = alerts[0]["alert"]
    left = rules("everything", f"metrics.prometheusRule.disabled={{{name}}}")
    assert {alert["alert"] for alert in alerts} - {rule.get("alert") for rule in left} == {name}


def test_who_has_no_worker_gets_no_alert_on_workers() -> None:
    assert "HarbingerWorkerAbsent" not in {rule.get("alert") for rule in rules("monitor-only")}
    assert "HarbingerWorkerAbsent" in {rule.get("alert") for rule in rules("everything")}
    assert set(of_kind("PodMonitor", "monitor-only")) == {"monitor"}


def test_jobs_are_called_as_the_rules_know_them() -> None:
    for component, monitor in of_kind("PodMonitor", "everything").items():
        [relabeling] = monitor["spec"]["podMetricsEndpoints"][0]["relabelings"]
        assert relabeling["targetLabel"] == "job"
        assert re.fullmatch(r".*harbinger-(worker|monitor)", relabeling["replacement"])
        assert relabeling["replacement"].endswith(component)
        assert monitor["spec"]["namespaceSelector"] == {"matchNames": [NAMESPACE]}


def test_dashboards_reach_grafana_whole() -> None:
    shipped = {
        file.name: file.read_text(encoding="utf-8").strip() for file in (CHART / "files" / "dashboards").glob("*.json")
    }
    found = [each for each in manifests("everything") if each["metadata"].get("labels", {}).get("grafana_dashboard")]
    assert {name: content for each in found for name, content in each["data"].items()} == shipped
    assert shipped


def test_overrides_arrive_byte_for_byte() -> None:
    content = "  first line is indented,\n\nand one is empty\n"
    [found] = [
        each["data"]
        for name, each in of_kind(
            "ConfigMap", "minimal", rf"overrides.knowledge.files.a\.csv={content}".replace(",", r"\,")
        ).items()
        if name == "knowledge"
    ]
    assert found == {"a.csv": content}


def test_extras_may_hold_templates() -> None:
    [metadata] = [metadata for name, metadata, _ in pods("everything") if name.endswith("worker")]
    assert metadata["annotations"]["example.org/release"] == RELEASE
    assert f"name: {RELEASE}-text" in text("everything")


def test_a_new_chart_alone_starts_no_new_pods() -> None:
    for _, metadata, _ in pods("minimal"):
        assert "helm.sh/chart" not in metadata["labels"] or metadata["name"].endswith("-test")

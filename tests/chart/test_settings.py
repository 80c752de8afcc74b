"""What the chart hands to the service is what the service understands."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from prometheus_client import CollectorRegistry

from service.monitor.rules import load_rules
from service.observability.health import Health, application
from service.paths import config_dir
from service.settings import Settings, load, load_settings
from service.settings.sources import RESERVED
from tests.chart.mounts import lay_out
from tests.chart.rendering import CASES, CHART, manifests, of_kind, own_container, pods

OURS = {"worker", "monitor", "topics"}


def config_maps(case: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in manifests(case) if each["kind"] == "ConfigMap"}


def environment(container: Mapping[str, Any]) -> dict[str, str]:
    """The variables, with an address for what the cluster fills in."""
    return {variable["name"]: variable.get("value", "10.1.2.3") for variable in container.get("env", ())}


def settings_of(case: str, component: str, root: Path) -> Settings:
    """The settings of a component as its container would load them, with its files below ``root``."""
    container, specification = next(
        (own_container(each), each) for _, _, each in pods(case) if own_container(each)["name"] == component
    )
    lay_out(specification, container, config_maps(case), root)
    variables = environment(container)
    file = root / variables.pop("HARBINGER_CONFIG").lstrip("/")
    file.write_text(file.read_text(encoding="utf-8").replace("/etc/harbinger", f"{root}/etc/harbinger"))
    return load_settings(file, variables)


def components(case: str) -> list[str]:
    return [name for _, _, each in pods(case) if (name := own_container(each)["name"]) in OURS]


@pytest.mark.parametrize(("case", "component"), [(case, component) for case in CASES for component in components(case)])
def test_the_service_takes_the_settings_and_finds_the_files_that_they_name(
    case: str, component: str, tmp_path: Path
) -> None:
    settings = settings_of(case, component, tmp_path)
    security = settings.kafka.security
    named = [security.ca_file, security.cert_file, security.key_file, settings.monitor.rules_file]
    folders = [settings.analysis.knowledge_overrides, settings.analysis.lexicon_overrides]
    for path in (each for each in (*named, *folders) if each is not None):
        assert path.exists(), f"{path} is not mounted"
    assert settings.kafka.bootstrap_servers != "localhost:9092"


@pytest.mark.parametrize("case", CASES)
def test_every_variable_is_a_setting(case: str) -> None:
    for name, _, specification in pods(case):
        container = own_container(specification)
        ours = {key: value for key, value in environment(container).items() if key.startswith("HARBINGER_")}
        known = load(environ=ours).origins
        said = {origin.removeprefix("environment variable ") for origin in known.values()}
        assert set(ours) - RESERVED <= said, name


def test_secrets_arrive_as_files_and_not_by_the_environment(tmp_path: Path) -> None:
    assert "secretKeyRef" not in str(manifests("sasl-tls"))
    settings = settings_of("sasl-tls", "monitor", tmp_path)
    sasl = settings.kafka.security.sasl
    assert sasl.password is not None
    assert settings.kafka.security.key_password is not None
    assert settings.monitor.sinks.webhook.secret is not None
    assert sasl.username == sasl.password.get_secret_value() == "s3cret"
    assert "s3cret" not in str(manifests("sasl-tls"))


def test_strimzi_alone_says_where_and_who(tmp_path: Path) -> None:
    kafka = settings_of("strimzi", "worker", tmp_path).kafka
    assert kafka.bootstrap_servers == "news-kafka-bootstrap.desk.svc:9093"
    assert (kafka.security.protocol, kafka.security.sasl.mechanism) == ("SASL_SSL", "SCRAM-SHA-512")
    assert kafka.security.sasl.username == "news-harbinger"


def test_a_number_given_to_set_is_one(tmp_path: Path) -> None:
    [settings] = [
        yaml.safe_load(each["data"]["settings.yaml"])
        for name, each in of_kind("ConfigMap", "minimal", "config.worker.circuit.ratio=0.25").items()
        if name == "worker"
    ]
    file = tmp_path / "settings.yaml"
    file.write_text(yaml.safe_dump(settings))
    assert load_settings(file, {}).worker.circuit.ratio == 0.25


def test_values_are_the_services_own_defaults_but_for_three() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))["config"]
    defaults = yaml.safe_load((config_dir() / "default.yaml").read_text(encoding="utf-8"))
    different = set()
    for section, keys in values.items():
        different |= {f"{section}.{key}" for key, value in keys.items() if defaults[section][key] != value}
    # said by whoever installs; safe where there are several brokers; known to the scheduler
    assert different == {"kafka.bootstrap_servers", "topics.replication_factor", "worker.processes"}


def test_the_alert_rules_are_taken(tmp_path: Path) -> None:
    settings = settings_of("overrides", "monitor", tmp_path)
    assert settings.monitor.rules_file is not None
    rules = load_rules(settings.monitor.rules_file, config_dir() / "knowledge")
    assert [rule.name for rule in rules.rules] == ["gulf", "every-pair"]


@pytest.mark.timeout(180)  # the rules of the override are read by the real analysis
def test_the_overrides_are_taken(tmp_path: Path) -> None:
    analysis = settings_of("overrides", "worker", tmp_path).analysis
    for folder in (analysis.knowledge_overrides, analysis.lexicon_overrides):
        assert folder is not None
        check = [sys.executable, "-m", "service", "knowledge", "check", str(folder)]
        done = subprocess.run(check, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("case", CASES)
def test_probes_ask_for_paths_that_exist_on_the_port_of_the_server(case: str, tmp_path: Path) -> None:
    routes = {str(route.resource and route.resource.canonical) for route in served()}
    for component in set(components(case)) - {"topics"}:
        container = next(own_container(each) for _, _, each in pods(case) if own_container(each)["name"] == component)
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        settings = settings_of(case, component, tmp_path / component)
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            asked = container[probe]["httpGet"]
            assert asked["path"] in routes
            assert ports[asked["port"]] == settings.http.port
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert container["livenessProbe"]["httpGet"]["path"] == "/livez"  # never asks the broker


def served() -> list[web.AbstractRoute]:
    return list(application(Health(live_within_s=1), CollectorRegistry()).router.routes())


@pytest.mark.parametrize("case", CASES)
def test_pods_get_longer_than_they_need_to_end(case: str, tmp_path: Path) -> None:
    for _, _, specification in pods(case):
        if own_container(specification)["name"] == "worker":
            settings = settings_of(case, "worker", tmp_path)
            drain = settings.worker.drain_timeout_s + settings.kafka.session_timeout_ms / 1000
            assert specification["terminationGracePeriodSeconds"] > drain + 10


def test_a_changed_setting_starts_new_pods_and_a_changed_override_does_not() -> None:
    def template(case: str, *settings: str) -> Any:
        return of_kind("Deployment", case, *settings)["worker"]["spec"]["template"]

    def monitor(case: str, *settings: str) -> Any:
        return of_kind("Deployment", case, *settings)["monitor"]["spec"]["template"]

    assert template("minimal") != template("minimal", "config.log.level=debug")
    assert template("minimal") == template("minimal", "config.monitor.hold_s=60")  # is none of the worker's
    assert template("everything") == template("everything", r"overrides.lexicon.files.more\.yaml=x: 1")
    assert monitor("everything") == monitor("everything", r"overrides.lexicon.files.more\.yaml=x: 1")
    assert monitor("everything") != monitor(
        "everything", r"overrides.lexicon.files.scoring\.yaml=x: 1"
    )  # read at the start
    assert monitor("overrides") != monitor("overrides", "monitor.alertRules.rules.index.window_days=8")

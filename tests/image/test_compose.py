"""compose.yaml, as far as it can be tried without Docker: by the library that Docker Compose itself reads it with."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.broker import VERSIONS
from service.settings import Settings, load_settings
from tests.image.build import ROOT, default_base
from tests.kube.needs import needs
from tests.support.requirements import lacks

COMPOSE = ROOT / "compose"
OWN = ("topics", "worker", "monitor")
"""Services that run from our image."""


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """What Docker Compose understands: defaults laid in, paths absolute, references checked. Without the caller's environment."""
    command = [str(needs("compose-go")), "--format", "json", "compose.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={"PATH": ""}, timeout=30)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def services(project: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return dict(project["services"])


@pytest.fixture(scope="module")
def settings(services: dict[str, dict[str, Any]]) -> dict[str, Settings]:
    """The settings in force in each container of ours: an unknown variable, or one that does not fit, is an error here."""
    return {
        name: load_settings(environ={key: str(value) for key, value in services[name]["environment"].items()})
        for name in OWN
    }


def configuration(name: str) -> Any:
    return yaml.safe_load((COMPOSE / name).read_text("utf-8"))


def test_everything_that_is_there_is_restricted(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert {"cpus", "memory", "pids"} <= service["deploy"]["resources"]["limits"].keys(), name
        assert not service.get("privileged"), name
        assert service.get("read_only") or name == "kafka", "Kafka's image writes its configuration when it starts"
        assert all(port["host_ip"] == "127.0.0.1" for port in service.get("ports", ())), name


def test_images_are_pinned_and_ours_are_built(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        tag = service["image"].partition(":")[2]
        if name in OWN:
            assert Path(service["build"]["context"]) == ROOT
            assert service["build"]["args"] == {"BASE_IMAGE": default_base()}
        else:
            assert re.fullmatch(r"v?\d+\.\d+\.\d+", tag), service["image"]
    assert services["kafka"]["image"].partition(":")[2] in VERSIONS, "the one that the tests run against"


def test_who_waits_for_whom_is_told_when_that_is_well(services: dict[str, dict[str, Any]]) -> None:
    conditions = {"topics": "service_completed_successfully"}
    for name, service in services.items():
        assert (name == "topics") == bool(service["healthcheck"].get("disable")), name
        for other, dependency in service.get("depends_on", {}).items():
            assert dependency["condition"] == conditions.get(other, "service_healthy"), (name, other)
    assert {"worker", "monitor"} <= {
        name for name, service in services.items() if "topics" in service.get("depends_on", {})
    }


def test_every_path_and_volume_exists(project: dict[str, Any]) -> None:
    mounts = [mount for service in project["services"].values() for mount in service.get("volumes", ())]
    for mount in mounts:
        if mount["type"] == "bind":
            assert Path(mount["source"]).exists(), mount
            assert mount["read_only"], mount
    assert {mount["source"] for mount in mounts if mount["type"] == "volume"} == project["volumes"].keys()
    configured = {Path(mount["source"]) for mount in mounts if mount["type"] == "bind"}
    assert configured >= {file for file in COMPOSE.rglob("*") if file.is_file()}, "each file of compose/ is used"


def test_the_settings_reach_the_other_services(
    services: dict[str, dict[str, Any]], settings: dict[str, Settings]
) -> None:
    kafka = services["kafka"]["environment"]
    for name in OWN:
        assert f"PLAINTEXT://{settings[name].kafka.bootstrap_servers}" in kafka["KAFKA_ADVERTISED_LISTENERS"].split(",")
    [target] = services["alertmanager"]["ports"]
    assert settings["monitor"].monitor.sinks.alertmanager.url == f"http://alertmanager:{target['target']}"
    [view] = services["monitor"]["ports"]
    assert view["target"] == settings["monitor"].http.port
    [host] = services["kafka"]["ports"]
    assert f"localhost:{host['published']}" in kafka["KAFKA_ADVERTISED_LISTENERS"]
    for name in ("worker", "monitor"):
        grace = float(services[name]["stop_grace_period"].removesuffix("s"))
        assert grace > settings[name].worker.drain_timeout_s


def test_prometheus_scrapes_ours_and_tells_alertmanager(
    services: dict[str, dict[str, Any]], settings: dict[str, Settings]
) -> None:
    prometheus = configuration("prometheus.yaml")
    for job in prometheus["scrape_configs"]:
        [found] = job["dns_sd_configs"]
        [name] = found["names"]
        assert job["job_name"] == f"harbinger-{name}", "rules and dashboards go by this name"
        assert found["port"] == settings[name].http.port
        assert {"target_label": "namespace", "replacement": "compose"} in job["relabel_configs"]
    assert len(prometheus["scrape_configs"]) == 2
    [group] = prometheus["alerting"]["alertmanagers"]
    assert group["static_configs"] == [{"targets": ["alertmanager:9093"]}]


def test_grafana_has_data_and_dashboards(services: dict[str, dict[str, Any]]) -> None:
    mounted = {mount["target"]: Path(mount["source"]) for mount in services["grafana"]["volumes"]}
    [provider] = configuration("grafana/dashboards.yaml")["providers"]
    folder = mounted[provider["options"]["path"]]
    assert list(folder.glob("*.json"))
    home = Path(services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (folder / home.name).is_file()
    assert str(home.parent) == provider["options"]["path"]
    for source in configuration("grafana/datasources.yaml")["datasources"]:
        name, port = re.fullmatch(r"http://(\w+):(\d+)", source["url"]).groups()  # type: ignore[union-attr]
        assert int(port) in {each["target"] for each in services[name]["ports"]}


def test_prometheus_takes_its_configuration_and_our_rules(services: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        lacks("promtool checks the configuration (make test-deps)")
    laid = lay_out(services["prometheus"], "/etc/prometheus", tmp_path)
    done = subprocess.run(
        [promtool, "check", "config", laid / "prometheus.yaml"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    files = list((laid / "rules").glob("*.yaml"))
    assert f"{len(files)} rule files found" in done.stdout


def test_alertmanager_takes_its_configuration(services: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    amtool = shutil.which("amtool")
    if amtool is None:
        lacks("amtool checks the configuration (make test-deps)")
    file = lay_out(services["alertmanager"], "/etc/alertmanager", tmp_path) / "alertmanager.yaml"
    subprocess.run([amtool, "check-config", file], check=True, capture_output=True, timeout=60)
    routes = [amtool, "config", "routes", "test", f"--config.file={file}"]
    for labels, receiver in (
        (["alertname=HarbingerEscalation", "pair=CUB-USA"], "analysts"),
        (["alertname=HarbingerPairsHigh", "category=escalation"], "analysts"),
        (["alertname=HarbingerTargetDown"], "operators"),
    ):
        subprocess.run(
            [*routes, f"--verify.receivers={receiver}", *labels], check=True, capture_output=True, timeout=60
        )


def lay_out(service: dict[str, Any], root: str, folder: Path) -> Path:
    """What is mounted below ``root``, under the same names in a folder of ours."""
    for mount in service["volumes"]:
        if mount["target"].startswith(f"{root}/"):
            place = folder / mount["target"].removeprefix(f"{root}/")
            place.symlink_to(mount["source"])
    return folder

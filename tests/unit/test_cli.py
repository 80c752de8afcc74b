"""The command line's own part: options, exit statuses, one clear line for what is wrong."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from service import __main__ as service_main
from service import __version__
from service.cli import app, main
from service.commands.health import address
from service.errors import HarbingerError
from service.settings import Http

pytestmark = pytest.mark.usefixtures("logging_restored", "clean_environment")


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("HARBINGER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(app, "registered_groups", [])  # main adds the broker's commands each time


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command in this process; its exit status."""
    monkeypatch.setattr(sys, "argv", ["harbinger", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code if isinstance(ended.value.code, int) else 0


@pytest.mark.parametrize("argument", ["version", "--version"])
def test_version(argument: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, argument) == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def test_help_names_every_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--help") == 0
    text = capsys.readouterr().out
    commands = "worker monitor enrich backfill alerts topics redrive schema health config demo broker version"
    for command in commands.split():
        assert f" {command} " in text


def test_config_prints_what_is_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("http: {port: 1234}\nlog: {level: warning}\n")
    monkeypatch.setenv("HARBINGER_LOG__LEVEL", "error")
    assert run(monkeypatch, "--config", str(file), "config") == 0
    tree = yaml.safe_load(capsys.readouterr().out)
    assert (tree["http"]["port"], tree["log"]["level"]) == (1234, "error")
    monkeypatch.setenv("HARBINGER_CONFIG", str(file))
    assert run(monkeypatch, "config", "--sources") == 0
    assert f"port: 1234  # {file}:1" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["config"], ["topics"], ["worker"], ["redrive", "--dry-run"]])
def test_a_bad_configuration_is_named_and_no_traceback(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HARBINGER_KAFKA__BOOTSTAP", "kafka:9092")
    assert run(monkeypatch, *command) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "harbinger: configuration:",
        '  kafka.bootstap = "kafka:9092": unknown key; did you mean HARBINGER_KAFKA__BOOTSTRAP_SERVERS?'
        " [environment variable HARBINGER_KAFKA__BOOTSTAP]",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["schema", "nonsense"],
        ["enrich", "--text"],
        ["enrich", "--published-at", "2024-11-19"],
        ["redrive", "--limit", "0"],
        ["backfill", "--from", "-", "--from-date", "2024-11-20", "--to-date", "2024-11-19"],
    ],
)
def test_wrong_usage_ends_with_2(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Usage: harbinger" in captured.err


def test_errors_with_a_name_become_one_line_and_their_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Refused(HarbingerError):
        exit_status = 7

    def refuse(*_: object) -> int:
        raise Refused("the broker at kafka:9092 refuses us")

    monkeypatch.setattr("service.commands.topics.run", refuse)
    assert run(monkeypatch, "topics") == 7
    assert capsys.readouterr().err == "harbinger: the broker at kafka:9092 refuses us\n"


def test_the_status_of_a_command_is_that_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.commands.topics.run", lambda *_: 1)
    assert run(monkeypatch, "topics") == 1


def test_an_interrupt_is_130_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("service.commands.topics.run", interrupted)
    assert run(monkeypatch, "topics") == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["article", "enriched", "alert"])
def test_schema(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "schema", name) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "object"


@pytest.mark.parametrize(
    ("arguments", "heard"), [(("worker",), True), (("--config", "f.yaml", "monitor"), True), (("enrich",), False)]
)
def test_sigterm_is_heard_before_the_imports(
    arguments: tuple[str, ...], heard: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Process 1 of a container ignores it until a handler stands."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    found: list[object] = []
    late = ModuleType("service.cli")
    monkeypatch.setattr(late, "main", lambda: found.append(signal.getsignal(signal.SIGTERM)), raising=False)
    monkeypatch.setitem(sys.modules, "service.cli", late)
    monkeypatch.setattr(sys, "argv", ["harbinger", *arguments])
    try:
        service_main.main()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert [callable(each) for each in found] == [heard]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8080/livez"),
        ("::", "http://[::1]:8080/livez"),
        ("fd00::7", "http://[fd00::7]:8080/livez"),
        ("localhost", "http://localhost:8080/livez"),
    ],
)
def test_health_is_asked_where_the_server_listens(host: str, url: str) -> None:
    assert address(Http(host=host, port=8080, live_within_s=90), "/livez") == url


def test_health_cannot_be_asked_at_a_port_that_nobody_knows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HARBINGER_HTTP__PORT", "0")
    assert run(monkeypatch, "health") == 1
    assert "http.port is 0" in capsys.readouterr().out


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    """spaCy, aiokafka and trafilatura take a second to import; ``--help`` must not wait for them."""
    code = (
        "import sys, service.cli as c; c._add_broker(); print(*{'spacy', 'aiokafka', 'trafilatura'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == ""

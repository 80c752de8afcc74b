"""Runbooks: one for each alert, with the same headings, and whatever they name exists."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from service.cli import app
from service.settings.load import fields
from tests.support.promql import ROOT, alerts, exported, known, names_in
from tests.support.runbooks import FOLDER, INDEX, blocks, expressions, runbooks

HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation"]
PAGES = [pytest.param(file, id=file.stem) for file in (*runbooks().values(), INDEX)]
RUNBOOKS = [pytest.param(file, id=file.stem) for file in runbooks().values()]
SETTINGS = {".".join(path) for path, _ in fields()} | {".".join(path[:-1]) for path, _ in fields()}
SECTIONS = {setting.split(".")[0] for setting in SETTINGS if setting}


def text(file: Path) -> str:
    return file.read_text("utf-8")


def code(file: Path) -> list[str]:
    """What stands in blocks, line by line, and between backticks."""
    fenced = [line for block in blocks(file, "sh") for line in block.splitlines()]
    return fenced + re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```$", "", text(file)))


def logged() -> set[str]:
    """Events that the service logs."""
    sources = "".join(file.read_text("utf-8") for file in (ROOT / "service").rglob("*.py"))
    return set(re.findall(r"log\.(?:debug|info|warning|error|exception)\)?\(\s*\"(\w+)\"", sources))


def test_each_alert_has_a_page_and_each_page_an_alert() -> None:
    assert set(runbooks()) == set(alerts())
    for alert in alerts().values():
        assert alert.annotations["runbook_url"].endswith(f"/docs/runbooks/{alert.name}.md")


def test_the_index_has_them_all_with_their_severity() -> None:
    rows = re.findall(r"(?m)^\| \[(\w+)\]\((\w+)\.md\) \| (\w+) \| \S.* \|$", text(INDEX))
    assert sorted(rows) == sorted((alert.name, alert.name, alert.labels["severity"]) for alert in alerts().values())


@pytest.mark.parametrize("file", RUNBOOKS)
def test_a_page_says_what_it_means_whom_it_hurts_why_it_is_and_what_to_do(file: Path) -> None:
    assert text(file).startswith(f"# {file.stem}\n")
    assert re.findall(r"(?m)^## (.*)$", text(file)) == HEADINGS
    assert all(re.split(r"(?m)^## .*$", text(file))[number].strip() for number in range(1, len(HEADINGS) + 1))


@pytest.mark.parametrize("file", RUNBOOKS)
def test_its_expressions_ask_for_what_exists_and_for_what_the_alert_goes_by(file: Path) -> None:
    asked = [names_in(each) for each in expressions(file)]
    assert asked
    assert set().union(*asked) <= known()


@pytest.mark.parametrize("file", PAGES)
def test_every_metric_that_it_names_exists(file: Path) -> None:
    names = set(re.findall(r"(?<![\w:/.-])((?:harbinger|process)_\w+)", text(file)))
    assert names <= exported()


@pytest.mark.parametrize("file", PAGES)
def test_every_command_that_it_names_exists(file: Path) -> None:
    for line in code(file):
        for called in re.findall(r"(?:^|-- )harbinger ((?!\.\.\.)[^|&;]+)", line):
            follow(called.split())


def follow(words: list[str]) -> None:
    """Follow the words through commands and options, as the command line does."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        assert words[0] in command.commands, f"harbinger {' '.join(words)}"
        command = command.commands[words.pop(0)]
    options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= options, words


@pytest.mark.parametrize("file", PAGES)
def test_every_setting_that_it_names_exists(file: Path) -> None:
    for span in code(file):
        if re.fullmatch(rf"({'|'.join(SECTIONS)})(\.\w+)+", span):
            assert span in SETTINGS, span


@pytest.mark.parametrize("file", PAGES)
def test_every_log_line_that_it_looks_for_is_written(file: Path) -> None:
    sought = re.findall(r"\| grep (?:-E )?\"?([\w|]+)\"?", "\n".join(blocks(file, "sh")))
    events = {event for each in sought for event in each.split("|")}
    assert events <= logged() | {"worker_failed", "monitor_failed"}
    assert ("logs -l" in text(file)) <= bool(events)


@pytest.mark.parametrize("file", PAGES)
def test_its_links_lead_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text(file)):
        assert (FOLDER / target).resolve().is_file(), target


@pytest.mark.parametrize("file", RUNBOOKS)
def test_alerts_that_it_names_are_linked(file: Path) -> None:
    named = set(re.findall(r"\bHarbinger[A-Z]\w+", text(file))) - {"HarbingerEscalation"}
    assert named <= set(alerts())
    assert {name for name in named if f"[{name}]({name}.md)" in text(file)} == named - {file.stem}

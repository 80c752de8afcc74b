"""What Prometheus' own tool says of our rules, and that every alert is seen both to fire and to keep silent.

The cases are promtool's unit tests, one file an alert: ``promtool test rules tests/prometheus/cases/*.yaml`` runs them by hand.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.promql import alerts, rule_files
from tests.support.requirements import lacks

CASES = Path(__file__).parent / "cases"


def run(*arguments: str | Path) -> tuple[bool, str]:
    """Whether it is content, and what it says. Skips the test where it is missing."""
    program = shutil.which("promtool")
    if program is None:
        lacks("promtool checks the rules (make test-deps)")
    ran = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    return ran.returncode == 0, ran.stdout + ran.stderr


def promtool(*arguments: str | Path) -> None:
    """Run it, and fail with what it says."""
    content, said = run(*arguments)
    assert content, said


def test_rules_are_sound() -> None:
    promtool("check", "rules", *rule_files())


@pytest.mark.parametrize("name", alerts())
def test_an_alert_fires_and_keeps_silent_as_it_should(name: str) -> None:
    promtool("test", "rules", CASES / f"{name}.yaml")


@pytest.mark.parametrize("name", alerts())
def test_its_cases_are_one_of_each_kind(name: str) -> None:
    """One story in which it waits and then fires, and another one, with data for it, in which it never does."""
    written = yaml.safe_load((CASES / f"{name}.yaml").read_text("utf-8"))
    assert [(CASES / file).resolve() for file in written["rule_files"]] == [alerts()[name].file]
    fires, silent = written["tests"]
    assert _outcomes(fires, name) == [False, True]
    assert set(_outcomes(silent, name)) == {False}
    assert fires["input_series"] != silent["input_series"]
    assert silent["input_series"]


def test_there_is_no_case_without_an_alert() -> None:
    assert {file.stem for file in CASES.glob("*.yaml")} == set(alerts())


def _outcomes(story: dict[str, Any], name: str) -> list[bool]:
    """Whether it fires, at each moment that is looked at."""
    assert {each["alertname"] for each in story["alert_rule_test"]} == {name}
    return [bool(each["exp_alerts"]) for each in story["alert_rule_test"]]

"""The cases of the alerts would notice: an alert that waits for nothing, or that is easier to please, is found out by its own."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.prometheus.test_promtool import CASES, run
from tests.support.promql import alerts


def altered(name: str) -> Iterator[dict[str, str]]:
    """Ways to get it wrong: no waiting, and each limit half as high or none at all."""
    yield {"for": "0s"}
    expression = alerts()[name].expr
    for found in re.finditer(r"(>=?|==) (\d+(?:\.\d+)?)", expression):
        limit = float(found[2])
        easier = ">= 0" if found[1] == "==" else f"{found[1]} {limit / 2 if limit else -1}"
        yield {"expr": expression[: found.start()] + easier + expression[found.end() :]}


@pytest.mark.parametrize("name", alerts())
def test_an_alert_that_is_altered_is_found_out(name: str, tmp_path: Path) -> None:
    written = yaml.safe_load(alerts()[name].file.read_text("utf-8"))
    [rule] = [each for group in written["groups"] for each in group["rules"] if each.get("alert") == name]
    unaltered = dict(rule)
    files = []
    for number, alteration in enumerate(({}, *altered(name))):
        rule.update(unaltered | alteration)
        files.append(moved(name, written, tmp_path / str(number)))
    content, said = run("test", "rules", *files)
    assert not content
    found = re.findall(r"SUCCESS|FAILED", said)
    assert found == ["SUCCESS", *["FAILED"] * (len(files) - 1)], said


def moved(name: str, rules: Any, folder: Path) -> Path:
    """The cases of an alert, for these rules, in a folder of their own."""
    folder.mkdir()
    (folder / "rules.yaml").write_text(yaml.safe_dump(rules), "utf-8")
    cases = yaml.safe_load((CASES / f"{name}.yaml").read_text("utf-8"))
    file = folder / "cases.yaml"
    file.write_text(yaml.safe_dump(cases | {"rule_files": ["rules.yaml"]}), "utf-8")
    return file

"""What docs/kubernetes.md tells people to write can be used as it stands."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.rendering import CHART, KUBE_VERSION, helm

PAGE = CHART.parents[1] / "docs" / "kubernetes.md"


def examples() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", examples())
def test_values_in_the_documentation_render(example: str, tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(example, encoding="utf-8")
    rendered = helm("template", "news", CHART, "--kube-version", KUBE_VERSION, "--values", file)
    assert len([each for each in yaml.safe_load_all(rendered) if each]) > 10


def test_there_are_examples_for_three_kinds_of_kafka() -> None:
    assert len(examples()) == 3


def named() -> list[str]:
    """What the page writes as a path of values or settings."""
    tops = "worker|monitor|metrics|networkPolicy|strimzi|kafka|config|overrides|topicsJob|image|podSecurityContext"
    return sorted(set(re.findall(rf"`((?:{tops})\.[A-Za-z_.]+)`", PAGE.read_text(encoding="utf-8"))))


def has(schema: dict[str, Any], node: dict[str, Any], path: list[str]) -> bool:
    """Whether the schema allows something at this path."""
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    if not path:
        return True
    if node == {"type": "object"}:  # Kubernetes' own, in which anything may be
        return True
    inner = node.get("properties", {}).get(path[0], node.get("additionalProperties"))
    return isinstance(inner, dict) and has(schema, inner, path[1:])


@pytest.mark.parametrize("path", named())
def test_values_and_settings_that_the_documentation_names_exist(path: str) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    assert has(schema, schema, path.split(".")) or has(schema, schema, ["config", *path.split(".")])


def test_what_does_not_exist_would_be_noticed() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    assert not has(schema, schema, ["worker", "replicas"])
    assert not has(schema, schema, ["config", "kafka", "grup_id"])

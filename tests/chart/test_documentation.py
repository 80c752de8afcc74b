"""What docs/kubernetes.md tells people to write can be used as it stands."""

import re
from pathlib import Path

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


@pytest.mark.parametrize("value", sorted(set(re.findall(r"`((?:worker|monitor|metrics|networkPolicy|strimzi|kafka|config|overrides|topicsJob|image|podSecurityContext)\.[A-Za-z_.]+)`", PAGE.read_text(encoding="utf-8")))))  # fmt: skip
def test_values_that_the_documentation_names_exist(value: str) -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    schema = yaml.safe_load((CHART / "values.schema.json").read_text(encoding="utf-8"))
    node = schema
    for part in value.split("."):
        while "$ref" in node:
            node = schema["$defs"][node["$ref"].rpartition("/")[2]]
        assert part in node.get("properties", ()) or part in (values.get(value.split(".")[0]) or ()), value
        node = node.get("properties", {}).get(part, {})

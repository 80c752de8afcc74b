"""The chart's README tells of every value, and of what the values are now."""

import re

from tests.chart.readme import readme
from tests.chart.rendering import CHART
from tests.kube.needs import needs


def test_the_readme_is_current() -> None:
    assert (CHART / "README.md").read_text(encoding="utf-8") == readme(needs("helm-docs")), "run `make chart-docs`"


def test_every_value_has_a_description() -> None:
    rows = re.findall(r"^\| (\S+) \| .* \| (.*?) ?\|$", (CHART / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    told = {name: description for name, description in rows if name != "Key"}
    assert len(told) > 100
    assert {"worker.replicaCount", "monitor.enabled"} <= told.keys()
    assert [name for name, description in told.items() if not description.strip()] == []

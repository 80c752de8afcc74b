"""The chart's README tells of every value, and of what the values are now."""

from tests.chart.readme import readme
from tests.chart.rendering import CHART
from tests.kube.needs import needs


def test_the_readme_is_current() -> None:
    assert (CHART / "README.md").read_text(encoding="utf-8") == readme(needs("helm-docs")), "run `make chart-docs`"

"""Helm's own opinion, and what goes into the package."""

import tarfile
from pathlib import Path

import pytest
import yaml

import service
from tests.chart.rendering import CASES, CHART, KUBE_VERSION, helm, values_file


def test_there_are_cases_for_what_people_install() -> None:
    wanted = {"minimal", "sasl-tls", "keda", "hpa", "strimzi", "everything", "monitor-only", "overrides"}
    assert wanted <= set(CASES)


def test_lint_of_the_defaults() -> None:
    assert "0 chart(s) failed" in helm("lint", "--strict", "--kube-version", KUBE_VERSION, CHART)


@pytest.mark.parametrize("case", CASES)
def test_lint(case: str) -> None:
    report = helm("lint", "--strict", "--kube-version", KUBE_VERSION, CHART, "--values", values_file(case))
    assert "0 chart(s) failed" in report
    assert "Fail:" not in report  # lint passes over refusals


def test_the_package_holds_what_is_read_and_nothing_of_the_workshop(tmp_path: Path) -> None:
    helm("package", CHART, "--destination", tmp_path)
    (package,) = tmp_path.glob("*.tgz")
    with tarfile.open(package) as archive:
        names = {name.removeprefix("harbinger/") for name in archive.getnames()}
    for folder in ("files/rules", "files/dashboards", "scripts", "templates"):
        expected = {str(path.relative_to(CHART)) for path in (CHART / folder).rglob("*") if path.is_file()}
        assert expected, folder
        assert expected <= names
    assert {"Chart.yaml", "values.yaml", "values.schema.json", "README.md"} <= names
    assert not [name for name in names if name.startswith("ci/") or name.endswith(".gotmpl")]


def test_the_chart_is_of_the_version_of_the_service() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["appVersion"] == service.__version__

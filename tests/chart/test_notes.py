"""What people read after an install."""

import shutil
from pathlib import Path

import pytest

from tests.chart.rendering import CASES, CHART, text


def notes(folder: Path, case: str, *more: str) -> str:
    """The notes, rendered as one more manifest: helm itself shows them only with a cluster."""
    chart = folder / "harbinger"
    shutil.copytree(CHART, chart)
    (chart / "templates" / "NOTES.txt").rename(chart / "NOTES.txt")
    (chart / "templates" / "a.yaml").write_text('a: |\n  {{- tpl (.Files.Get "NOTES.txt") . | nindent 2 }}\n')
    return text(case, (), chart, ("--show-only", "templates/a.yaml", *more))


@pytest.mark.parametrize("case", CASES)
def test_notes_say_where_to_look(case: str, tmp_path: Path) -> None:
    said = notes(tmp_path, case)
    assert "helm --namespace desk test news" in said
    assert "<no value>" not in said
    assert "%!" not in said


def test_notes_warn(tmp_path: Path) -> None:
    said = notes(tmp_path, "worker-only")
    assert "fewer than three replicas" in said
    assert "not encrypted" in said
    assert "One worker alone" in said
    assert "access control" in said
    assert "names no registry" in said
    assert "port-forward" not in said


def test_notes_do_not_warn_of_what_is_well(tmp_path: Path) -> None:
    assert "To think about" not in notes(tmp_path, "sasl-tls", "--set", "image.repository=registry.example/harbinger")


def test_notes_know_the_operator(tmp_path: Path) -> None:
    said = notes(tmp_path, "sasl-tls", "--api-versions", "monitoring.coreos.com/v1")
    assert "metrics.podMonitor.enabled" in said
    assert "metrics.prometheusRule.enabled" in said

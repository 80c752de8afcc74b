"""No scanner finds anything that is not waived with a reason, and no waiver outlives its finding."""

from pathlib import Path

import pytest

from tests.chart import checkov
from tests.chart.findings import Finding, kube_score, waivers
from tests.chart.rendering import CASES, text
from tests.kube.cache import FetchError
from tests.kube.needs import needs
from tests.support.requirements import lacks


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifests of every case, a file each."""
    folder = tmp_path_factory.mktemp("manifests")
    for case in CASES:
        (folder / f"{case}.yaml").write_text(text(case), encoding="utf-8")
    return folder


def judge(tool: str, found: list[Finding]) -> None:
    allowed = waivers(tool)
    assert [each for each in found if not any(waiver.covers(each) for waiver in allowed)] == []
    assert [waiver for waiver in allowed if not any(waiver.covers(each) for each in found)] == [], "waives nothing"


def test_kube_score(rendered: Path) -> None:
    program = needs("kube-score")
    judge("kube-score", [each for case in CASES for each in kube_score(program, case, rendered / f"{case}.yaml")])


@pytest.mark.timeout(300)
def test_checkov(rendered: Path) -> None:
    try:
        checkov.checkov()
    except FetchError as error:
        lacks(str(error))
    judge("checkov", list(checkov.findings(rendered)))


@pytest.mark.parametrize(
    ("setting", "check"),
    [
        ("securityContext.readOnlyRootFilesystem=false", "container-security-context-readonlyrootfilesystem"),
        ("worker.resources.limits=null", "container-resources"),
        ("worker.podDisruptionBudget.enabled=false", "deployment-has-poddisruptionbudget"),
        ("networkPolicy.enabled=false", "pod-networkpolicy"),
    ],
)
def test_what_would_be_worse_would_be_found(setting: str, check: str, tmp_path: Path) -> None:
    file = tmp_path / "worse.yaml"
    file.write_text(text("minimal", (setting,)), encoding="utf-8")
    found = {each.check for each in kube_score(needs("kube-score"), "minimal", file)}
    assert check in found

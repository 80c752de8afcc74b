"""Every manifest against the Kubernetes API of the oldest and the newest version, and the definitions of custom resources."""

import json
import subprocess
from collections.abc import Sequence

import pytest

from tests.chart.rendering import CASES, manifests, text
from tests.kube.cache import FetchError
from tests.kube.needs import needs
from tests.kube.schemas import KUBERNETES_VERSIONS, schema_locations
from tests.support.requirements import lacks


@pytest.fixture(scope="module")
def locations() -> Sequence[str]:
    try:
        return schema_locations()
    except FetchError as error:
        lacks(str(error))


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
@pytest.mark.parametrize("case", CASES)
def test_every_object_is_valid(case: str, version: str, locations: Sequence[str]) -> None:
    done = subprocess.run(
        [needs("kubeconform"), "-strict", "-output", "json", "-summary", "-kubernetes-version", version, *locations],
        input=text(case),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    report = json.loads(done.stdout)
    assert not report["resources"], report["resources"]
    summary = report["summary"]
    assert (summary["invalid"], summary["errors"], summary["skipped"]) == (0, 0, 0)
    assert summary["valid"] == len(manifests(case))


def test_a_field_that_does_not_exist_would_be_found(locations: Sequence[str]) -> None:
    broken = text("everything").replace("minReadySeconds:", "minimumReadySeconds:").replace("interval:", "intervall:")
    done = subprocess.run(
        [needs("kubeconform"), "-strict", "-output", "json", "-kubernetes-version", KUBERNETES_VERSIONS[0], *locations],
        input=broken,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert {found["kind"] for found in json.loads(done.stdout)["resources"]} == {"Deployment", "PodMonitor"}

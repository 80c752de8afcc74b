"""checkov, in an environment of its own: ``python -m tests.chart.checkov`` installs it (100 packages, 220 MB)."""

import hashlib
import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

from tests.chart.findings import Finding
from tests.kube.cache import FetchError, cached

REQUIREMENTS = Path(__file__).with_name("checkov-requirements.txt")


def checkov() -> Path:
    """The program, installed first if it is not cached.

    Raises:
        FetchError: it is neither cached nor to be had.
    """
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    # python -m, and no script: the folder is made under another name, which scripts would hold on to
    return (
        cached(f"tools/checkov-{digest}", _install, "installing checkov, in an environment of its own") / "bin/python"
    )


def _install(folder: Path) -> None:
    venv.create(folder, with_pip=True)
    command = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--require-hashes", "-r", str(REQUIREMENTS)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise FetchError(f"pip cannot install checkov:\n{done.stderr.strip()[-2000:]}")


def findings(folder: Path) -> Iterator[Finding]:
    """What checkov has against the manifests in a folder, one file a case. It asks nobody on the network."""
    done = subprocess.run(
        [
            *(checkov(), "-m", "checkov.main", "--skip-download", "--framework", "kubernetes"),
            *("--quiet", "--compact", "--output", "json", "--directory", folder),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "BC_SKIP_MAPPING": "TRUE", "CHECKOV_RUN_SCA_PACKAGE_SCAN_V2": "false"},
        timeout=240,
    )
    report = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0, report
    assert report["summary"]["passed"] > 500, "hardly anything was looked at"
    for each in report["results"]["failed_checks"]:
        kind, _, rest = each["resource"].partition(".")
        yield Finding(
            "checkov",
            each["check_id"],
            Path(each["file_path"]).stem,
            f"{kind}/{rest.split('.')[1]}",
            each["check_name"],
        )


if __name__ == "__main__":
    try:
        print(checkov())
    except FetchError as missing:
        sys.exit(f"checkov: {missing}")

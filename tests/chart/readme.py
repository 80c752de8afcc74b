"""The chart's README by helm-docs: ``python -m tests.chart.readme`` writes it anew."""

import subprocess
import sys
from pathlib import Path

from tests.chart.rendering import CHART
from tests.kube.tools import FetchError, tool


def readme(program: Path) -> str:
    """What helm-docs makes of README.md.gotmpl and values.yaml.

    Raises:
        ValueError: helm-docs made nothing of them. It says why on standard error, and its status is 0 all the same.
    """
    done = subprocess.run(
        [
            program,
            "--chart-search-root",
            CHART,
            "--dry-run",
            "--sort-values-order=file",
            "--log-level=warning",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    if not done.stdout.strip():
        raise ValueError(f"helm-docs made nothing of the chart: {done.stderr.strip()}")
    return done.stdout.rstrip("\n") + "\n"


if __name__ == "__main__":
    try:
        (CHART / "README.md").write_text(readme(tool("helm-docs")), encoding="utf-8")
    except FetchError as missing:
        sys.exit(f"helm-docs: {missing}")
    print(f"readme: wrote {CHART / 'README.md'}", file=sys.stderr)

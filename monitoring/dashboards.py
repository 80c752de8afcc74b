"""Write the dashboards: ``python -m monitoring.dashboards``. A test holds the files to the code."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from monitoring.escalation import escalation
from monitoring.service import service

FOLDER = Path(__file__).resolve().parents[1] / "helm/harbinger/files/dashboards"
DASHBOARDS: dict[str, Callable[[], Dashboard]] = {"harbinger-service": service, "harbinger-escalation": escalation}
"""By the name of their file."""


def text(dashboard: Dashboard) -> str:
    """The JSON that Grafana reads, in its classic form, which provisioning takes in every version.

    Keys are in order, so that a change to the code is a small change of the file.
    """
    return json.dumps(dashboard, cls=JSONEncoder, sort_keys=True, indent=2) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in DASHBOARDS.items():
        file = FOLDER / f"{name}.json"
        file.write_text(text(make()), encoding="utf-8")
        print(f"dashboards: wrote {file}", file=sys.stderr)

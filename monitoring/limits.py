"""Where our alerts fire, read from the rules, so that a line on a dashboard is never another one than the alert's."""

import functools
import re
from pathlib import Path
from typing import Any

import yaml

RULES = Path(__file__).resolve().parents[1] / "helm/harbinger/files/rules"


@functools.cache
def _expressions() -> dict[str, str]:
    groups: list[dict[str, Any]] = [
        group for file in sorted(RULES.glob("*.yaml")) for group in yaml.safe_load(file.read_text("utf-8"))["groups"]
    ]
    return {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"] if "alert" in rule}


def limit(alert: str) -> float:
    """The number that the first comparison of an alert's expression is with, in the unit of its metric.

    Raises:
        KeyError: there is no such alert.
        ValueError: it compares with no number.
    """
    found = re.search(r"(?:[<>]=?|==)\s*(\d+(?:\.\d+)?)", _expressions()[alert])
    if found is None:
        raise ValueError(f"{alert} compares with no number: {_expressions()[alert]}")
    return float(found[1])

"""Our Prometheus rules and what stands in their expressions, for the tests that hold them to the catalogue of metrics."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser
import yaml
from prometheus_client import CollectorRegistry

from service.observability.metrics import Metrics
from service.observability.monitor_metrics import MonitorMetrics

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "helm/harbinger/files/rules"
SUFFIXES = {
    "counter": ("_total",),
    "info": ("_info",),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
}
"""By which Prometheus stores a metric of each type."""
SCRAPED = frozenset({"up"})
"""What Prometheus adds for each target."""


@dataclass(frozen=True)
class Alert:
    """An alerting rule."""

    name: str
    expr: str
    wait: str
    """How long it must hold."""
    labels: dict[str, str]
    annotations: dict[str, str]
    file: Path


def rule_files() -> list[Path]:
    """All of them, in order."""
    return sorted(RULES.glob("*.yaml"))


@functools.cache
def rules() -> tuple[tuple[Path, dict[str, Any]], ...]:
    """Every rule as it is written, with its file. Read once: there are many tests, and YAML is slow."""
    return tuple(
        (file, rule)
        for file in rule_files()
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]
        for rule in group["rules"]
    )


@functools.cache
def alerts() -> dict[str, Alert]:
    """The alerting rules by name."""
    return {
        rule["alert"]: Alert(rule["alert"], rule["expr"], rule["for"], rule["labels"], rule["annotations"], file)
        for file, rule in rules()
        if "alert" in rule
    }


@functools.cache
def recorded() -> dict[str, str]:
    """The expressions of the recording rules, by the name that they give."""
    return {rule["record"]: rule["expr"] for _, rule in rules() if "record" in rule}


def names_in(expression: str) -> set[str]:
    """The metrics that an expression asks for.

    Raises:
        ValueError: it is no PromQL.
    """
    names = set()

    def note(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.MatrixSelector):
            node = node.vector_selector
        if isinstance(node, promql_parser.VectorSelector):
            names.add(node.name or "")

    promql_parser.walk(promql_parser.parse(expression), note)
    return names


def sources(expression: str) -> set[str]:
    """The scraped metrics that an expression goes back to, through what was recorded."""
    found = set()
    for name in names_in(expression):
        found |= sources(recorded()[name]) if name in recorded() else {name}
    return found


def known() -> frozenset[str]:
    """Every name that an expression may ask for: exported, recorded, or added by Prometheus itself."""
    return exported() | SCRAPED | recorded().keys()


@functools.cache
def exported() -> frozenset[str]:
    """The names under which Prometheus stores what worker and monitor export."""
    return frozenset(name for catalogue in (Metrics(), MonitorMetrics()) for name in _stored(catalogue.registry))


def _stored(registry: CollectorRegistry) -> set[str]:
    """What is not in the catalogue, as ``process_*``, comes with its values and so with its names."""
    return {
        family.name + suffix
        for family in registry.collect()
        for suffix in SUFFIXES[family.type]
        if family.name.startswith(("harbinger_", "process_"))
    }


def plain(expression: str) -> str:
    """A dashboard's expression with what Grafana puts in the place of its intervals; variables in matchers are text anyhow."""
    return expression.replace("$__rate_interval", "5m")

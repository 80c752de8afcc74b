"""Prometheus rules: what each must say, and that what they ask for exists."""

import re

import pytest

from tests.support.promql import Alert, alerts, exported, known, names_in, recorded, rules

EXPRESSIONS = {rule.get("alert") or rule["record"]: rule["expr"] for _, rule in rules()}
RUNBOOKS = "https://harbinger.example/docs/runbooks/"
"""The chart puts another address in the place of this one, so it must be the same everywhere."""


def test_names_are_given_once() -> None:
    assert len(EXPRESSIONS) == len(rules())


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_it_asks_only_for_what_exists(name: str) -> None:
    names = names_in(EXPRESSIONS[name])
    assert names
    assert names <= known()


@pytest.mark.parametrize("name", sorted(recorded()))
def test_a_recorded_name_says_its_labels_its_metric_and_what_was_done(name: str) -> None:
    level, metric, operation = name.split(":")
    grouping = r"(by|max by|sum by) \(" + ", ".join(level.split("_"))
    assert re.search(grouping, EXPRESSIONS[name]), "the level is what it is grouped by"
    assert metric.startswith("harbinger_")
    assert re.fullmatch(r"(rate|ratio_rate|p50_rate|p99_rate)\d+m|max|sum", operation)
    window = re.search(r"\d+m$", operation)
    assert set(re.findall(r"\[(\w+)\]", EXPRESSIONS[name])) == ({window[0]} if window else set())


@pytest.mark.parametrize("alert", alerts().values(), ids=alerts())
def test_an_alert_says_what_whoever_is_woken_needs(alert: Alert) -> None:
    assert re.fullmatch(r"Harbinger([A-Z][a-z0-9]+)+", alert.name)
    assert alert.labels["severity"] in {"info", "warning", "critical"}
    assert re.fullmatch(r"\d+[mh]", alert.wait)
    assert set(alert.annotations) == {"summary", "description", "runbook_url"}
    assert alert.annotations["runbook_url"] == f"{RUNBOOKS}{alert.name}.md"
    assert "$value" not in alert.annotations["summary"], "it would change with each evaluation"
    assert alert.annotations["description"].rstrip().endswith(".")


@pytest.mark.parametrize("alert", alerts().values(), ids=alerts())
def test_a_description_names_only_labels_that_the_alert_has(alert: Alert) -> None:
    used = set(re.findall(r"\$labels\.(\w+)", alert.annotations["summary"] + alert.annotations["description"]))
    expression = alert.expr
    for name in names_in(alert.expr) & recorded().keys():
        expression += EXPRESSIONS[name]
    kept = {label for by in re.findall(r"by \(([^)]*)\)", expression) for label in by.split(", ")}
    grouped = "by (" in expression
    assert used <= (kept if grouped else {"job", "instance"})


def test_only_what_the_news_say_is_for_analysts() -> None:
    for alert in alerts().values():
        assert ("category" in alert.labels) == (alert.file.stem == "escalation")


def test_names_of_prometheus_follow_from_the_type() -> None:
    names = exported()
    assert {
        "harbinger_analysis_seconds_bucket",
        "harbinger_retries_total",
        "harbinger_build_info",
        "harbinger_lanes",
    } <= names
    assert {"process_start_time_seconds", "process_cpu_seconds_total"} <= names
    assert not {"harbinger_analysis_seconds", "harbinger_retries", "harbinger_build"} & names


def test_names_are_found_wherever_they_stand() -> None:
    asked = 'sum by (x) (rate(a_total{b="c"}[5m])) / on (x) (max(d offset 5m) > 0) and e unless f[10m:1m] or {g="h"}'
    assert names_in(asked.replace("f[10m:1m]", "max_over_time(f[10m:1m])")) == {"a_total", "d", "e", "f", ""}


def test_what_is_no_promql_is_refused() -> None:
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        names_in("sum(rate(x[5m])")

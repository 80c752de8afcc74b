"""Grafana dashboards: the files are what the code makes, and every panel says what it shows and asks for what exists."""

import itertools
import json
import re
from typing import Any

import pytest

from monitoring.dashboards import DASHBOARDS, FOLDER, text
from monitoring.limits import limit
from tests.support.promql import SCRAPED, alerts, exported, known, names_in, plain, sources

MADE: dict[str, dict[str, Any]] = {name: json.loads(text(make())) for name, make in DASHBOARDS.items()}
SHOWN = [(name, panel) for name, made in MADE.items() for panel in made["panels"] if panel["type"] != "row"]
PANELS = [pytest.param(panel, id=f"{name}: {panel['title']}") for name, panel in SHOWN]
EXPRESSIONS = [target["expr"] for _, panel in SHOWN for target in panel["targets"]]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_the_file_is_what_the_code_makes(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text("utf-8") == text(DASHBOARDS[name]()), "run `make docs`"


def test_there_is_no_file_without_code() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(DASHBOARDS)


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_says_what_it_shows_and_in_what_unit(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["targets"]
    named = set(re.findall(r"\bHarbinger[A-Z]\w+", panel["description"]))
    assert named <= set(alerts())


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_asks_only_for_what_exists_and_what_is_chosen(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        names = names_in(plain(target["expr"]))
        assert names
        assert names <= known()
        chosen = 'namespace=~"$namespace", job=~"$job"'
        assert target["expr"].count("{") == target["expr"].count(chosen)


@pytest.mark.parametrize("panel", PANELS)
def test_a_legend_names_only_labels_that_are_left(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        used = set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")))
        grouped = re.findall(r"by \(([^)]*)\)", target["expr"])
        left = {label for by in grouped for label in by.split(", ")} if grouped else {"job", "instance"}
        assert used <= left


@pytest.mark.parametrize("panel", PANELS)
def test_a_line_is_the_limit_of_the_alert_that_the_description_names(panel: dict[str, Any]) -> None:
    named = re.search(r"(?:The line|Red): (Harbinger\w+)", panel["description"])
    if named is None or "HarbingerCircuitOpen" in named[1]:  # of an alert without a limit: any is too many
        return
    [drawn] = [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"] if step["value"]]
    assert drawn == limit(named[1])


@pytest.mark.parametrize("name", DASHBOARDS)
def test_data_source_and_namespace_can_be_chosen(name: str) -> None:
    variables = {each["name"]: each for each in MADE[name]["templating"]["list"]}
    assert {"datasource", "namespace", "job"} <= set(variables)
    assert ("pair" in variables) == ("escalation" in name)
    for variable in variables.values():
        if variable["type"] == "query":
            asked = re.fullmatch(r"label_values\((.*), \w+\)", variable["query"])
            assert asked is not None
            assert names_in(asked[1]) <= exported()


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_lie_side_by_side(name: str) -> None:
    places = [panel["gridPos"] for panel in MADE[name]["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    for one, other in itertools.combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]


def test_who_is_woken_finds_on_a_dashboard_what_woke_them() -> None:
    drawn = set().union(*(sources(plain(expression)) for expression in EXPRESSIONS))
    for alert in alerts().values():
        assert sources(alert.expr) <= drawn | SCRAPED, alert.name


def test_a_limit_is_the_number_of_the_alert() -> None:
    assert limit("HarbingerLagHigh") == 300
    assert limit("HarbingerDeadLetterRatioHigh") == 0.05
    with pytest.raises(KeyError):
        limit("HarbingerNothing")

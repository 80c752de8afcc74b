"""When alerts fire and end, and who they are."""

from itertools import pairwise
from typing import Any

import pytest

from service.messages.alert import EscalationAlert
from service.messages.article import parse_rfc3339
from service.monitor.report import Report
from service.monitor.times import day_of, milliseconds, rfc3339, start_of
from service.monitor.watch import PairWatch
from tests.unit.monitor_cases import DAY, HOUR, PAIR, add, alert_rules, alerts, deed, judged, report, said

ROOTS = ["ASSAULT", "COERCE", "MOBILIZE", "THREATEN", "SANCTION", "ACCUSE"]
RULES = alert_rules()
HALF_LIFE = RULES.index.half_life_days


def crisis(name: str, points: float, at: float, events: int = 1, source: str | None = None) -> Report:
    """A report of so many events that come to ``points`` together."""
    told = [deed(f"v{n}", points / events, root=ROOTS[n], day=DAY + int(at)) for n in range(events)]
    return report(name, *told, at=at, source=source)


def story_of(watch: PairWatch) -> list[tuple[str, str, str]]:
    return [(alert.state, alert.level, alert.updated_at) for alert in alerts(watch)]


def moment(at: float) -> str:
    return rfc3339(start_of(DAY) + round(at * 24) * HOUR)


def test_an_alert_fires_with_the_article_that_reaches_the_threshold() -> None:
    watch = judged(RULES, [crisis("a", 44.9, at=0), crisis("b", 0.2, at=0.5), crisis("c", 9, at=0.75)], until=0.9)
    assert story_of(watch) == [("firing", "high", moment(0.5))]
    (alert,) = alerts(watch)
    assert (alert.pair, alert.index, alert.baseline, alert.articles, alert.sources) == (PAIR, 45.1, 0, 2, 2)
    assert alert.zscore == round(45.1 / RULES.index.spread_floor, 2)
    assert alert.started_at == moment(0.5)
    assert (alert.window.start, alert.window.end) == (moment(1 - RULES.index.window_days), moment(1))


def test_levels_are_nested_and_end_together() -> None:
    watch = judged(RULES, [crisis("a", 60, at=0), crisis("b", 60, at=1.5)], until=40)
    firing = [alert for alert in alerts(watch) if alert.state == "firing"]
    resolved = [alert for alert in alerts(watch) if alert.state == "resolved"]
    assert [(alert.level, alert.started_at) for alert in firing] == [("high", moment(0)), ("severe", moment(1.5))]
    assert [alert.level for alert in resolved] == ["high", "severe"]
    assert len({alert.updated_at for alert in resolved}) == 1
    assert [alert.alert_id for alert in firing] == [alert.alert_id for alert in resolved]
    assert len({alert.alert_id for alert in firing}) == 2
    assert [alert.started_at for alert in firing] == [alert.started_at for alert in resolved]


def test_a_leap_reaches_all_levels_at_once_from_the_lowest() -> None:
    assert story_of(judged(RULES, [crisis("a", 200, at=0)], until=0.5)) == [
        ("firing", "high", moment(0)),
        ("firing", "severe", moment(0)),
    ]


def test_an_alert_ends_with_the_first_day_that_lies_below_clear() -> None:
    watch = judged(RULES, [crisis("a", 50, at=0)], until=40)
    resolved = alerts(watch)[-1]
    below = next(day for day in range(40) if 50 * 2 ** (-day / HALF_LIFE) < 0.5 * 45)
    assert (resolved.state, resolved.updated_at) == ("resolved", moment(below + 1))
    assert watch.rows[DAY + below].index == resolved.index
    assert list(watch.rows) == list(range(DAY, DAY + below + 1))
    assert [watch.rows[day].articles for day in watch.rows] == [1] + [0] * below


HOLDING = alert_rules({"clear_days": 4})


def peace(name: str, points: float, at: float) -> Report:
    return report(name, deed("v0", points, "relief", "AGREE", day=DAY + int(at)), at=at)


def last_end(watch: PairWatch) -> str:
    """When the last alert ended."""
    assert alerts(watch)[-1].state == "resolved"
    return alerts(watch)[-1].updated_at


def test_an_alert_holds_through_quiet_days_until_enough_of_them_came_in_a_row() -> None:
    below = next(day for day in range(40) if 50 * 2 ** (-day / HALF_LIFE) < 0.5 * 45)
    lull = below + 2
    told = [crisis("a", 50, at=0), crisis("b", 20, at=lull + 0.5)]
    assert last_end(judged(HOLDING, told[:1], until=40)) == moment(below + 4)
    watch = judged(HOLDING, told, until=40)
    assert [alert.state for alert in alerts(watch)] == ["firing", "resolved"]
    again = next(day for day in range(lull, 60) if watch.rows[DAY + day].index < 0.5 * 45)
    assert last_end(watch) == moment(again + 4)


def test_an_alert_ends_at_once_when_what_is_heard_is_peace() -> None:
    talks = [crisis("a", 50, at=0), peace("signed", 60, at=2.5)]
    assert last_end(judged(HOLDING, talks, until=40)) == moment(3)
    still_shooting = [*talks, crisis("b", 1, at=2.75), crisis("c", 12, at=2.8)]
    assert last_end(judged(HOLDING, still_shooting, until=40)) > moment(3)


def test_days_below_before_an_alert_began_do_not_count() -> None:
    watch = judged(HOLDING, [crisis("a", 50, at=0), crisis("b", 50, at=20)], until=60)
    ends = [alert.updated_at for alert in alerts(watch) if alert.state == "resolved"]
    below = next(day for day in range(40) if watch.rows[DAY + day].index < 0.5 * 45)
    assert ends[0] == moment(below + 4)
    second = next(day for day in range(20, 60) if watch.rows[DAY + day].index < 0.5 * 45)
    assert ends[1] == moment(second + 4)


def test_a_crisis_does_not_become_what_is_usual_while_its_alert_is_open() -> None:
    war = [crisis(f"day {day}", 30, at=day) for day in range(90)]
    watch = judged(RULES, war, until=89.5)
    assert [alert.state for alert in alerts(watch)] == ["firing", "firing"]
    assert watch.rows[DAY + 89].baseline == 0
    adapting = judged(alert_rules(held_days=10), war, until=89.5)
    assert [alert.state for alert in alerts(adapting)] == ["firing", "firing", "resolved", "resolved"]


def test_an_index_that_swings_around_the_threshold_fires_once() -> None:
    swinging = [crisis("start", 46, at=0)]
    swinging += [crisis(f"more {day}", 45 * (1 - 2 ** (-1 / HALF_LIFE)) + 0.2, at=day + 0.5) for day in range(1, 12)]
    watch = judged(RULES, swinging, until=12)
    ends, share = [watch.rows[DAY + day].index for day in range(12)], 2 ** (-1 / HALF_LIFE)
    assert all(before * share < 45 <= end for before, end in pairwise(ends))
    assert [alert.state for alert in alerts(watch)] == ["firing"]


def test_what_comes_after_the_end_is_a_new_episode_with_ids_of_its_own() -> None:
    watch = judged(RULES, [crisis("a", 50, at=0), crisis("b", 60, at=15)], until=40)
    assert [alert.state for alert in alerts(watch)] == ["firing", "resolved", "firing", "resolved"]
    first, _, second, _ = alerts(watch)
    assert first.alert_id != second.alert_id


def test_the_identity_does_not_depend_on_what_came_before_on_that_day() -> None:
    (alone,) = alerts(judged(RULES, [crisis("a", 50, at=3.5)], until=4))
    (second, *_) = alerts(judged(RULES, [crisis("b", 47, at=3.25), crisis("a", 3, at=3.5)], until=4))
    assert alone.alert_id == second.alert_id
    assert alone.index != second.index


def test_a_pair_that_is_always_tense_alerts_only_when_it_is_unusual() -> None:
    war = [crisis(f"day {day}", 30, at=day) for day in range(90)]
    rules = alert_rules(held_days=0)
    usual_war = judged(rules, war, until=89.5)
    late = [alert for day, alert in usual_war.alerts if day > DAY + 45]
    assert [alert.state for alert in late if alert.state == "firing"] == []
    assert usual_war.rows[DAY + 89].index > 90
    outburst = judged(rules, [*war, crisis("outburst", 120, at=89.25)], until=89.5)
    assert [alert.state for day, alert in outburst.alerts if day == DAY + 89] == ["firing", "firing"]


@pytest.mark.parametrize(("sources", "fired"), [(1, 0), (2, 0), (3, 1)])
def test_an_alert_needs_enough_sources(sources: int, fired: int) -> None:
    rules = alert_rules({"minimum_sources": 3})
    told = [crisis(f"a{n}", 80 / sources, at=n / 24, source=f"desk {n % sources}") for n in range(sources)]
    assert len(alerts(judged(rules, told, until=0.9))) == fired


def test_an_alert_that_lacked_sources_fires_when_they_come() -> None:
    rules = alert_rules({"minimum_sources": 2})
    told = [crisis("a", 80, at=0, source="wire"), crisis("b", 0.1, at=2.5, source="desk")]
    assert story_of(judged(rules, told, until=3)) == [("firing", "high", moment(2.5))]


@pytest.mark.parametrize(("events", "fired"), [(1, 0), (2, 0), (3, 1)])
def test_an_alert_needs_enough_events(events: int, fired: int) -> None:
    rules = alert_rules({"minimum_events": 3})
    assert len(alerts(judged(rules, [crisis("a", 80, at=0, events=events)], until=0.9))) == fired


def test_relief_is_no_event_that_an_alert_could_stand_on() -> None:
    rules = alert_rules({"minimum_events": 2})
    told = report("a", deed(points=80), deed("v1", 1, "relief", "CONSULT"))
    assert alerts(judged(rules, [told], until=0.9)) == []


def silence(first: float, end: float) -> list[dict[str, Any]]:
    return [{"pairs": ["*"], "from": moment(first), "until": moment(end), "reason": "exercise"}]


@pytest.mark.parametrize(("end", "fires"), [(2, 2), (2.5, 3), (2.25, 3)])
def test_what_still_holds_when_a_silence_ends_fires_with_that_day(end: float, fires: float) -> None:
    rules = alert_rules(silences=silence(0, end))
    assert story_of(judged(rules, [crisis("a", 80, at=0.5)], until=3.5)) == [("firing", "high", moment(fires))]


def test_what_has_passed_when_a_silence_ends_does_not_fire() -> None:
    rules = alert_rules(silences=silence(0, 10))
    assert alerts(judged(rules, [crisis("a", 80, at=0.5)], until=12)) == []


def test_an_article_after_a_silence_fires_at_once() -> None:
    rules = alert_rules(silences=silence(0, 1.25))
    watch = judged(rules, [crisis("a", 80, at=0.5), crisis("b", 1, at=1.25)], until=1.5)
    assert story_of(watch) == [("firing", "high", moment(1.25))]


def test_an_alert_that_was_open_before_a_silence_ends_in_it() -> None:
    rules = alert_rules(silences=silence(0.75, 30))
    assert [each[0] for each in story_of(judged(rules, [crisis("a", 80, at=0.5)], until=20))] == ["firing", "resolved"]


def test_without_a_rule_a_pair_has_an_index_and_no_alerts() -> None:
    watch = PairWatch(("ARG", "CHL"), RULES)  # the rule's * are other countries
    add(watch, crisis("a", 500, at=0))
    watch.judge(start_of(DAY + 1))
    assert (watch.rows[DAY].index, watch.rows[DAY].level, watch.alerts) == (500, "calm", [])


@pytest.mark.parametrize(
    ("points", "level"), [(22.4, "calm"), (22.5, "elevated"), (44.9, "elevated"), (45, "high"), (90, "severe")]
)
def test_the_level_of_a_day(points: float, level: str) -> None:
    assert judged(RULES, [crisis("a", points, at=0)], until=0.5).rows[DAY].level == level


def test_while_an_episode_lasts_the_level_is_at_least_its_lowest() -> None:
    watch = judged(RULES, [crisis("a", 100, at=0)], until=30)
    levels = [watch.rows[day].level for day in watch.rows]
    assert levels[0] == "severe"
    assert set(levels[1:-1]) == {"high"}
    assert levels[-1] == "calm"


def test_the_evidence_is_what_weighs_most_and_the_strongest_report_of_it() -> None:
    text = "Missiles struck the harbour of Mariel and burned three warehouses, coastguards reported"
    told = [
        report("weak", deed("v1", 20, confidence=0.5), text=text),
        report("strong", deed("v2", 30, confidence=0.9), at=0.1, text=text),
        report("other", *(deed(f"v{n}", 10 + n, root=root) for n, root in enumerate(ROOTS[1:])), at=0.2),
    ]
    fired = alerts(judged(RULES, told, until=0.5))
    found = [(top.article_id, top.event_id, top.type) for top in fired[0].top_events]
    assert found == [("strong", "v2", "ASSAULT"), *(("other", f"v{n}", ROOTS[n + 1]) for n in (4, 3, 2, 1))]
    assert fired[0].top_events[0].evidence == "The sentence of v2."


def test_an_alert_is_what_the_schema_says() -> None:
    for alert in alerts(judged(RULES, [crisis("a", 100, at=0)], until=30)):
        assert EscalationAlert.model_validate_json(alert.model_dump_json(by_alias=True)) == alert


@pytest.mark.parametrize("year", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_no_trouble(year: str) -> None:
    at = day_of(milliseconds(parse_rfc3339(year))) - DAY
    watch = judged(RULES, [report("a", deed(points=80, day=DAY + at), at=at)], until=at + 30)
    assert [alert.state for alert in alerts(watch)] == ["firing", "resolved"]
    assert said(watch)[0][DAY + at].index == 80

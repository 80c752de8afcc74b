"""The arithmetic of the index: sources, stories, decay, relief, baseline and spread."""

import math
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.monitor.index import REPRINT_DAYS, hostile, usual
from service.monitor.report import Kind
from service.monitor.state import PairState
from service.monitor.watch import PairWatch
from tests.unit.monitor_cases import DAY, TEXTS, alert_rules, deed, judged, report

RULES = alert_rules()
HALF_LIFE = RULES.index.half_life_days


def state_of(watch: PairWatch) -> PairState:
    assert watch.state is not None
    return watch.state


def test_an_event_counts_its_points_times_its_confidence() -> None:
    watch = judged(RULES, [report("a", deed(points=22, confidence=0.75))], until=0.5)
    assert watch.rows[DAY].index == pytest.approx(22 * 0.75)


def test_threats_and_acts_are_told_apart_and_add_up() -> None:
    watch = judged(RULES, [report("a", deed(points=10), deed("v1", 4, "threat", "THREATEN"))], until=0.5)
    row = watch.rows[DAY]
    assert (row.act, row.threat, row.index) == (10, 4, 14)


def test_forty_desks_with_one_text_are_one_event_with_forty_sources() -> None:
    text = TEXTS[0]
    copies = [
        report(f"a{number}", deed(points=20, confidence=0.6), at=number / 100, text=f"{text}, said desk {number}")
        for number in range(40)
    ]
    state = state_of(judged(RULES, copies, until=0.9))
    (story,) = state.stories
    assert len(story.sources) == 40
    assert story.value == pytest.approx(20 * (1 - 0.4**40))
    assert state.index <= 20


def test_one_desk_that_repeats_itself_is_no_surer() -> None:
    told = [
        report(f"a{number}", deed(confidence=0.5), at=number / 100, source="wire", text=TEXTS[0]) for number in range(9)
    ]
    assert state_of(judged(RULES, told, until=0.9)).index == pytest.approx(20 * 0.5)


def test_a_second_source_makes_an_event_surer() -> None:
    told = [report("a", deed(confidence=0.5), text=TEXTS[0]), report("b", deed(confidence=0.6), at=0.1, text=TEXTS[0])]
    assert state_of(judged(RULES, told, until=0.9)).index == pytest.approx(20 * (1 - 0.5 * 0.4))


def test_two_deeds_of_one_kind_on_one_day_stay_two() -> None:
    told = [report("a", deed(), text=TEXTS[0]), report("b", deed(), at=0.1, text=TEXTS[1])]
    state = state_of(judged(RULES, told, until=0.9))
    assert len(state.stories) == 2
    assert state.index == pytest.approx(40)


def test_a_text_told_of_two_kinds_of_deed_is_two_events() -> None:
    told = [
        report("a", deed(root="ASSAULT"), text=TEXTS[0]),
        report("b", deed(root="COERCE"), at=0.1, text=TEXTS[0]),
        report("c", deed(root="COERCE", kind="threat"), at=0.2, text=TEXTS[0]),
    ]
    assert len(state_of(judged(RULES, told, until=0.9)).stories) == 3


def test_an_article_that_tells_of_its_event_twice_tells_of_one() -> None:
    told = report("a", deed("v0", points=5), deed("v1", points=20), deed("v2", points=10))
    assert state_of(judged(RULES, [told], until=0.5)).index == pytest.approx(20)


@pytest.mark.parametrize(("apart", "stories"), [(1, 1), (REPRINT_DAYS, 1), (REPRINT_DAYS + 1, 2)])
def test_a_reprint_that_dates_its_deed_some_days_later_is_the_same_event(apart: int, stories: int) -> None:
    told = [report("a", deed(), text=TEXTS[0]), report("b", deed(day=DAY + apart), at=apart, text=TEXTS[0])]
    assert len(state_of(judged(RULES, told, until=apart + 0.5)).stories) == stories


def test_what_a_reprint_adds_is_as_old_as_the_event() -> None:
    told = [
        report("a", deed(confidence=0.5), text=TEXTS[0]),
        report("b", deed(confidence=0.6, day=DAY + 2), at=2, text=TEXTS[0]),
    ]
    index = state_of(judged(RULES, told, until=2.5)).index
    assert index == pytest.approx(20 * (1 - 0.5 * 0.4) * 2 ** (-2 / HALF_LIFE))


def test_an_updated_report_of_another_day_is_an_event_of_its_own() -> None:
    told = [
        report("a", deed(), text=TEXTS[0]),
        report("b", deed(day=DAY + 1), at=1, text=TEXTS[0] + " as tugboats fought flames throughout Wednesday night"),
    ]
    assert len(state_of(judged(RULES, told, until=1.5)).stories) == 2


def test_the_index_falls_to_half_in_a_half_life() -> None:
    watch = judged(alert_rules(held_days=0), [report("a", deed(points=64))], until=5 * HALF_LIFE)
    state = state_of(watch)
    closed = state.closed
    assert closed[0] == 64
    for day in range(len(closed)):
        assert closed[day] == pytest.approx(64 * 2 ** (-day / HALF_LIFE))
    assert state.index == pytest.approx(2)


def test_the_index_ends_at_zero() -> None:
    state = state_of(judged(RULES, [report("a", deed(points=64))], until=20 * HALF_LIFE))
    assert (state.threat, state.act, state.stories, state.counts) == (0, 0, [], [])


@pytest.mark.parametrize("late", [0, 1, 3])
def test_a_deed_weighs_by_its_own_day_and_not_by_that_of_the_article(late: int) -> None:
    state = state_of(judged(RULES, [report("a", deed(points=16), at=late)], until=late + 0.5))
    assert state.index == pytest.approx(16 * 2 ** (-late / HALF_LIFE))


def test_relief_leaves_the_same_share_of_threat_and_act() -> None:
    told = [
        report("a", deed(points=30), deed("v1", 10, "threat", "THREATEN")),
        report("b", deed("v0", RULES.index.relief_halving, "relief", "CONSULT"), at=0.1),
    ]
    state = state_of(judged(RULES, told, until=0.5))
    assert state.act == pytest.approx(15)
    assert state.threat == pytest.approx(5)


def test_relief_is_not_stored_up() -> None:
    peace = report("peace", deed("v0", 500, "relief", "AGREE"))
    before, after = report("before", deed(points=12), at=0), report("after", deed(points=12), at=0.2)
    assert state_of(judged(RULES, [peace, after], until=0.5)).index == pytest.approx(12)
    assert state_of(judged(RULES, [before, report("peace", *peace.deeds, at=0.1)], until=0.5)).index < 0.01


def test_a_second_report_of_the_same_relief_does_not_relieve_twice() -> None:
    told = [
        report("a", deed(points=30)),
        report("b", deed("v0", RULES.index.relief_halving, "relief", "CONSULT"), at=0.1, text=TEXTS[3]),
        report("c", deed("v0", RULES.index.relief_halving, "relief", "CONSULT"), at=0.2, text=TEXTS[3]),
    ]
    assert state_of(judged(RULES, told, until=0.5)).index == pytest.approx(15)


kinds: st.SearchStrategy[Kind] = st.sampled_from(["threat", "act", "relief"])


@settings(deadline=None)  # a busy machine is no fault
@given(
    st.lists(
        st.tuples(kinds, st.floats(0, 60), st.floats(0, 1), st.integers(0, 30)),
        max_size=30,
    )
)
def test_the_index_is_never_negative_nor_more_than_all_hostile_points(
    told: list[tuple[Kind, float, float, int]],
) -> None:
    reports = [
        report(f"a{number}", deed("v0", points, kind, "ASSAULT", confidence, DAY + at), at=at, text=TEXTS[number % 5])
        for number, (kind, points, confidence, at) in enumerate(told)
    ]
    most = math.fsum(points for kind, points, _, _ in told if kind != "relief")
    for row in judged(RULES, reports, until=31).rows.values():
        assert row.threat >= 0
        assert row.act >= 0
        assert 0 <= row.index <= most + 0.011


def test_the_baseline_is_the_median_of_the_days_before_silence_included() -> None:
    assert usual([], RULES.index) == (0, RULES.index.spread_floor)
    lively = [30.0] * (RULES.index.baseline_days // 2 + 1)
    assert usual(lively, RULES.index)[0] == 30
    assert usual(lively[:-2], RULES.index)[0] == 0


def test_days_of_an_open_alert_stay_out_of_the_baseline_for_so_long() -> None:
    told = [report("before", deed(points=4)), report("a", deed(points=400, day=DAY + 1), at=1)]
    closed = state_of(judged(alert_rules(held_days=3), told, until=8)).closed
    peak = 400 + 4 * 2 ** (-1 / HALF_LIFE)
    assert closed == pytest.approx([4, *(peak * 2 ** (-day / HALF_LIFE) for day in range(3, 7))])


def test_the_spread_estimates_the_standard_deviation_of_normal_days() -> None:
    days = RULES.index.baseline_days
    normal = NormalDist(200, 25)
    closed = [normal.inv_cdf((rank + 0.5) / days) for rank in range(days)]
    baseline, spread = usual(closed, RULES.index)
    assert baseline == pytest.approx(200)
    assert spread == pytest.approx(25, rel=0.03)


def test_a_single_outburst_does_not_move_baseline_or_spread() -> None:
    quiet = [5.0] * RULES.index.baseline_days
    assert usual([*quiet[:-3], 400.0, 300.0, 200.0], RULES.index) == usual(quiet, RULES.index)


def test_hostile_leaves_out_what_relieves() -> None:
    told = report("a", deed(), deed("v1", 5, "relief", "CONSULT"), deed("v2", 5, "threat", "THREATEN"))
    assert [story.kind for story in hostile(state_of(judged(RULES, [told], until=0.5)))] == ["act", "threat"]


def test_of_several_events_that_are_equally_like_the_one_told_first_is_meant() -> None:
    told = [
        report("a", deed(day=DAY - 1), at=0.1, text=TEXTS[0]),
        report("b", deed(day=DAY - 1, root="COERCE"), at=0.2, text=TEXTS[0]),
        report("c", deed(day=DAY - 5), at=0.3, text=TEXTS[0]),
        report("d", deed(day=DAY - 3), at=0.4, text=TEXTS[0]),
    ]
    state = state_of(judged(RULES, told, until=0.9))
    assert [(story.day - DAY, sorted(story.sources)) for story in state.stories] == [
        (-1, ["desk of a", "desk of d"]),
        (-1, ["desk of b"]),
        (-5, ["desk of c"]),
    ]

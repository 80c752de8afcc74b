"""What a watch says depends on its reports and the horizon alone: not on order, repetition, steps or restarts."""

import random
import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.monitor.report import Deed, Report, report_key
from service.monitor.similarity import signature
from service.monitor.state import decode_state, encode
from service.monitor.times import DAY_MS, day_of, start_of
from service.monitor.watch import RESTARTS, PairWatch
from tests.unit.monitor_cases import DAY, HOUR, PAIR, TEXTS, add, alert_rules, deed, judged, report, said

SPAN = 24
"""Days over which the reports of an example lie."""
RULES = alert_rules(
    {
        "levels": {"elevated": {"index": 15, "zscore": 1}, "severe": {"index": 40, "zscore": 2}},
        "minimum_events": 2,
        "clear_days": 2,
    },
    [
        {"pairs": ["*"], "from": "2024-10-11T00:00:00Z", "until": "2024-10-13T12:00:00Z", "reason": "exercise"},
        {"pairs": ["*"], "from": "2024-10-20T06:00:00Z", "until": "2024-10-21T00:00:00Z", "reason": "exercise"},
    ],
    half_life_days=2,
    baseline_days=9,
    held_days=6,
    evidence_days=8,
    series_days=12,
    window_days=4,
)
"""Short spans, so that every example has days that are summed up, forgotten, silenced and quiet."""
ROOTS = ["ASSAULT", "COERCE", "MOBILIZE", "THREATEN", "SANCTION", "ACCUSE"]
SIGNATURES = [signature("", text) for text in TEXTS] + [b""]


PATIENT = settings(deadline=None, max_examples=60)
"""A busy machine is no fault."""


def reports_of(seed: int, count: int) -> list[Report]:
    """Reports with different ids in order of publication, some at midnight, some at one moment, some of old deeds."""
    chance = random.Random(seed)
    found = []
    for number, hour in enumerate(sorted(chance.randint(0, 24 * SPAN) for _ in range(count))):
        published = start_of(DAY) + hour * HOUR
        told = [
            Deed(
                event_id,
                chance.choice(["ASSAULT", "THREATEN", "CONSULT"]),
                chance.choice(["threat", "act", "act", "relief"]),
                chance.uniform(1, 40),
                chance.random(),
                day_of(published) - max(0, chance.randint(-6, 6)),
                event_id,
            )
            for event_id in ("v0", "v1", "v2")[: chance.randint(1, 3)]
        ]
        source = chance.choice(["wire", "desk", "gazette"])
        found.append(Report(f"article-{number}", source, published, chance.choice(SIGNATURES), told))
    return found


report_lists = st.builds(reports_of, st.integers(0, 2**32), st.integers(1, 30))
END = start_of(DAY + SPAN) + 7 * HOUR
horizon_lists = st.lists(st.integers(0, SPAN * 8).map(lambda part: start_of(DAY) + part * 3 * HOUR), max_size=20).map(
    sorted
)


def once(reports: list[Report]) -> PairWatch:
    watch = PairWatch(PAIR, RULES)
    add(watch, *reports)
    watch.judge(END)
    return watch


def same(one: PairWatch, other: PairWatch) -> None:
    assert said(one) == said(other)
    assert one.state is not None
    assert other.state is not None
    assert encode(one.state) == encode(other.state)


@PATIENT
@given(report_lists, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(reports: list[Report], chance: random.Random) -> None:
    shuffled = reports[:]
    chance.shuffle(shuffled)
    same(once(reports), once(shuffled))


@PATIENT
@given(report_lists, st.randoms(use_true_random=False))
def test_a_report_that_comes_twice_changes_nothing(reports: list[Report], chance: random.Random) -> None:
    doubled = reports + chance.choices(reports, k=10)
    chance.shuffle(doubled)
    same(once(reports), once(doubled))


@PATIENT
@given(report_lists, horizon_lists)
def test_to_judge_in_steps_is_to_judge_once(reports: list[Report], horizons: list[int]) -> None:
    watch = PairWatch(PAIR, RULES)
    waiting = reports[:]
    for horizon in [*horizons, END]:
        while waiting and waiting[0].published <= horizon:
            add(watch, waiting.pop(0))
        watch.judge(horizon)
    same(watch, once(reports))


@PATIENT
@given(report_lists, st.randoms(use_true_random=False))
def test_late_reports_count_as_if_they_had_been_in_time(reports: list[Report], chance: random.Random) -> None:
    late = {each.article_id: chance.choice([0, 0, 6, 60]) * HOUR for each in reports}
    watch, latest = PairWatch(PAIR, RULES), 0
    for each in sorted(reports, key=lambda told: told.published + late[told.article_id]):
        add(watch, each)
        latest = max(latest, each.published)
        if chance.random() < 0.7:
            watch.judge(latest)
    watch.judge(END)
    same(watch, once(reports))


@PATIENT
@given(report_lists, horizon_lists)
def test_a_process_that_starts_from_a_checkpoint_says_the_same(reports: list[Report], horizons: list[int]) -> None:
    running, kept = PairWatch(PAIR, RULES), {}
    checkpoints: list[bytes] = []
    waiting = reports[:]
    for horizon in [*horizons, END]:
        while waiting and waiting[0].published <= horizon:
            kept[waiting[0].article_id] = waiting[0]
            add(running, waiting.pop(0))
        running.judge(horizon)
        summed = running.checkpoint()
        if summed is None:
            continue
        checkpoint, keys = summed
        assert set(keys) <= {report_key(name) for name in kept}
        kept = {name: each for name, each in kept.items() if report_key(name) not in keys}
        running.restore(checkpoint)
        checkpoints.append(checkpoint)
        assert set(running.reports) == {report_key(name) for name in kept}
    whole = once(reports)
    since = running.first_day if running.first_day is not None else DAY
    assert said(running, since) == said(whole, since)
    assert said(running)[0] == said(whole)[0]

    fresh = PairWatch(PAIR, RULES)
    for checkpoint in checkpoints:
        fresh.restore(checkpoint)
    add(fresh, *kept.values())
    for moment in fresh.steps(END):
        fresh.judge(moment)
    assert said(fresh, since) == said(whole, since)
    assert said(fresh)[0] == said(whole)[0]
    for watch in (running, fresh):
        assert watch.state is not None
        assert whole.state is not None
        assert encode(watch.state) == encode(whole.state)


def test_a_report_of_days_that_are_summed_up_is_refused() -> None:
    watch = judged(RULES, [report("old", deed(), at=0), report("new", deed(day=DAY + 20), at=20)], until=20.5)
    summed = watch.checkpoint()
    assert summed is not None
    checkpoint, keys = summed
    assert keys == [report_key("old")]
    watch.restore(checkpoint)
    assert watch.first_day == DAY + 20 - RULES.index.evidence_days
    before = said(watch)
    assert add(watch, report("late", deed(points=500), at=11.9)) == ["late"]
    assert not watch.judge(start_of(DAY + 20))
    assert said(watch) == before
    assert add(watch, report("just in time", deed(day=DAY + 12), at=12)) == ["new"]


def test_a_report_published_at_midnight_is_told_once() -> None:
    reports = [report("old", deed(), at=0), report("midnight", deed(day=DAY + 2), at=2), report("last", at=10.2)]
    watch = judged(RULES, reports, until=10.5)
    summed = watch.checkpoint()
    assert summed is not None
    fresh = PairWatch(PAIR, RULES)
    fresh.restore(summed[0])
    assert fresh.first_day == DAY + 2
    add(fresh, *reports[1:])
    fresh.judge(start_of(DAY + 10) + 12 * HOUR)
    assert fresh.rows == watch.rows
    assert fresh.rows[DAY + 2].articles == 1


def test_an_older_checkpoint_does_not_undo_a_newer_one() -> None:
    reports = [report(str(number), deed(day=DAY + number), at=number) for number in range(30)]
    older, newer = (judged(RULES, reports, until=until).checkpoint() for until in (15, 25))
    assert older is not None
    assert newer is not None
    watch = PairWatch(PAIR, RULES)
    watch.restore(newer[0])
    watch.restore(older[0])
    assert watch.first_day == DAY + 25 - RULES.index.evidence_days


def test_nothing_is_summed_up_while_a_report_waits_to_be_judged() -> None:
    watch = judged(RULES, [report("old", deed(), at=0)], until=20)
    add(watch, report("unread", deed(), at=1))
    assert watch.checkpoint() is None


def test_an_article_that_comes_again_changed_counts_as_it_is_now() -> None:
    first = [report("a", deed(points=50), at=1), report("b", deed(points=5), at=2)]
    changed = report("a", deed(points=10, day=DAY + 3), at=3)
    watch = judged(RULES, first, until=4)
    assert add(watch, changed) == ["new"]
    watch.judge(start_of(DAY + 4))
    assert said(watch) == said(judged(RULES, [first[1], changed], until=4))


def test_an_article_that_moves_out_of_sight_takes_what_was_said_along() -> None:
    watch = judged(RULES, [report("a", deed(points=90), deed("v1", points=90, root="COERCE"), at=0)], until=9)
    assert watch.alerts
    assert watch.rows
    add(watch, report("a", deed(points=90, day=DAY + 30), at=30))
    assert watch.judge(start_of(DAY + 9))
    assert said(watch) == ({}, [])
    watch.judge(start_of(DAY + 31))
    assert list(watch.rows) == [DAY + 30]


def test_a_late_report_begins_its_day_anew() -> None:
    told = [report(str(at), deed(f"v{at}", points=9, root=root), at=at / 10) for at, root in enumerate(ROOTS)]
    watch = PairWatch(PAIR, RULES)
    for at in (0, 2, 3, 5):
        add(watch, told[at])
        watch.judge(start_of(DAY) + at * DAY_MS // 10)
    add(watch, told[1], told[4])
    watch.judge(start_of(DAY + 1))
    once_told = judged(RULES, told, until=1)
    same(watch, once_told)
    assert once_told.rows[DAY].articles == len(told)


def test_reports_published_after_the_horizon_wait() -> None:
    watch = judged(RULES, [report("a", deed(), at=1)], until=0.5)
    assert (watch.waiting, watch.rows, watch.state) == (True, {}, None)
    assert watch.judge(start_of(DAY + 1))
    assert not watch.waiting
    assert list(watch.rows) == [DAY + 1]


def test_a_horizon_does_not_go_back() -> None:
    watch = judged(RULES, [report("a", deed(), at=1)], until=2)
    assert not watch.judge(start_of(DAY))
    assert list(watch.rows) == [DAY + 1]


@pytest.mark.parametrize("half_life", [4, 365])
def test_decades_of_silence_are_quick(half_life: int) -> None:
    rules = alert_rules(half_life_days=half_life)
    later = 64 * 366
    reports = [report("then", deed(), at=0), report("now", deed(day=DAY + later), at=later)]
    started = time.process_time()
    watch = judged(rules, reports, until=later)
    assert time.process_time() - started < 1
    assert watch.rows[DAY + later].index == pytest.approx(20, abs=0.01)


def test_what_is_kept_does_not_grow_with_time() -> None:
    watch = PairWatch(PAIR, RULES)
    for day in range(0, 200, 5):  # often idle for so long that days are passed over
        add(watch, report(str(day), deed(points=0.001, day=DAY + day), at=day))
        watch.judge(start_of(DAY + day))
        summed = watch.checkpoint()
        if summed is not None:
            watch.restore(summed[0])
    assert len(watch.rows) <= RULES.index.series_days + 1
    assert len(watch.reports) <= RULES.index.evidence_days
    assert len(watch._starts) <= RESTARTS
    assert len(watch._days) <= RULES.index.evidence_days


def test_a_pair_is_forgotten_when_nothing_of_it_can_be_seen_any_more() -> None:
    watch = judged(RULES, [report("a", deed(), at=0)], until=0)
    day = 0
    while not watch.forgotten:
        day += 1
        watch.judge(start_of(DAY + day))
        summed = watch.checkpoint()
        if summed is not None:
            watch.restore(summed[0])
    assert watch.state is not None
    assert watch.state.index == 0
    assert not any(watch.state.closed)
    assert day > RULES.index.series_days


def test_the_open_alerts_are_those_that_were_said_and_survive_what_is_summed_up() -> None:
    told = [report(f"{day}", deed(f"v{day}", points=60, day=DAY + day), at=day) for day in range(20)]
    watch = judged(alert_rules({"clear": 0.01}, evidence_days=8), told, until=19.5)
    fired = {alert.level: alert for _, alert in watch.alerts}
    assert watch.open_alerts() == fired
    summed = watch.checkpoint()
    assert summed is not None
    watch.restore(summed[0])
    assert watch.alerts == []
    assert {level: alert.alert_id for level, alert in watch.open_alerts().items()} == {
        level: alert.alert_id for level, alert in fired.items()
    }


def test_a_pair_whose_first_article_comes_again_with_a_later_date_was_not_heard_of_before() -> None:
    told = [report("a", deed(points=60), at=0), report("b", deed(points=5, day=DAY + 9), at=9)]
    watch = judged(RULES, told, until=9.5)
    assert watch.rows[DAY].articles == 1
    moved = report("a", deed(points=60, day=DAY + 8), at=8)
    add(watch, moved)
    watch.judge(start_of(DAY + 9) + 12 * HOUR)
    assert said(watch) == said(judged(RULES, [moved, told[1]], until=9.5))


@pytest.mark.parametrize("ruled", [True, False])
def test_a_level_that_no_rule_has_any_more_ends_although_a_checkpoint_holds_it(ruled: bool) -> None:
    told = [report(f"{day}", deed(f"v{day}", points=60, day=DAY + day), at=day) for day in range(20)]
    before = judged(alert_rules({"clear": 0.01}, evidence_days=8), told, until=19.5)
    summed = before.checkpoint()
    assert summed is not None
    assert list(before.open_alerts()) == ["high", "severe"]
    fewer = alert_rules({"clear": 0.01, "levels": {"high": {"index": 45, "zscore": 3}}}, evidence_days=8)
    if not ruled:
        fewer.rule_for = lambda pair: None  # type: ignore[method-assign]
    after = PairWatch(PAIR, fewer)
    after.restore(summed[0])
    add(after, *told)
    after.judge(start_of(DAY + 19) + 12 * HOUR)
    assert list(after.open_alerts()) == (["high"] if ruled else [])


def test_a_state_that_was_written_before_alerts_could_hold_is_read() -> None:
    watch = once(reports_of(7, 20))
    assert watch.state is not None
    *before, _ = msgspec.msgpack.decode(encode(watch.state))
    old = decode_state(msgspec.msgpack.encode(before))
    assert (old.closed, old.fired, old.below) == (watch.state.closed, watch.state.fired, 0)

"""The pairs of one partition: from the first stage and from the changelog comes the same, and old days are summed up in order."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.monitor.clocks import Clocks
from service.monitor.report import Report, encode, report_key
from service.monitor.shard import Shard
from service.monitor.state import decode_checkpoint
from service.monitor.times import DAY_MS, start_of
from service.monitor.wire import Clock, Told, pair_name, parse_state_key, state_key
from service.monitor.wire import encode as encode_wire
from tests.unit.monitor_cases import DAY, PAIR, alert_rules, deed, report, said

NAME = pair_name(PAIR)
RULES = alert_rules(window_days=2, evidence_days=5, series_days=20)
REPORTS = [report(f"a{number}", deed(f"v{number}", 30, day=DAY + number), at=number + 0.5) for number in range(8)]

Record = tuple[bytes, bytes | None]


def told(each: Report, pair: str = NAME) -> Told:
    return Told(pair, report_key(each.article_id), encode(each))


def record(each: Report) -> Record:
    return state_key("report", NAME, report_key(each.article_id)), encode(each)


def clock(at: float, partition: int = 0, idle: bool = False) -> Clock:
    """``at`` so many days after the first day began."""
    return Clock(partition, start_of(DAY) + round(at * DAY_MS), idle)


def shard(reports: Iterable[Report] = (), at: float | None = None) -> Shard:
    """One that was told of reports and of the time."""
    made = Shard(RULES, Clocks(1, 60.0))
    for each in reports:
        made.take(told(each))
    if at is not None:
        made.tell(clock(at))
    return made


def judge(each: Shard) -> list[Record]:
    """Judge all that changed, and give what is to be written."""
    horizon = each.begin(0.0)
    assert horizon is not None
    written: list[Record] = []
    for pair in sorted(each.changed):
        each.watches[pair].judge(horizon)
        written += each.settle(each.watches[pair])
    return written


def restored(records: Iterable[Record]) -> Shard:
    made = Shard(RULES, Clocks(1, 60.0))
    for key, value in records:
        made.apply(key, value)
    return made


@given(st.permutations(REPORTS))
def test_what_comes_from_the_changelog_is_what_came_from_the_first_stage(order: list[Report]) -> None:
    heard = shard(REPORTS[::-1], at=4)
    back = restored([(state_key("clock", "0"), encode_wire(clock(4))), *(record(each) for each in order)])
    judge(heard)
    judge(back)
    assert heard.watches.keys() == back.watches.keys() == {PAIR}
    assert said(heard.watches[PAIR]) == said(back.watches[PAIR])
    assert heard.clocks.times == back.clocks.times


def test_a_report_is_new_once_then_known_and_too_late_for_days_that_are_summed_up() -> None:
    each = shard()
    assert [each.take(told(REPORTS[0])) for _ in range(2)] == ["new", "known"]
    for later in REPORTS[1:]:
        each.take(told(later))
    each.tell(clock(7.5))
    judge(each)
    assert each.take(told(REPORTS[0])) == "late"
    assert each.take(told(report("b", deed(), at=1.2))) == "late"
    assert each.take(told(report("c", deed(), at=2.2))) == "new"


def test_a_pair_changes_by_what_is_new_and_with_each_day() -> None:
    each = shard(REPORTS[:2], at=1.5)
    each.begin(0.0)
    assert each.changed == {PAIR}
    each.changed.clear()
    each.take(told(REPORTS[0]))
    each.tell(clock(1.9))
    each.begin(1.0)
    assert not each.changed
    each.tell(clock(2.0))
    each.begin(2.0)
    assert each.changed == {PAIR}


def test_old_days_become_a_checkpoint_then_their_records_go_and_the_horizon_is_the_last() -> None:
    written = judge(shard(REPORTS, at=7.5))
    kinds = [parse_state_key(key)[0] for key, _ in written]
    assert kinds == ["checkpoint", "report", "report", "horizon"]
    (key, value), *gone, (last, closing) = written
    assert key == state_key("checkpoint", NAME, str(DAY + 2))
    assert value is not None
    assert decode_checkpoint(value).state.day == DAY + 2
    assert set(gone) == {(record(each)[0], None) for each in REPORTS[:2]}
    assert last == state_key("horizon")
    assert closing == str(clock(7.5).time).encode()


def test_the_next_checkpoint_replaces_the_one_before() -> None:
    each = shard(REPORTS, at=6.5)
    before = judge(each)[0][0]
    each.tell(clock(7.5))
    written = judge(each)
    assert [parse_state_key(key)[0] for key, _ in written] == ["checkpoint", "report", "checkpoint", "horizon"]
    assert written[2] == (before, None)
    each.tell(clock(8.5))
    again = judge(each)
    assert (written[0][0], None) in again, "also after it was replaced"


def test_nothing_is_settled_twice_on_a_day() -> None:
    each = shard(REPORTS, at=7.5)
    judge(each)
    assert list(each.settle(each.watches[PAIR])) == []


@pytest.mark.parametrize("lost", range(5))
def test_a_death_between_two_records_of_a_settlement_loses_nothing(lost: int) -> None:
    """Whatever part of the settlement reached the changelog, what is said afterwards of the days that count is the same."""
    each = shard(REPORTS, at=7.5)
    log = [*(record(one) for one in REPORTS), (state_key("clock", "0"), encode_wire(clock(7.5)))]
    written = judge(each)
    assert len(written) == 4
    changelog = dict(log)
    for key, value in written[:lost]:
        if value is None:
            del changelog[key]
        else:
            changelog[key] = value
    back = restored(changelog.items())
    judge(back)
    assert back.watches[PAIR].rows == each.watches[PAIR].rows
    since = DAY + 2  # alerts before the checkpoint are gone with it
    assert said(back.watches[PAIR], since) == said(each.watches[PAIR], since)


def test_after_a_restart_the_old_checkpoint_is_still_replaced() -> None:
    before = judge(shard(REPORTS, at=6.5))
    back = restored([(before[0][0], before[0][1]), *(record(each) for each in REPORTS[1:])])
    back.tell(clock(7.5))
    assert (before[0][0], None) in judge(back)


def test_a_pair_of_which_nothing_is_known_any_more_is_forgotten() -> None:
    each = shard(REPORTS[:1], at=1)
    judge(each)
    each.tell(clock(7))
    (key, _), *_ = judge(each)
    each.tell(clock(500))
    written = judge(each)
    assert written[0] == (key, None)
    assert [parse_state_key(key)[0] for key, _ in written] == ["checkpoint", "horizon"]
    assert not each.watches
    assert not each.changed
    each.tell(clock(501))
    assert judge(each) == []


def test_a_deletion_in_the_changelog_needs_nothing() -> None:
    back = restored([record(REPORTS[0]), (record(REPORTS[0])[0], None)])
    assert len(back.watches[PAIR].reports) == 1


def test_pairs_are_kept_apart() -> None:
    each = shard(REPORTS[:1], at=1)
    each.take(told(REPORTS[1], "IRN-ISR"))
    assert {pair: len(watch.reports) for pair, watch in each.watches.items()} == {PAIR: 1, ("IRN", "ISR"): 1}


@pytest.mark.parametrize("key", [b"report|USA-CUB|0a", b"report|CUB|0a", b"\xff"])
def test_a_record_of_no_pair_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match=r"is no pair|decode"):
        Shard(RULES, Clocks(1, 60.0)).apply(key, encode(REPORTS[0]))

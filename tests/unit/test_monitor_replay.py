"""The reducer without Kafka."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from service.monitor.reading import Read
from service.monitor.replay import Replay
from service.monitor.report import Report
from service.monitor.rules import Pair
from service.monitor.times import date_of
from tests.unit.monitor_cases import DAY, PAIR, alert_rules, deed, report

RULES = alert_rules(series_days=30)
OTHER: Pair = ("IRN", "ISR")


def read(each: Report, *pairs: Pair) -> Read:
    return Read(each.article_id, each.published, dict.fromkeys(pairs, each))


def told(at: float, points: float = 20) -> Report:
    return report(f"at {at}", deed("v0", points, day=DAY + int(at)), at=at)


READS = [
    read(told(0, 100), PAIR, OTHER),
    read(told(0.5), OTHER),
    read(told(2), PAIR),
    read(told(50, 60), PAIR),
    read(report("of nobody", at=80)),
]


def lines(reads: list[Read]) -> list[tuple[object, ...]]:
    replay = Replay(RULES)
    for each in reads:
        replay.add(each)
    return [(pair, row, tuple(alert.model_dump_json() for alert in alerts)) for pair, row, alerts in replay.lines()]


def test_without_articles_there_is_nothing() -> None:
    assert lines([]) == []


@settings(deadline=None)  # a busy machine is no fault
@given(st.permutations(READS + READS[:2]))
def test_articles_may_come_in_any_order_and_twice(reads: list[Read]) -> None:
    assert lines(reads) == lines(READS)


def test_lines_come_by_day_and_pair_with_all_days_however_long_ago() -> None:
    replay = Replay(RULES)
    for each in READS:
        replay.add(each)
    found = [(row.day, pair) for pair, row, _ in replay.lines()]
    assert found == sorted(found)
    assert found[:2] == [(DAY, PAIR), (DAY, OTHER)]
    assert (DAY + 50, PAIR) in found


def test_alerts_come_with_their_day_and_each_firing_before_its_end() -> None:
    replay = Replay(RULES)
    for each in READS:
        replay.add(each)
    by_id: dict[str, list[str]] = {}
    for _, row, alerts in replay.lines():
        for alert in alerts:
            by_id.setdefault(alert.alert_id, []).append(alert.state)
            moment = row.day if alert.state == "firing" else row.day + 1
            assert alert.updated_at.startswith(date_of(moment))
    assert list(by_id.values()) == [["firing", "resolved"]] * 5


def test_time_passes_with_articles_that_say_nothing_of_any_pair() -> None:
    replay = Replay(RULES)
    replay.add(READS[0])
    open_alerts = [alert.state for _, _, alerts in replay.lines() for alert in alerts]
    assert set(open_alerts) == {"firing"}
    replay.add(read(report("of nobody", at=40)))
    ended = [alert.state for _, _, alerts in replay.lines() for alert in alerts]
    assert sorted(ended) == sorted(open_alerts + ["resolved"] * len(open_alerts))
    assert all(before.day + 1 == after.day for before, after in pairwise(replay.watches[PAIR].rows.values()))

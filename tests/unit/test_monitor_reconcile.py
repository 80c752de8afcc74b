"""What is missing on the alert topic, given the judgement and what is out."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from service.messages.alert import EscalationAlert
from service.monitor.ledger import PairAlerts
from service.monitor.reconcile import to_publish
from service.monitor.times import DAY_MS, rfc3339, start_of
from service.monitor.watch import PairWatch
from tests.unit.monitor_cases import DAY, PAIR, add, alert_rules, deed, report

RULES = alert_rules({"levels": {"high": {"index": 30, "zscore": 3}, "severe": {"index": 60, "zscore": 5}}})


class Case:
    """A pair under watch and its alerts on the topic."""

    def __init__(self) -> None:
        self.watch = PairWatch(PAIR, RULES)
        self.out = PairAlerts()
        self.topic: list[EscalationAlert] = []

    def tell(self, name: str, points: float, at: float) -> None:
        add(self.watch, report(name, deed(f"of {name}", points, day=DAY + int(at)), at=at))

    def publish(self, until: float) -> list[EscalationAlert]:
        """Judge, and write what is missing."""
        self.watch.judge(moment(until))
        new = missing(self.watch, self.out, moment(until))
        for alert in new:
            self.out.note(alert)
        self.topic += new
        return new


def moment(at: float) -> int:
    return start_of(DAY) + round(at * DAY_MS)


def missing(watch: PairWatch, out: PairAlerts, horizon: int) -> list[EscalationAlert]:
    return to_publish([alert for _, alert in watch.alerts], watch.open_alerts(), out.last, out.open, horizon)


def states(alerts: Iterable[EscalationAlert]) -> list[tuple[str, str]]:
    return [(alert.state, alert.level) for alert in alerts]


def test_a_history_that_only_grows_is_published_as_it_grows() -> None:
    case = Case()
    case.tell("a", 40, at=0.5)
    assert states(case.publish(until=1)) == [("firing", "high")]
    case.tell("b", 50, at=1.5)
    assert states(case.publish(until=2)) == [("firing", "severe")]
    assert case.publish(until=2.5) == []
    assert states(case.publish(until=30)) == [("resolved", "high"), ("resolved", "severe")]
    case.tell("c", 40, at=31.5)
    assert states(case.publish(until=32)) == [("firing", "high")]
    assert case.topic == [alert for _, alert in case.watch.alerts]


REPORTS = [("a", 40, 0.5), ("b", 50, 1.5), ("c", 35, 20.5), ("d", 90, 60.2), ("e", 20, 61.1)]
LOOKS = st.lists(st.floats(0, 100), max_size=12).map(sorted)


@given(LOOKS)
def test_however_often_it_is_looked_the_topic_has_each_alert_once_and_all_in_the_end(looks: list[float]) -> None:
    case, told = Case(), list(REPORTS)
    for look in [*looks, 100.0]:
        while told and told[0][2] <= look:
            case.tell(*told.pop(0))
        case.publish(look)
    assert case.topic == [alert for _, alert in case.watch.alerts]
    assert len({(alert.alert_id, alert.state) for alert in case.topic}) == len(case.topic)


def test_who_reads_the_topic_anew_publishes_nothing_again() -> None:
    case = Case()
    for each in REPORTS[:2]:
        case.tell(*each)
    case.publish(until=3)
    read = PairAlerts()
    for alert in case.topic:
        read.note(alert)
    assert missing(case.watch, read, moment(3)) == []


def test_a_level_that_is_out_stays_out_under_its_identity_when_history_is_rewritten() -> None:
    case = Case()
    case.tell("a", 32, at=5.5)
    (first,) = case.publish(until=6)
    case.tell("late", 31, at=3.5)  # by what came late it should have begun two days before
    assert case.publish(until=6.2) == []
    (rewritten,) = [alert for _, alert in case.watch.alerts if alert.level == "high"]
    assert rewritten.alert_id != first.alert_id
    assert case.publish(until=6.5) == [], "and not at the next look, either"


def test_the_end_has_the_figures_of_the_judgement_and_the_identity_that_is_out() -> None:
    case = Case()
    case.tell("a", 32, at=5.5)
    (first,) = case.publish(until=6)
    case.tell("late", 31, at=3.5)
    case.publish(until=6.2)
    ended = case.publish(until=30)
    (end,) = [alert for alert in ended if alert.level == "high"]
    (judged,) = [alert for _, alert in case.watch.alerts if (alert.state, alert.level) == ("resolved", "high")]
    assert (end.alert_id, end.started_at, end.window) == (first.alert_id, first.started_at, first.window)
    assert (end.index, end.updated_at) == (judged.index, judged.updated_at)
    assert not case.out.open
    assert case.publish(until=31) == []


def test_levels_above_what_is_out_are_added_when_history_is_rewritten_and_those_below_are_implied() -> None:
    case = Case()
    case.tell("a", 40, at=5.5)
    case.publish(until=6)
    case.tell("late", 60, at=4.5)
    assert states(case.publish(until=6.2)) == [("firing", "severe")]

    severe = Case()
    severe.tell("a", 90, at=5.5)
    severe.publish(until=6)
    del severe.out.open["high"]
    severe.tell("late", 10, at=4.5)
    assert severe.publish(until=6.2) == [], "who was told of severe needs not be told of high"


def test_an_alert_that_the_judgement_takes_back_is_resolved_at_the_horizon() -> None:
    """Its only article came again, much weaker."""
    case = Case()
    case.tell("a", 40, at=5.5)
    (first,) = case.publish(until=6)
    case.tell("a", 1, at=5.5)
    (end,) = case.publish(until=6.5)
    assert end == first.model_copy(update={"state": "resolved", "updated_at": rfc3339(moment(6.5))})
    assert case.publish(until=7) == []
    case.tell("b", 50, at=8.5)
    assert states(case.publish(until=9)) == [("firing", "high")]


def test_history_before_a_checkpoint_is_neither_repeated_nor_missed() -> None:
    case = Case()
    case.tell("a", 40, at=0.5)
    case.publish(until=40)
    summed = case.watch.checkpoint()
    assert summed is not None
    case.watch.restore(summed[0])
    assert not case.watch.alerts
    assert case.publish(until=41) == []
    case.tell("c", 40, at=42.5)
    assert states(case.publish(until=43)) == [("firing", "high")]


def test_with_an_empty_topic_the_whole_history_is_missing() -> None:
    case = Case()
    for each in REPORTS:
        case.tell(*each)
    assert case.publish(until=100) == [alert for _, alert in case.watch.alerts]


def test_a_level_that_no_rule_has_any_more_is_resolved() -> None:
    """The topic may have been written under other rules."""
    case = Case()
    case.tell("a", 40, at=5.5)
    (first,) = case.publish(until=6)
    case.out.note(first.model_copy(update={"level": "elevated", "alert_id": "f" * 32}))
    ended = case.publish(until=6.5)
    assert [(alert.alert_id, alert.state) for alert in ended] == [("f" * 32, "resolved")]


@given(
    st.permutations(
        [("a", 40, 0.5), ("b", 50, 1.5), ("c", 35, 3.5), ("d", 90, 12.2), ("e", 70, 13.1), ("f", 40, 25.0)]
    ),
    st.lists(st.floats(0, 40), min_size=6, max_size=6).map(sorted),
)
def test_whatever_comes_late_nothing_ends_that_was_not_out_and_the_end_is_right(
    told: list[tuple[str, float, float]], looks: list[float]
) -> None:
    case = Case()
    firing: dict[str, str] = {}
    for (name, points, at), look in zip(told, looks, strict=True):
        case.tell(name, points, at)
        for alert in case.publish(look):
            if alert.state == "firing":
                assert alert.level not in firing
                firing[alert.level] = alert.alert_id
            else:
                assert firing.pop(alert.level) == alert.alert_id
        assert firing.keys() == case.watch.open_alerts().keys()

"""Up to which moment is judged while input partitions are read at different speed."""

from service.monitor.clocks import Clocks
from service.monitor.wire import Clock

HOLD_S = 60.0


def clocks(*told: tuple[int, int | None, bool], partitions: int = 2) -> Clocks:
    """Partition, latest publication, and whether it is idle."""
    made = Clocks(partitions, HOLD_S)
    for each in told:
        made.tell(Clock(*each))
    return made


def test_nothing_is_judged_before_an_article_was_read() -> None:
    assert clocks().horizon(0.0) is None
    assert clocks((0, None, True), (1, None, True)).horizon(0.0) is None


def test_the_slowest_partition_that_is_being_read_says_how_far() -> None:
    assert clocks((0, 500, False), (1, 200, False)).horizon(0.0) == 200


def test_one_that_was_read_to_its_end_waits_for_nobody() -> None:
    assert clocks((0, 500, False), (1, 200, True)).horizon(0.0) == 500
    assert clocks((0, 500, True), (1, 200, True)).horizon(0.0) == 500, "the latest when all are idle"


def test_one_that_is_being_read_and_brought_nothing_yet_holds_all() -> None:
    assert clocks((0, 500, False), (1, None, False)).horizon(0.0) is None
    assert clocks((0, 500, False), (1, None, True)).horizon(0.0) == 500


def test_one_that_was_never_heard_of_holds_all() -> None:
    held = clocks((0, 500, True))
    assert held.horizon(0.0) is None
    held.tell(Clock(1, None, True))
    assert held.horizon(1.0) == 500


def test_what_holds_is_lifted_after_a_while() -> None:
    held = clocks((0, 500, False))
    assert held.horizon(100.0) is None
    assert held.horizon(100.0 + HOLD_S - 0.1) is None
    assert held.horizon(100.0 + HOLD_S) == 500
    held.tell(Clock(0, 900, False))
    assert held.horizon(100.0 + HOLD_S + 1) == 500, "the wait for what came later begins anew"
    assert held.horizon(101.0 + 2 * HOLD_S) == 900


def test_as_long_as_the_slow_one_moves_it_is_waited_for() -> None:
    slow = clocks((0, 5000, False), (1, 100, False))
    for step in range(10):
        slow.tell(Clock(1, 100 + step, False))
        assert slow.horizon(step * HOLD_S * 0.9) == 100 + step


def test_the_wait_counts_from_when_there_was_something_to_wait_for() -> None:
    even = clocks((0, 500, False), (1, 500, False))
    assert even.horizon(0.0) == 500
    assert even.horizon(10 * HOLD_S) == 500
    even.tell(Clock(0, 900, False))
    assert even.horizon(10 * HOLD_S + 1) == 500
    assert even.horizon(11 * HOLD_S) == 900


def test_time_never_goes_back() -> None:
    moved = clocks((0, 500, True), (1, 400, True))
    assert moved.horizon(0.0) == 500
    moved.tell(Clock(0, 300, True))
    moved.tell(Clock(1, 450, False))
    assert moved.times == {0: 500, 1: 450}
    assert moved.horizon(1.0) == 500
    moved.tell(Clock(1, None, False))
    assert moved.times == {0: 500, 1: 450}
    assert moved.reached == 500


def test_the_latest_publication_is_known_before_it_is_judged() -> None:
    assert clocks().latest == 0
    assert clocks((0, 500, False), (1, 200, False)).latest == 500


def test_a_horizon_that_was_restored_does_not_go_back() -> None:
    made = clocks((0, 200, False), (1, 700, False))
    made.restore(500)
    assert made.horizon(0.0) == 500
    made.restore(400)
    made.tell(Clock(0, 600, False))
    assert made.horizon(1.0) == 600


def test_a_moment_counts_when_it_was_safe_for_a_while() -> None:
    made = Clocks(2, HOLD_S, confirm_s=2.0)
    made.tell(Clock(0, 100, True))
    made.tell(Clock(1, 50, True))
    assert made.horizon(0.0) is None
    assert made.horizon(1.9) is None
    assert made.horizon(2.0) == 100
    made.tell(Clock(0, 300, False))
    assert made.horizon(2.5) == 100
    made.tell(Clock(1, 50, False))  # heard of a moment later: it is at work, too, and has not got as far
    assert [made.horizon(now) for now in (3.0, 4.6, 9.0)] == [100, 100, 100]
    made.tell(Clock(1, 250, False))
    assert [made.horizon(now) for now in (9.5, 11.0, 11.5)] == [100, 100, 250]

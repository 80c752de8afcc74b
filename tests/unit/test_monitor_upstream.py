"""Which input partitions the worker has not finished."""

from service.monitor.upstream import UNMOVED_S, Upstream
from service.settings import load_settings


class Case:
    def __init__(self) -> None:
        self.now = 0.0
        self.upstream = Upstream(load_settings(environ={}), 3, clock=lambda: self.now)

    def look(self, committed: dict[int, int], ends: dict[int, int]) -> set[int]:
        self.upstream.note(committed, ends)
        return set(self.upstream.unfinished)


def test_what_the_worker_has_not_committed_is_unfinished() -> None:
    assert Case().look({0: 5, 1: 7}, {0: 9, 1: 7, 2: 3}) == {0, 2}


def test_a_worker_that_has_committed_nothing_yet_is_waited_for_and_one_that_never_does_is_not() -> None:
    case = Case()
    assert case.look({}, {0: 9, 1: 0}) == {0}
    case.now = UNMOVED_S
    assert case.look({}, {0: 9, 1: 0}) == set()


def test_offsets_that_stand_still_are_given_up_until_they_move() -> None:
    case = Case()
    assert case.look({0: 5}, {0: 9}) == {0}
    case.now = UNMOVED_S - 1
    assert case.look({0: 5}, {0: 9}) == {0}
    case.now = UNMOVED_S
    assert case.look({0: 5}, {0: 9}) == set()
    assert case.look({0: 6}, {0: 9}) == {0}
    case.now += UNMOVED_S
    assert case.look({0: 6}, {0: 9}) == set()
    assert case.look({0: 6}, {0: 12}) == {0}


def test_looks_that_fail_change_nothing_for_a_while() -> None:
    case = Case()
    case.look({0: 5, 1: 7}, {0: 9, 1: 7})
    case.now = UNMOVED_S - 1
    case.upstream.missed()
    assert set(case.upstream.unfinished) == {0}
    case.now = UNMOVED_S
    case.upstream.missed()
    assert not case.upstream.unfinished, "who may not see the worker's offsets does not wait for ever"


def test_a_first_look_that_fails_finishes_nothing() -> None:
    case = Case()
    case.upstream.missed()
    assert set(case.upstream.unfinished) == {0, 1, 2}


def test_before_the_first_look_nothing_is_finished() -> None:
    assert set(Case().upstream.unfinished) == {0, 1, 2}

"""However fetches, drops and seeks follow each other, what is handed on has no hole behind the committed offset."""

from dataclasses import dataclass, field

import pytest
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from service.monitor.unbroken import Unbroken

HERE = TP("articles.enriched", 0)
THERE = TP("articles.enriched", 1)


def sought(*partitions: TP, at: int = 0) -> Unbroken:
    made = Unbroken()
    made.seek_begins()
    made.seek_ended(dict.fromkeys(partitions or (HERE,), at))
    return made


def hand_on(unbroken: Unbroken, begin: int | None, end: int | None, count: int) -> bool:
    """A batch whose last record lies right before its end, handed on whole when it is accepted."""
    if not unbroken.accepts(HERE, begin, end, end - 1 if end is not None and count else None, count):
        return False
    for _ in range(count):
        unbroken.handed(HERE)
    return True


def test_batches_that_follow_each_other_count() -> None:
    unbroken = sought(at=7)
    assert hand_on(unbroken, 7, 10, 3)
    assert hand_on(unbroken, 10, 11, 0), "a marker that was read without any record"
    assert hand_on(unbroken, 11, 13, 2)
    assert not unbroken.broken([HERE])


def test_before_the_first_seek_nothing_counts() -> None:
    unbroken = Unbroken()
    assert unbroken.broken([HERE])
    assert not hand_on(unbroken, 0, 3, 3)


def test_behind_a_batch_whose_rest_was_dropped_nothing_counts_until_there_was_a_seek() -> None:
    unbroken = sought()
    assert unbroken.accepts(HERE, 0, 5, 4, 5)
    unbroken.handed(HERE)
    assert unbroken.holds(HERE), "it is under way"
    assert unbroken.broken([HERE]), "and when the next batch is asked for, the rest is lost"
    assert not hand_on(unbroken, 5, 9, 4)
    assert not hand_on(unbroken, 9, 9, 0)
    assert unbroken.broken([HERE])
    unbroken.seek_begins()
    unbroken.seek_ended({HERE: 1})
    assert hand_on(unbroken, 1, 5, 4)


@pytest.mark.parametrize("handed_on", [0, 3])
def test_a_batch_that_was_lost_on_its_way_to_us_is_missed(handed_on: int) -> None:
    unbroken = sought()
    if handed_on:
        assert hand_on(unbroken, 0, handed_on, handed_on)
    assert not hand_on(unbroken, 6, 9, 3)
    assert unbroken.broken([HERE])
    assert not unbroken.holds(HERE)


@pytest.mark.parametrize("position", [(None, 4), (3, None)])
def test_an_unknown_position_does_not_count_as_the_next(position: tuple[int | None, int | None]) -> None:
    unbroken = sought()
    assert hand_on(unbroken, 0, 3, 3)
    hand_on(unbroken, *position, 1)
    assert unbroken.broken([HERE])


def test_during_a_seek_nothing_counts() -> None:
    unbroken = sought()
    before = unbroken.seeks
    unbroken.seek_begins()
    assert unbroken.seeks != before
    assert not hand_on(unbroken, 0, 3, 3)
    between = unbroken.seeks
    unbroken.seek_ended({HERE: 0})
    assert unbroken.seeks != between
    assert hand_on(unbroken, 0, 3, 3)


def test_partitions_are_told_apart() -> None:
    unbroken = sought(HERE, THERE)
    assert hand_on(unbroken, 0, 3, 3)
    assert unbroken.accepts(THERE, 0, 5, 4, 5)
    assert not unbroken.broken([HERE])
    assert unbroken.broken([HERE, THERE])


@dataclass
class Partition:
    """A reader of one partition as Faust is: some records are handed on, some are dropped, some fetches come late."""

    unbroken: Unbroken = field(default_factory=sought)
    position: int = 0
    committed: int = 0
    """Everything before it was handed on."""

    def fetch(self, records: int, markers: int, dropped: int, lost: bool) -> None:
        begin, first, self.position = self.position, self.position, self.position + records + markers
        if lost:
            return
        last = first + records - 1 if records else None
        if self.unbroken.accepts(HERE, begin, self.position, last, records):
            for number in range(records - min(dropped, records)):
                offset = first + number
                assert offset <= self.committed, "a hole"
                self.committed = max(self.committed, offset + 1)
                self.unbroken.handed(HERE)
            if self.committed == first + records:
                self.committed += markers

    def seek(self) -> None:
        self.unbroken.seek_begins()
        self.position = self.committed
        self.unbroken.seek_ended({HERE: self.committed})


FETCHES = st.tuples(st.integers(0, 4), st.integers(0, 2), st.sampled_from([0, 0, 0, 1, 9]), st.booleans())


@given(st.lists(st.one_of(FETCHES, st.none()), max_size=40))
def test_no_order_of_fetches_drops_and_seeks_leaves_a_hole(steps: list[tuple[int, int, int, bool] | None]) -> None:
    partition = Partition()
    for step in steps:
        if step is None:
            partition.seek()
        else:
            partition.fetch(*step)
    for _ in range(3):  # in quiet times it goes on from wherever it was left
        if partition.unbroken.broken([HERE]):
            partition.seek()
        partition.fetch(3, 1, 0, False)
    assert not partition.unbroken.broken([HERE])
    assert partition.committed == partition.position

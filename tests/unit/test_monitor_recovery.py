"""A recovery that stands still ends the process, and one that stands before nothing is helped over it."""

from types import SimpleNamespace

import pytest
from faust.types import TP

from service.monitor.recovery import UNSTICK_AFTER_S, RecoveryStalled, RecoveryWatch
from service.observability.monitor_metrics import MonitorMetrics

STALL_S = 120.0
A, B = TP("changelog", 0), TP("changelog", 1)


class Case:
    """A recovery as Faust keeps it: offset of the last record that was read and of the last one that there is."""

    def __init__(self, **offsets: tuple[int | None, int | None]) -> None:
        self.now = 1000.0
        self.positions: dict[TP, int | None] = {}
        """Offset that aiokafka would read next."""
        self.queue_empty = True
        partitions = {"a": A, "b": B}
        self.recovery = SimpleNamespace(
            in_recovery=True,
            active_offsets={partitions[name]: offset for name, (offset, _) in offsets.items()},
            active_highwaters={partitions[name]: end for name, (_, end) in offsets.items()},
            active_remaining_total=self._remaining,
        )
        queue = SimpleNamespace(empty=lambda: self.queue_empty)
        app = SimpleNamespace(
            tables=SimpleNamespace(recovery=self.recovery, changelog_queue=queue),
            consumer=SimpleNamespace(position=self._position),
        )
        self.metrics = MonitorMetrics()
        self.watch = RecoveryWatch(app, STALL_S, self.metrics, clock=lambda: self.now)

    def _remaining(self) -> int:
        ends = self.recovery.active_highwaters
        offsets = self.recovery.active_offsets
        return sum(end - offsets[tp] for tp, end in ends.items() if end is not None and offsets[tp] is not None)

    async def _position(self, tp: TP) -> int | None:
        return self.positions.get(tp)

    async def after(self, seconds: float) -> None:
        """Look again so much later."""
        self.now += seconds
        await self.watch.check()

    def gauge(self, name: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"harbinger_monitor_{name}")


async def test_progress_is_shown_and_its_end() -> None:
    case = Case(a=(4, 9))
    await case.watch.check()
    assert (case.gauge("recovering"), case.gauge("recovery_remaining_records")) == (1, 5)
    case.recovery.active_offsets[A] = 9
    await case.after(3)
    assert (case.gauge("recovering"), case.gauge("recovery_remaining_records")) == (1, 0)
    case.recovery.in_recovery = False
    await case.after(1)
    assert (case.gauge("recovering"), case.gauge("recovery_remaining_records")) == (0, 0)
    assert case.gauge("recovery_seconds") == 4


async def test_one_that_stands_still_ends_the_process() -> None:
    case = Case(a=(4, 9))
    await case.watch.check()
    assert case.gauge("recovery_idle_seconds") == 0
    await case.after(STALL_S - 1)
    assert case.gauge("recovery_idle_seconds") == STALL_S - 1
    with pytest.raises(RecoveryStalled, match="5 changelog records are missing and none came for 120 s"):
        await case.after(1)


async def test_one_that_has_read_all_and_does_not_end_is_no_better() -> None:
    case = Case(a=(9, 9))
    await case.watch.check()
    with pytest.raises(RecoveryStalled):
        await case.after(STALL_S)


async def test_a_slow_one_is_let_be() -> None:
    case = Case(a=(0, 9))
    for offset in range(9):
        case.recovery.active_offsets[A] = offset
        await case.after(STALL_S - 1)
        assert case.gauge("recovery_idle_seconds") == 0
    assert case.gauge("recovery_remaining_records") == 1


async def test_the_next_recovery_begins_to_count_anew() -> None:
    case = Case(a=(4, 9))
    await case.watch.check()
    await case.after(1)
    case.recovery.in_recovery = False
    await case.after(STALL_S)
    assert case.gauge("recovery_idle_seconds") == 0
    case.recovery.in_recovery = True
    await case.after(STALL_S)
    await case.after(STALL_S - 1)
    with pytest.raises(RecoveryStalled):
        await case.after(1)


async def test_an_end_that_was_compacted_away_is_passed() -> None:
    """The reader stands behind it, so no record will come; partitions that are still being read stay as they are."""
    case = Case(a=(4, 9), b=(2, 7))
    case.positions = {A: 10, B: 5}
    await case.watch.check()
    await case.after(UNSTICK_AFTER_S - 1)
    assert case.recovery.active_offsets == {A: 4, B: 2}
    await case.after(1)
    assert case.recovery.active_offsets == {A: 9, B: 2}
    assert case.gauge("recovering") == 1, "Faust finds by itself that nothing is missing"


@pytest.mark.parametrize("position", [None, 9])
async def test_an_end_that_was_not_reached_is_not_passed(position: int | None) -> None:
    case = Case(a=(4, 9))
    case.positions = {A: position}
    await case.watch.check()
    await case.after(UNSTICK_AFTER_S)
    assert case.recovery.active_offsets == {A: 4}


async def test_records_that_wait_to_be_applied_are_not_passed() -> None:
    case = Case(a=(4, 9))
    case.positions = {A: 10}
    case.queue_empty = False
    await case.watch.check()
    await case.after(UNSTICK_AFTER_S)
    assert case.recovery.active_offsets == {A: 4}
    case.queue_empty = True
    await case.after(1)
    assert case.recovery.active_offsets == {A: 9}


async def test_partitions_of_which_nothing_is_known_are_let_be() -> None:
    case = Case(a=(4, 9), b=(None, 7))
    case.recovery.active_highwaters[TP("changelog", 2)] = None
    case.recovery.active_offsets[TP("changelog", 2)] = None
    case.positions = {A: 10, B: 8, TP("changelog", 2): 8}
    await case.watch.check()
    await case.after(UNSTICK_AFTER_S)
    assert case.recovery.active_offsets == {A: 9, B: None, TP("changelog", 2): None}


async def test_without_recovery_nothing_is_said() -> None:
    case = Case(a=(4, 9))
    case.recovery.in_recovery = False
    await case.after(10 * STALL_S)
    assert (case.gauge("recovering"), case.gauge("recovery_seconds")) == (0, 0)

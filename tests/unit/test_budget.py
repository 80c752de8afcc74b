"""What may be in flight is bounded in articles and in bytes."""

from service.worker.budget import Budget


def test_room_shrinks_with_articles() -> None:
    budget = Budget(max_records=3, max_bytes=100)
    budget.take(10)
    assert budget.room == 2
    budget.take(10)
    budget.take(10)
    assert budget.room == 0
    budget.release(10)
    assert budget.room == 1


def test_there_is_no_room_once_the_bytes_are_used_up() -> None:
    budget = Budget(max_records=1000, max_bytes=100)
    budget.take(99)
    assert budget.room == 999
    budget.take(500)
    assert budget.room == 0, "an article larger than the budget passes, alone"
    budget.release(500)
    budget.release(99)
    assert (budget.records, budget.bytes) == (0, 0)

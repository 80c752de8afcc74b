"""The monitor's catalogue of metrics."""

import pytest

from service.observability.monitor_metrics import MonitorMetrics


class Shown:
    """A catalogue, and how it reads."""

    def __init__(self) -> None:
        self.metrics = MonitorMetrics()

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"harbinger_monitor_{name}", labels)

    def lag(self, partition: int = 1) -> tuple[float | None, float | None]:
        """In records and seconds."""
        labels = {"topic": "pairs", "partition": str(partition)}
        return self.value("lag_records", **labels), self.value("lag_seconds", **labels)


@pytest.fixture
def shown() -> Shown:
    return Shown()


def test_lag_is_the_age_of_the_latest_record_that_was_read(shown: Shown) -> None:
    shown.metrics.show_lag("pairs", 1, 7, latest=940.0, now=1_000.0)
    assert shown.lag() == (7, 60)


def test_who_has_read_all_is_not_behind_however_old_the_last_record(shown: Shown) -> None:
    shown.metrics.show_lag("pairs", 1, 0, latest=1.0, now=1_000.0)
    assert shown.lag() == (0, 0)


def test_a_clock_that_runs_ahead_of_ours_makes_no_negative_lag(shown: Shown) -> None:
    shown.metrics.show_lag("pairs", 1, 7, latest=1_001.0, now=1_000.0)
    assert shown.lag() == (7, 0)


def test_who_has_read_nothing_yet_does_not_know_how_long_it_is_behind(shown: Shown) -> None:
    shown.metrics.show_lag("pairs", 1, 7, latest=None, now=1_000.0)
    assert shown.lag() == (7, None)


def test_the_lag_of_a_partition_that_is_gone_is_forgotten(shown: Shown) -> None:
    shown.metrics.show_lag("pairs", 1, 7, latest=940.0, now=1_000.0)
    shown.metrics.clear_lag()
    shown.metrics.show_lag("pairs", 2, 3, latest=940.0, now=1_000.0)
    assert (shown.lag(1), shown.lag(2)) == ((None, None), (3, 60))


@pytest.mark.parametrize("name", ["process_start_time_seconds", "process_resident_memory_bytes"])
def test_the_process_tells_of_itself(shown: Shown, name: str) -> None:
    value = shown.metrics.registry.get_sample_value(name)
    assert value is not None
    assert value > 0

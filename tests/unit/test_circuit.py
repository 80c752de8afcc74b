"""The circuit breaker stops a broken deploy, and only that."""

import pytest

from service.settings.tree import Circuit as CircuitSettings
from service.worker.circuit import PROBE_RECORDS, Circuit


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    settings = CircuitSettings(window=100, min_records=50, ratio=0.5, run_length=30, cooldown_s=10)
    return Circuit(settings, clock=clock)


def state(circuit: Circuit) -> str:
    """The state as a plain word, which a type checker does not take for constant from one line to the next."""
    return circuit.state


def fail(circuit: Circuit, count: int) -> None:
    for _ in range(count):
        circuit.record(dead_lettered=True)


def test_one_bad_article_in_a_hundred_changes_nothing(circuit: Circuit) -> None:
    for number in range(10_000):
        circuit.record(dead_lettered=number % 100 == 0)
    assert state(circuit) == "closed"
    assert circuit.admit(7) == 7


def test_an_unbroken_run_opens_it(circuit: Circuit) -> None:
    fail(circuit, 29)
    assert state(circuit) == "closed"
    fail(circuit, 1)
    assert state(circuit) == "open"
    assert circuit.admit(7) == 0


def test_a_high_ratio_opens_it_once_the_window_says_enough(circuit: Circuit) -> None:
    for number in range(49):
        circuit.record(dead_lettered=number % 4 != 0)
    assert state(circuit) == "closed"
    circuit.record(dead_lettered=True)
    assert state(circuit) == "open"


def test_after_the_cooldown_a_few_articles_are_tried(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 30)
    clock.now = 9.9
    assert state(circuit) == "open"
    clock.now = 10.0
    assert state(circuit) == "half_open"
    assert circuit.admit(1000) == PROBE_RECORDS
    circuit.admitted(PROBE_RECORDS)
    assert circuit.admit(1000) == 0


def test_one_good_article_closes_it(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 30)
    clock.now = 10.0
    assert circuit.admit(5) == 5
    circuit.record(dead_lettered=False)
    assert state(circuit) == "closed"
    fail(circuit, 29)
    assert state(circuit) == "closed", "what was seen before the mending counts no more"


def test_a_failed_probe_opens_it_for_another_cooldown(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 30)
    clock.now = 10.0
    circuit.admitted(circuit.admit(1000))
    fail(circuit, PROBE_RECORDS)
    assert state(circuit) == "open"
    clock.now = 19.9
    assert state(circuit) == "open"
    clock.now = 20.0
    assert state(circuit) == "half_open"


def test_a_probe_that_was_taken_away_is_repeated(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 30)
    clock.now = 10.0
    circuit.admitted(circuit.admit(1000))
    clock.now = 20.0
    assert circuit.admit(1000) == PROBE_RECORDS


def test_changes_are_reported(clock: Clock) -> None:
    seen: list[str] = []
    settings = CircuitSettings(window=10, min_records=5, ratio=0.5, run_length=3, cooldown_s=1)
    circuit = Circuit(settings, clock=clock, on_change=seen.append)
    fail(circuit, 3)
    clock.now = 1.0
    assert state(circuit) == "half_open"
    circuit.record(dead_lettered=False)
    assert seen == ["open", "half_open", "closed"]

"""The catalogue of metrics, and the pages that are made from code."""

import re
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from docs.generate import PAGES
from service.observability import Metrics

DOCS = Path(__file__).resolve().parents[2] / "docs"


def exported(metrics: Metrics) -> str:
    return generate_latest(metrics.registry).decode()


def test_two_catalogues_share_nothing() -> None:
    one, two = Metrics(), Metrics()
    one.rebalances.inc()
    assert "harbinger_rebalances_total 1.0" in exported(one)
    assert "harbinger_rebalances_total 0.0" in exported(two)


def test_names_follow_the_conventions() -> None:
    for metric in Metrics().catalogue():
        family = next(iter(metric.describe()))
        assert re.fullmatch(r"harbinger_[a-z]+(_[a-z]+)*", family.name), family.name
        assert not re.search(r"_(ms|millis|kb|mb|minutes)\b", family.name), "base units only"
        assert family.documentation.endswith("."), family.name
        if family.type == "histogram":
            assert family.name.endswith("_seconds")


def test_every_metric_of_the_object_is_registered() -> None:
    metrics = Metrics()
    names = {next(iter(metric.describe())).name for metric in metrics.catalogue()}
    own = {family.name for family in metrics.registry.collect() if not family.name.startswith("process_")}
    assert names == own


@pytest.mark.parametrize(
    "series",
    [
        'harbinger_articles_processed_total{outcome="enriched"} 0.0',
        'harbinger_articles_processed_total{outcome="dead_lettered"} 0.0',
        'harbinger_dead_letters_total{stage="validate"} 0.0',
        'harbinger_transactions_total{outcome="fenced"} 0.0',
        'harbinger_pool_restarts_total{reason="hung"} 0.0',
        'harbinger_lanes{state="failed"} 0.0',
        'harbinger_retries_total{operation="connect"} 0.0',
        'harbinger_circuit_state{state="closed"} 1.0',
        'harbinger_circuit_state{state="open"} 0.0',
    ],
)
def test_known_labels_start_at_zero(series: str) -> None:
    assert series in exported(Metrics())


def test_lag_goes_with_the_partition() -> None:
    metrics = Metrics()
    metrics.set_lag("articles", 3, 17, 2.5)
    text = exported(metrics)
    assert 'harbinger_consumer_lag_records{partition="3",topic="articles"} 17.0' in text
    assert 'harbinger_consumer_lag_seconds{partition="3",topic="articles"} 2.5' in text
    metrics.drop_lag("articles", 3)
    assert 'partition="3"' not in exported(metrics)
    metrics.drop_lag("articles", 3)  # revoked before it was ever reported: no error


def test_lag_is_never_negative() -> None:
    metrics = Metrics()
    metrics.set_lag("articles", 0, -1, -0.3)
    assert 'harbinger_consumer_lag_seconds{partition="0",topic="articles"} 0.0' in exported(metrics)


def test_exactly_one_circuit_state_is_on() -> None:
    metrics = Metrics()
    metrics.set_circuit("half_open")
    states = re.findall(r'harbinger_circuit_state\{state="(\w+)"\} 1\.0', exported(metrics))
    assert states == ["half_open"]


def test_lanes_that_are_gone_count_as_none() -> None:
    metrics = Metrics()
    metrics.set_lanes({"open": 4, "failed": 1})
    metrics.set_lanes({"open": 5})
    assert 'harbinger_lanes{state="open"} 5.0' in exported(metrics)
    assert 'harbinger_lanes{state="failed"} 0.0' in exported(metrics)


def test_stage_times_add_up() -> None:
    metrics = Metrics()
    metrics.add_stages({"parse": 0.5})
    metrics.add_stages({"parse": 0.25, "events": 1.0})
    assert 'harbinger_analysis_stage_seconds_total{stage="parse"} 0.75' in exported(metrics)


def test_build_info() -> None:
    metrics = Metrics()
    metrics.set_build("0.1.0", "en-7", "sha256:ab")
    assert 'harbinger_build_info{knowledge="sha256:ab",model="en-7",version="0.1.0"} 1.0' in exported(metrics)


@pytest.mark.parametrize("name", PAGES)
def test_pages_made_from_code_are_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


def test_languages_that_senders_make_up_are_one_series() -> None:
    metrics = Metrics()
    for language in ("ru", "ceb", "x-klingon", "1a", "ru"):
        metrics.add_other_language(language)
    text = generate_latest(metrics.registry).decode()
    assert 'harbinger_articles_other_language_total{language="ru"} 2.0' in text
    assert 'harbinger_articles_other_language_total{language="other"} 3.0' in text

"""From events to signals: which category, threat or act, and what stays silent."""

import pytest

from service.analysis.pipeline import Analysis
from service.messages.article import Article
from service.messages.enriched import Signal
from service.paths import config_dir


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return Analysis.load(config_dir())


def signals(analysis: Analysis, body: str) -> dict[str, Signal]:
    article = Article(id="a", title="", body=body, published_at="2024-11-19")
    enriched = analysis.analyse(article, enriched_at="2024-11-19T00:00:00Z")
    return {signal.category: signal for signal in enriched.signals}


@pytest.mark.parametrize(
    ("text", "category", "status", "gpr"),
    [
        ("Iran fired missiles at Israel.", "war_escalation", "act", 7),
        ("Iran plans to attack Israel.", "war_threat", "threat", 1),
        ("The Kremlin warned that the step would lead to escalation.", "escalation_warning", "threat", 7),
        ("North Korea sent troops to the border with South Korea.", "troop_deployment", "act", 3),
        ("Britain allowed Ukraine to fire its cruise missiles at bases in Russia.", "strike_authorization", "act", 7),
        ("North Korea detonated a nuclear device.", "nuclear_posture", "threat", 4),
        ("Ukraine held peace talks with Russia.", "negotiation", "act", None),
        ("Turkey asked Russia to hold peace talks with Ukraine.", "negotiation", "threat", None),
        ("Poland expelled three Russian diplomats.", "diplomatic_rupture", "act", None),
        ("Pakistani soldiers opened fire on Indian troops.", "border_incident", "act", 7),
        ("Norway announced a military support package for Ukraine.", "weapons_transfer", "threat", 3),
        ("China warned Japan over Taiwan.", "escalation_warning", "threat", 7),
    ],
)
def test_category_and_status(analysis: Analysis, text: str, category: str, status: str, gpr: int | None) -> None:
    found = signals(analysis, text)
    assert category in found, found
    assert (found[category].status, found[category].gpr) == (status, gpr)
    assert found[category].events


@pytest.mark.parametrize(
    "text",
    [
        "Iran did not attack Israel.",
        "Iran attacked Israel in 1991.",
        "Iran denied attacking Israel.",
        "Ukraine marked 700 days since the Russian invasion on Tuesday.",
        "Millions have fled since Russia's full-scale invasion of Ukraine.",
        "France accused Russia of lying about its war against Ukraine.",
    ],
)
def test_what_was_not_done_or_is_history_raises_nothing(analysis: Analysis, text: str) -> None:
    assert signals(analysis, text) == {}


def test_events_of_one_kind_between_the_same_countries_make_one_signal(analysis: Analysis) -> None:
    found = signals(analysis, "Iran fired missiles at Israel. Iran bombed Israel again on Monday.")
    assert len(found) == 1
    assert len(found["war_escalation"].events) == 2


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("The Israeli army's bombing of Gaza continued.", "war_escalation"),
        ("A Taliban bombing in Pakistan shook the market.", "terror_act"),
    ],
)
def test_what_an_army_bombs_is_war_and_no_terror(analysis: Analysis, text: str, category: str) -> None:
    assert set(signals(analysis, text)) == {category}


def test_direction_follows_the_category(analysis: Analysis) -> None:
    assert signals(analysis, "Turkey signed an agreement with Greece.")["agreement"].direction == "de-escalatory"
    assert signals(analysis, "Iran fired missiles at Israel.")["war_escalation"].direction == "escalatory"

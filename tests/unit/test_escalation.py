"""The score is the sum of its drivers, to the last bit, within bounds, and of the right sign."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.escalation import QUANTUM, saturated
from service.analysis.pipeline import Analysis
from service.knowledge.errors import LexiconError
from service.knowledge.weights import Weights
from service.messages.article import Article
from service.messages.enriched import EnrichedArticle
from service.paths import config_dir


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return Analysis.load(config_dir())


def read(analysis: Analysis, body: str) -> EnrichedArticle:
    article = Article(id="a", title="", body=body, published_at="2024-11-19")
    return analysis.analyse(article, enriched_at="2024-11-19T00:00:00Z")


@given(st.lists(st.floats(-60, 60, allow_nan=False), max_size=60), st.floats(1, 500))
def test_parts_add_up_exactly_and_stay_close_to_their_share(raw: list[float], saturation: float) -> None:
    score, parts = saturated(raw, saturation)
    assert sum(parts) == score == sum(reversed(parts))
    assert -100 <= score <= 100
    assert abs(score - 100 * math.tanh(math.fsum(raw) / saturation)) <= QUANTUM / 2 + 1e-9
    for part in parts:
        assert (part / QUANTUM).is_integer()
    assert len(parts) == len(raw)


@given(st.lists(st.floats(0, 60, allow_nan=False), min_size=1, max_size=30))
def test_what_only_escalates_never_lowers(raw: list[float]) -> None:
    score, parts = saturated(raw, 70)
    assert score >= 0
    assert all(part >= 0 for part in parts)


def test_drivers_add_up_and_name_what_is_there(analysis: Analysis) -> None:
    enriched = read(
        analysis,
        "Iran fired missiles at Israel on Monday.\n\nIsrael vowed to strike Iran. France condemned Iran.\n\n"
        "Turkey held talks with Iran. Russia imposed sanctions on Israel.",
    )
    escalation = enriched.escalation
    assert sum(driver.contribution for driver in escalation.drivers) == escalation.score > 10
    refs = {signal.id for signal in enriched.signals} | {item.id for item in enriched.events}
    assert {driver.ref for driver in escalation.drivers} <= refs
    assert ("IRN", "ISR") in {dyad.pair for dyad in escalation.dyads}
    assert all(dyad.pair[0] < dyad.pair[1] for dyad in escalation.dyads)


def test_sign_and_level(analysis: Analysis) -> None:
    war = read(analysis, "Iran invaded Israel. Iranian forces bombed Israel.").escalation
    peace = read(analysis, "India and Pakistan signed a ceasefire. India withdrew its troops from Pakistan.").escalation
    quiet = read(analysis, "The museum in Japan opened a new wing for its collection of tea bowls.").escalation
    assert war.score > 10
    assert war.level in {"elevated", "high", "severe"}
    assert peace.score < -8
    assert peace.level == "de-escalating"
    assert (quiet.score, quiet.level, quiet.drivers) == (0.0, "calm", [])


def test_a_doubtful_deed_weighs_less_than_a_done_one(analysis: Analysis) -> None:
    done = read(analysis, "Iran attacked Israel.").escalation.score
    feared = read(analysis, "Iran could attack Israel.").escalation.score
    denied = read(analysis, "Iran did not attack Israel.").escalation.score
    assert done > feared > denied == 0.0


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("ceasefire: -22", "ceasefire: 22", None),
        ("saturation: 70", "saturation: 0", "saturation"),
        ("severe: 57", "severe: 5", None),
        ("  war_begin: 30\n", "", None),
        ("event: 0.25", "evnt: 0.25", "event"),
    ],
)
def test_bad_weights_are_named(tmp_path: Path, old: str, new: str, field: str | None) -> None:
    text = (config_dir() / "scoring.yaml").read_text("utf-8")
    assert old in text
    path = tmp_path / "scoring.yaml"
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(LexiconError) as caught:
        Weights.load(path)
    assert caught.value.file == path
    assert field is None or caught.value.field == field

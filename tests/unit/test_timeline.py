"""A pair's series: the days between, the alerts as spans, and the timeline that shows them."""

import io
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from rich.console import Console

from service.commands.backfill import rules_in_force
from service.commands.crisis import CrisisError, TurningPoint, read_annotations, read_crisis
from service.commands.demo_crisis import findings
from service.commands.series import Series, Span, series_of
from service.commands.timeline import Timeline
from service.messages.alert import EscalationAlert, TopEvent, Window
from service.messages.enriched import Level
from service.monitor.rules import Rules
from service.monitor.state import Row
from service.paths import samples_dir
from service.settings import load_settings

DAY = -2629
"""21 October 1962."""
CRISIS = samples_dir() / "history" / "cuba-1962.yaml"


@pytest.fixture(scope="module")
def rules() -> Rules:
    return rules_in_force(load_settings())


def row(day: int, index: float, level: Level = "calm") -> Row:
    return Row(DAY + day, index, index / 4, index * 3 / 4, 2.0, 1.0, level, 1)


def alert(state: Literal["firing", "resolved"], updated_at: str, level: Level = "high") -> EscalationAlert:
    return EscalationAlert(
        alert_id=f"id of {level}",
        pair=("CUB", "USA"),
        state=state,
        level=level,
        index=50,
        baseline=2,
        zscore=5,
        window=Window(start="1962-10-16", end="1962-10-23"),
        started_at="1962-10-22T06:00:00Z",
        updated_at=updated_at,
        articles=4,
        sources=2,
        top_events=[TopEvent(article_id="a", event_id="v0", type="THREATEN", evidence="One\nwarns \x1b[31mthe other.")],
    )


FIRING, RESOLVED = alert("firing", "1962-10-22T06:00:00Z"), alert("resolved", "1962-10-27T00:00:00Z")
ROWS = [row(0, 1.0), row(1, 60.0, "high"), row(5, 20.0), row(30, 0.5)]
SERIES = Series(("CUB", "USA"), ROWS, [FIRING, RESOLVED])


def shown(series: Series, rules: Rules, *points: TurningPoint, encoding: str = "utf-8") -> list[str]:
    buffer = io.BytesIO()
    console = Console(file=io.TextIOWrapper(buffer, encoding, errors="replace"), width=110)
    console.print(Timeline(series, rules, points))
    console.file.flush()
    return [line.rstrip() for line in buffer.getvalue().decode(encoding).splitlines()]


def test_days_without_news_decay_by_half_in_a_half_life() -> None:
    days = SERIES.filled(DAY + 9, half_life_days=4)
    assert [day.day for day in days] == list(range(DAY, DAY + 10))
    assert days[3].index == pytest.approx(60 * 2 ** (-2 / 4))
    assert days[3].index == pytest.approx(days[3].threat + days[3].act)
    assert days[5] is ROWS[2]
    assert days[9].index == pytest.approx(10)
    assert {day.baseline for day in days} == {2.0}


def test_alerts_are_spans_from_firing_to_resolution() -> None:
    assert SERIES.spans() == [Span("high", DAY + 1.25, DAY + 6)]


def test_an_open_alert_has_no_end_and_levels_come_in_their_order() -> None:
    both = [alert("firing", "1962-10-22T06:00:00Z", "severe"), FIRING]
    assert Series(("CUB", "USA"), ROWS, both).spans() == [
        Span("high", DAY + 1.25, None),
        Span("severe", DAY + 1.25, None),
    ]


def test_days_are_put_together_by_pair() -> None:
    days = [(("CUB", "USA"), ROWS[0], [FIRING]), (("CHN", "IND"), ROWS[0], []), (("CUB", "USA"), ROWS[1], [RESOLVED])]
    found = series_of(days)
    assert list(found) == [("CHN", "IND"), ("CUB", "USA")]
    assert found["CUB", "USA"] == Series(("CUB", "USA"), ROWS[:2], [FIRING, RESOLVED])
    assert found["CUB", "USA"].peak == 60


def test_the_timeline_tells_what_happened_when(rules: Rules) -> None:
    lines = shown(SERIES, rules, TurningPoint(date=date(1962, 10, 23), text="A secret", public=False))
    assert lines[0].startswith("Cuba – United States (CUB-USA)")
    by_day = {line[:6].strip(): line for line in lines[1:]}
    assert "60.0 high" in by_day["22 Oct"]
    assert "▲ alert: high, at 06:00 UTC" in by_day["22 Oct"]
    assert "A secret (not public on that day)" in by_day["23 Oct"]
    assert "▼ alert ends: high, at midnight" in by_day["26 Oct"]
    assert by_day["22 Oct"].count("█") > 2 * by_day["26 Oct"].count("█") > 0
    assert "25 days, at most" in by_day["…"]


def test_what_articles_say_cannot_take_over_the_terminal(rules: Rules) -> None:
    text = "\n".join(shown(SERIES, rules))
    assert "“One warns ␛[31mthe other.”" in text


def test_a_plain_terminal_gets_plain_characters(rules: Rules) -> None:
    text = "\n".join(shown(SERIES, rules, encoding="ascii")[1:])
    assert "####" in text
    assert "^ alert: high" in text
    assert "..." in text


def test_the_shipped_crisis_can_be_read_and_its_dispatches_are_there() -> None:
    crisis, files = read_crisis(CRISIS)
    assert crisis.watched[0] == ("CUB", "USA")
    assert all(Path(file).is_file() for file in files)
    assert crisis.peak in {point.date for point in crisis.turning_points}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("CUB-USA", "CUB-XXX"), "pairs.0: .*XXX"),
        (("settlement: 1962-10-28", "settlement: 1962-10-26"), "peak must not lie after settlement"),
        (("date: 1962-10-16", "date: soon"), r"turning_points\.0\.date"),
        (("turning_points:", "points:"), "turning_points: Field required"),
    ],
)
def test_a_wrong_description_is_named(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    file = tmp_path / "crisis.yaml"
    file.write_text(CRISIS.read_text("utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(CrisisError, match=message):
        read_crisis(file)


def test_annotations_may_stand_alone(tmp_path: Path) -> None:
    file = tmp_path / "points.yaml"
    file.write_text("turning_points: [{date: 2024-11-19, text: Something}]", encoding="utf-8")
    [point] = read_annotations(file).turning_points
    assert (point.date, point.text, point.public) == (date(2024, 11, 19), "Something", True)


def test_the_findings_name_the_first_alert_and_the_false_ones() -> None:
    crisis, _ = read_crisis(CRISIS)
    hot, quiet = Series(("CHN", "IND"), ROWS, [FIRING]), Series(("SUN", "USA"), ROWS, [])
    found = {
        ("CUB", "USA"): SERIES,
        ("SUN", "USA"): quiet,
        ("CHN", "IND"): hot,
        ("BGD", "IND"): quiet,
        ("CHN", "USA"): hot,
    }
    assert findings(crisis, found) == [
        "CUB-USA: first alert on 1962-10-22, 5 days before the peak on 1962-10-27",
        "SUN-USA: no alert; at most 60.0, on 1962-10-22",
        "CHN-IND: an alert, too, on a conflict of its own",
        "False alerts, on the 2 other pairs: CHN-USA",
    ]

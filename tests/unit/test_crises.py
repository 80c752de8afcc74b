"""The measures of ``make crises`` count what they say."""

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from benchmarks.crises import Sight, crisis_part, days_after, lead_hours, ordinary_part, scaled, sensitivity_part, sight
from benchmarks.pages import put
from service.commands.backfill import rules_in_force
from service.commands.crisis import read_crisis
from service.commands.series import Series
from service.knowledge.weights import Weights
from service.messages.article import parse_rfc3339
from service.monitor.reading import Reader
from service.monitor.state import Row
from service.monitor.times import milliseconds
from service.paths import config_dir, samples_dir
from service.settings import load_settings
from tests.unit.monitor_cases import attack

DAY = -2628
"""22 October 1962."""
HISTORY = samples_dir() / "history"
DESCRIPTIONS = sorted(HISTORY.glob("*.yaml"))
FULL_DAY = 8
"""Dispatches from which on a day is told in full."""


def moment(text: str) -> int:
    return milliseconds(parse_rfc3339(text))


def seen(pair: tuple[str, str], peak: float, **more: object) -> Sight:
    about = {"threshold": 40.0, "alerts": 0, "levels": [], "fired": None, "ends": [], "peak_day": DAY}
    return Sight(pair=pair, peak=peak, **{**about, **more})  # type: ignore[arg-type]


def test_the_lead_is_counted_to_the_beginning_of_the_peak() -> None:
    assert lead_hours(moment("1962-10-26T18:00:00Z"), date(1962, 10, 27)) == 6
    assert lead_hours(moment("1962-10-27T06:00:00Z"), date(1962, 10, 27)) == -6


def test_the_end_is_counted_from_the_end_of_the_settlement() -> None:
    assert days_after(moment("1962-10-29T00:00:00Z"), date(1962, 10, 28)) == 0
    assert days_after(moment("1962-10-28T00:00:00Z"), date(1962, 10, 28)) == -1


def test_a_pair_without_alerts_has_its_peak_and_threshold() -> None:
    rules = rules_in_force(load_settings())
    rows = [Row(DAY + day, index, index, 0.0, 0.0, 0.0, "calm", 1) for day, index in enumerate((3.0, 9.0, 9.0))]
    found = sight(Series(("CUB", "USA"), rows, []), rules)
    rule = rules.rule_for(("CUB", "USA"))
    assert rule
    assert (found.peak, found.peak_day, found.threshold) == (9.0, DAY + 1, rule.steps[0][1].index)
    assert (found.alerts, found.fired, found.ends) == (0, None, [])


def test_the_table_has_each_pair_of_the_crisis_and_counts_alerts_on_others() -> None:
    crisis, _ = read_crisis(HISTORY / "cuba-1962.yaml")
    fired = {"alerts": 1, "levels": ["high"], "fired": moment("1962-10-24T12:00:00Z")}
    own = seen(("CUB", "USA"), 70.0, **fired, ends=[moment("1962-11-05T00:00:00Z"), moment("1962-11-21T00:00:00Z")])
    others = [seen(("CHN", "USA"), 41.0, **fired), seen(("BGD", "IND"), 10.0), seen(("CHN", "IND"), 30.0)]
    text = "\n".join(crisis_part(crisis, [own, *others]))
    assert "| CUB-USA | 70.0 (22 Oct) | 40 | high | 24 Oct 12:00 | 60.0 | 5 Nov 00:00, 21 Nov 00:00 | 7.0 |" in text
    assert "| SUN-USA | no evidence |" in text
    assert "on the 2 other pairs of the dispatches: **1**" in text
    assert "CHN-USA with 41.0 of 40 on 1962-10-22" in text
    assert (
        "elsewhere in those weeks: CHN-IND, no alert, at most 30.0 of 40 on 1962-10-22; EGY-SAU, no evidence." in text
    )


def test_a_crisis_that_is_not_settled_says_so() -> None:
    crisis, _ = read_crisis(HISTORY / "ukraine-2022.yaml")
    fired = {"alerts": 1, "levels": ["severe"], "fired": moment("2022-02-23T12:00:00Z"), "ends": [None]}
    drawn_in = seen(("BLR", "UKR"), 41.0, **{**fired, "ends": [moment("2022-03-01T00:00:00Z")]})
    text = "\n".join(crisis_part(crisis, [seen(("RUS", "UKR"), 70.0, **fired), drawn_in]))
    assert "Peak 24 February 2022, not settled where the dispatches end." in text
    assert "| severe | 23 Feb 12:00 | 12.0 | open at the end | not settled |" in text
    assert "Drawn in: RUS-USA, no evidence; BLR-UKR, alert from 23 Feb 12:00" in text
    assert "on the 0 other pairs of the dispatches: **0**" in text


def test_an_alert_that_ends_before_any_settlement_is_shown_to_end() -> None:
    crisis, _ = read_crisis(HISTORY / "ukraine-2022.yaml")
    fired = {"alerts": 1, "levels": ["high"], "fired": moment("2022-02-25T06:00:00Z")}
    ended = seen(("RUS", "UKR"), 70.0, **fired, ends=[moment("2022-03-04T00:00:00Z")])
    text = "\n".join(crisis_part(crisis, [ended]))
    assert "| high | 25 Feb 06:00 | -30.0 | 4 Mar 00:00 | not settled |" in text


def test_of_several_ends_the_first_after_the_settlement_is_counted_else_the_last() -> None:
    crisis, _ = read_crisis(HISTORY / "cuba-1962.yaml")
    fired = {"alerts": 2, "levels": ["high", "high"], "fired": moment("1962-10-24T12:00:00Z")}
    reopened = seen(("CUB", "USA"), 70.0, **fired, ends=[moment("1962-11-08T00:00:00Z"), None])
    early = seen(("SUN", "USA"), 70.0, **fired, ends=[moment("1962-10-25T00:00:00Z"), moment("1962-10-27T00:00:00Z")])
    text = "\n".join(crisis_part(crisis, [reopened, early]))
    assert "| 60.0 | 8 Nov 00:00, open at the end | 10.0 |" in text
    assert "| 60.0 | 25 Oct 00:00, 27 Oct 00:00 | -2.0 |" in text


def test_an_alert_on_a_pair_that_was_drawn_in_is_not_false() -> None:
    crisis, _ = read_crisis(HISTORY / "ukraine-2022.yaml")
    assert not any(map(crisis.is_false, [*crisis.watched, *crisis.set_against, *crisis.fighting_elsewhere]))
    assert crisis.is_false(("CHN", "TWN"))


@pytest.mark.parametrize("description", DESCRIPTIONS, ids=lambda path: path.stem)
def test_the_dispatches_of_a_crisis_are_in_order_and_full(description: Path) -> None:
    crisis, files = read_crisis(description)
    told = [json.loads(line) for file in files for line in Path(file).read_text("utf-8").splitlines()]
    times = [each["published_at"] for each in told]
    assert times == sorted(times)
    assert len({each["id"] for each in told}) == len(told)
    assert all(each["source"].startswith("Reconstruction: ") for each in told)
    assert all(each["title"] and len(each["body"]) > 40 and each["language"] == "en" for each in told)
    days = Counter(date.fromisoformat(time[:10]) for time in times)
    first, last = min(days), max(days)
    assert all(first + timedelta(day) in days for day in range((last - first).days + 1))
    assert sum(count >= FULL_DAY for count in days.values()) >= 25
    assert all(first <= point.date <= last for point in crisis.turning_points)
    assert first < crisis.peak <= (crisis.settlement or last) <= last


def test_ordinary_weeks_count_every_alert() -> None:
    [text] = ordinary_part([seen(("BGD", "IND"), 41.0, alerts=2), seen(("CHN", "IND"), 1.0, alerts=1)])
    assert "Alerts: **3**, on 2 pairs" in text


def test_a_part_of_a_page_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before.\n<!-- x -->\nold\n<!-- end x -->\nAfter.\n", encoding="utf-8")
    put(page, "x", "new")
    assert page.read_text("utf-8") == "Before.\n<!-- x -->\nnew\n<!-- end x -->\nAfter.\n"
    with pytest.raises(ValueError, match="y"):
        put(page, "y", "new")


def test_thresholds_are_scaled_and_nothing_else() -> None:
    file = config_dir() / "alerts.yaml"
    ((_, plain), (factor, half)) = scaled(file, (1.0, 0.5))
    assert factor == 0.5
    for rule, smaller in zip(plain.rules, half.rules, strict=True):
        for (level, step), (same, lower) in zip(rule.steps, smaller.steps, strict=True):
            assert (level, step.zscore, step.index / 2) == (same, lower.zscore, lower.index)
    assert plain.index == half.index


def test_each_factor_has_a_row_with_leads_and_false_alerts() -> None:
    crisis, _ = read_crisis(HISTORY / "cuba-1962.yaml")
    reader = Reader(Weights.load(config_dir() / "scoring.yaml"))
    war = [reader.read(article(n, "CHN", "IND", f"1962-10-20T{n}:00:00Z")) for n in range(20, 24)]
    hot = [reader.read(article(n, "CHN", "USA", f"1962-10-20T{10 + n}:00:00Z")) for n in range(6)]
    seen_in_time = [reader.read(article(n, "CUB", "USA", f"1962-10-26T{n}:00:00Z")) for n in range(10, 16)]
    rules = [*scaled(config_dir() / "alerts.yaml", (0.01, 1000))]
    *_, low, high = sensitivity_part([(crisis, [*war, *hot, *seen_in_time])], hot, rules)
    assert high == "| × 1000 | no alert | no alert | 0 of 2 | 0 | 0 |"
    factor, lead, other, elsewhere, false, ordinary = low.strip("| ").split(" | ")
    assert (factor, other, elsewhere) == ("× 0.01", "no alert", "1 of 2")
    assert 0 < float(lead) < 14
    assert int(false) == int(ordinary) > 0


def article(number: int, source: str, target: str, published_at: str) -> bytes:
    """An enriched article with one attack, told in words of its own."""
    text = " ".join(f"word{number}{n}" for n in range(30))
    document = attack(str(number), (source, target), published_at, text)
    return json.dumps(document).encode()

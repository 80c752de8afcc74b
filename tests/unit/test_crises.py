"""The measures of ``make crises`` count what they say."""

from datetime import date
from pathlib import Path

import pytest

from benchmarks.crises import Sight, crisis_part, days_after, lead_hours, ordinary_part, sight
from benchmarks.pages import put
from service.commands.backfill import rules_in_force
from service.commands.crisis import read_crisis
from service.commands.series import Series
from service.messages.article import parse_rfc3339
from service.monitor.state import Row
from service.monitor.times import milliseconds
from service.paths import samples_dir
from service.settings import load_settings

DAY = -2628
"""22 October 1962."""


def moment(text: str) -> int:
    return milliseconds(parse_rfc3339(text))


def seen(pair: tuple[str, str], peak: float, **more: object) -> Sight:
    about = {"threshold": 40.0, "alerts": 0, "levels": [], "fired": None, "resolved": None, "peak_day": DAY}
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
    assert (found.alerts, found.fired, found.resolved) == (0, None, None)


def test_the_table_has_each_pair_of_the_crisis_and_counts_alerts_on_others() -> None:
    crisis, _ = read_crisis(samples_dir() / "history" / "cuba-1962.yaml")
    fired = {"alerts": 1, "levels": ["high"], "fired": moment("1962-10-24T12:00:00Z")}
    own = seen(("CUB", "USA"), 70.0, **fired, resolved=moment("1962-11-05T00:00:00Z"))
    others = [seen(("CHN", "IND"), 41.0, **fired), seen(("BGD", "IND"), 10.0)]
    text = "\n".join(crisis_part(crisis, [own, *others]))
    assert "| CUB-USA | 70.0 (22 Oct) | 40 | high | 24 Oct 12:00 | 60.0 | 5 Nov 00:00 | 7.0 |" in text
    assert "| SUN-USA | no evidence |" in text
    assert "on the 2 other pairs of the dispatches: **1**" in text
    assert "CHN-IND with 41.0 of 40 on 1962-10-22" in text


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

"""``harbinger backfill``: articles of both kinds in, days and alerts out, in order of time."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from service.commands.backfill import Selection, run
from service.commands.enrich import InputError
from service.messages.alert import EscalationAlert
from service.monitor.rules import RulesError
from service.settings import Settings, load_settings
from tests.unit.monitor_cases import attack

PLAIN = {
    "id": "plain",
    "title": "Iran attacks Israel",
    "body": "Iran launched missiles at Israel on Monday.",
    "published_at": "2024-10-07T12:00:00Z",
}

Output = tuple[int, list[dict[str, Any]], list[dict[str, Any]]]
Backfill = Callable[..., Output]


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings()


@pytest.fixture
def backfill(settings: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Backfill:
    """Run the command on files with these contents; exit status, the objects on standard output and those on standard error."""

    def call(*contents: bytes, **options: Any) -> Output:
        files = [tmp_path / f"in-{number}" for number in range(len(contents))]
        for file, content in zip(files, contents, strict=True):
            file.write_bytes(content)
        selection = Selection(**{name: options.pop(name) for name in ("pairs", "first", "last") if name in options})
        status = run(settings, [str(file) for file in files], selection, **options)
        out, err = capfd.readouterr()
        return status, [json.loads(line) for line in out.splitlines()], [json.loads(line) for line in err.splitlines()]

    return call


def enriched(number: int, published_at: str, pair: tuple[str, str] = ("CUB", "USA"), **changes: Any) -> dict[str, Any]:
    """An enriched article with one attack of the first country on the second."""
    text = f"Report {number} " + " ".join(f"word{number}{n}" for n in range(30))
    return attack(f"e{number}", pair, published_at, text, f"attack {number}") | changes


def jsonl(*documents: Any) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


CRISIS = [enriched(n, f"1962-10-{20 + n // 4}T{6 + n % 4:02}:00:00Z") for n in range(12)]
"""Four attacks a day for three days."""
AFTERWARDS = enriched(99, "1962-12-24", ("CHN", "IND"))


def test_a_day_has_the_fields_of_the_contract(backfill: Backfill) -> None:
    status, [day], err = backfill(jsonl(enriched(0, "1962-10-22T23:00:00Z")))
    assert (status, err) == (0, [])
    assert list(day) == ["pair", "date", "index", "threat", "act", "baseline", "zscore", "level", "articles"]
    assert (day["pair"], day["date"], day["articles"]) == (["CUB", "USA"], "1962-10-22", 1)
    assert day["index"] == day["act"] > 0 == day["threat"] == day["baseline"]


def test_alerts_follow_the_day_on_which_they_fire_and_end(backfill: Backfill) -> None:
    _, lines, _ = backfill(jsonl(*CRISIS, AFTERWARDS))
    fired = [line["alert"] for line in lines if "alert" in line]
    assert {alert["state"] for alert in fired} == {"firing", "resolved"}
    day: dict[str, Any] = {}
    for line in lines:
        if "alert" not in line:
            day = line
            continue
        alert = EscalationAlert.model_validate(line["alert"])
        assert list(alert.pair) == day["pair"]
        assert alert.state == "resolved" or alert.updated_at[:10] == day["date"]
    ids = {state: {alert["alert_id"] for alert in fired if alert["state"] == state} for state in ("firing", "resolved")}
    assert ids["firing"] == ids["resolved"]


def test_lines_are_in_order_of_time_whatever_the_order_of_the_input(backfill: Backfill) -> None:
    articles = [*CRISIS, AFTERWARDS, enriched(50, "1962-10-21", ("CHN", "IND"))]
    _, lines, _ = backfill(jsonl(*articles))
    _, again, _ = backfill(jsonl(*articles[5:][::-1]), jsonl(*articles[:5]))
    assert lines == again
    days = [(line["date"], line["pair"]) for line in lines if "alert" not in line]
    assert days == sorted(days)
    assert len({tuple(pair) for _, pair in days}) == 2


def test_plain_and_enriched_articles_may_be_mixed(backfill: Backfill) -> None:
    status, lines, err = backfill(jsonl(CRISIS[0], PLAIN, AFTERWARDS))
    assert (status, err) == (0, [])
    assert {tuple(line["pair"]) for line in lines} == {("CUB", "USA"), ("IRN", "ISR"), ("CHN", "IND")}


def test_half_an_emoji_does_not_hide_an_enriched_article(backfill: Backfill) -> None:
    article = enriched(0, "1962-10-22")
    article["actors"][0]["name"] = "\ud83d"
    status, lines, err = backfill(jsonl(article))
    assert (status, len(lines), err) == (0, 1, [])


def test_invalid_lines_are_named_and_the_others_count(backfill: Backfill) -> None:
    bad = enriched(1, "yesterday")
    status, lines, faults = backfill(
        jsonl(CRISIS[0]) + b"\n{broken\n" + jsonl(bad, {**PLAIN, "id": ""}),
        jsonl({"schema": "harbinger.escalation-alert.v1"}, CRISIS[1]),
    )
    assert status == 1
    assert sum(line["articles"] for line in lines) == 2
    found = {(fault["file"][-4:], fault["line"]): fault["reason"] for fault in faults}
    assert sorted(found) == [("in-0", 3), ("in-0", 4), ("in-0", 5), ("in-1", 1)]
    assert "not JSON" in found["in-0", 3]
    assert found["in-0", 4].startswith("article.published_at: ")
    assert found["in-0", 5].startswith("id: ")
    assert "harbinger.escalation-alert.v1" in found["in-1", 1] or "article" in found["in-1", 1]


def test_an_article_that_comes_twice_counts_once(backfill: Backfill) -> None:
    once = backfill(jsonl(*CRISIS))
    assert backfill(jsonl(*CRISIS, *CRISIS)) == once


def test_pairs_and_days_can_be_chosen_and_the_figures_stay_the_same(backfill: Backfill) -> None:
    articles = jsonl(*CRISIS, AFTERWARDS)
    _, everything, _ = backfill(articles)
    _, chosen, _ = backfill(
        articles, pairs=frozenset({("CUB", "USA")}), first=date(1962, 10, 21), last=date(1962, 10, 22)
    )
    days = [line for line in chosen if "alert" not in line]
    assert [day["date"] for day in days] == ["1962-10-21", "1962-10-22"]
    assert all(day["pair"] == ["CUB", "USA"] for day in days)
    assert all(day in everything for day in days)


def test_nothing_comes_of_nothing(backfill: Backfill) -> None:
    assert backfill(b"") == (0, [], [])


def test_quiet_judges_and_says_nothing(backfill: Backfill) -> None:
    assert backfill(jsonl(*CRISIS), quiet=True) == (0, [], [])


def test_what_cannot_be_read_is_said_before_the_work(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot open /nowhere"):
        run(settings, ["/nowhere"])
    with pytest.raises(RulesError, match=r"rules\.yaml"):
        run(settings, ["/nowhere"], rules_file=tmp_path / "rules.yaml")

"""The verdict of the monitor's chaos harness must itself notice every kind of difference, and its input be what it says."""

import copy
import json
from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from service.messages.alert import EscalationAlert
from service.messages.enriched import EnrichedArticle
from tests.chaos.monitor.articles import Message, messages
from tests.chaos.monitor.outcome import reduced
from tests.chaos.monitor.verdict import Outcome, judge

SEED, COUNT = 7, 1_500


def day(date: str, index: float = 12.5) -> dict[str, Any]:
    return {
        "pair": ["CUB", "USA"],
        "date": date,
        "index": index,
        "threat": 10.5,
        "act": 2.0,
        "baseline": 1.0,
        "zscore": 2.25,
        "level": "calm",
        "articles": 3,
    }


def alert(identity: str, state: str) -> dict[str, Any]:
    return {
        "schema": "harbinger.escalation-alert.v1",
        "alert_id": identity,
        "pair": ["CUB", "USA"],
        "state": state,
        "level": "high",
        "index": 63.1,
        "baseline": 22.4,
        "zscore": 3.2,
        "window": {"start": "1962-10-16T00:00:00Z", "end": "1962-10-23T00:00:00Z"},
        "started_at": "1962-10-22T23:00:00Z",
        "updated_at": "1962-10-22T23:00:00Z",
        "articles": 14,
        "sources": 9,
        "top_events": [],
    }


@pytest.fixture
def expected() -> Outcome:
    lines = [
        day("1962-10-22"),
        {"alert": alert("a", "firing")},
        day("1962-10-23"),
        {"alert": alert("a", "resolved")},
    ]
    return reduced(json.dumps(line) for line in lines)


@pytest.fixture
def found(expected: Outcome) -> Outcome:
    return copy.deepcopy(expected)


def test_the_same_is_no_violation(expected: Outcome, found: Outcome) -> None:
    assert expected.days == 2
    assert (expected.count("firing"), expected.count("resolved")) == (1, 1)
    assert EscalationAlert.model_validate(expected.alerts[0]).alert_id == "a"
    assert judge(expected, found) == []


def test_days_that_are_missing_or_too_many(expected: Outcome, found: Outcome) -> None:
    days = found.series["CUB", "USA"]
    days["1962-10-24"] = days.pop("1962-10-22")
    assert judge(expected, found) == [
        "1 days are missing: CUB-USA 1962-10-22",
        "1 days are there that the offline reducer does not have: CUB-USA 1962-10-24",
    ]


@pytest.mark.parametrize("figure", ["index", "threat", "act", "baseline", "zscore", "level", "articles"])
def test_every_figure_counts_to_the_last_digit(expected: Outcome, found: Outcome, figure: str) -> None:
    today = found.series["CUB", "USA"]["1962-10-22"]
    today[figure] = "high" if figure == "level" else today[figure] + 0.01
    (violation,) = judge(expected, found)
    assert violation.startswith(f"1 days have other figures (offline != monitor): CUB-USA 1962-10-22 ({figure} ")


def test_alerts_that_are_missing_doubled_or_made_up(expected: Outcome, found: Outcome) -> None:
    fired, resolved = found.alerts
    found.alerts = [fired, fired, alert("b", "firing")]
    words = [violation.partition(":")[0] for violation in judge(expected, found)]
    assert words == [
        "1 alerts are missing",
        "1 alerts came that the offline reducer does not raise",
        "1 alerts came more than once",
    ]
    assert resolved["alert_id"] in judge(expected, found)[0]


def test_an_alert_must_fire_before_it_is_resolved(expected: Outcome, found: Outcome) -> None:
    found.alerts.reverse()
    (violation,) = judge(expected, found)
    assert violation.startswith("1 alerts were resolved before they fired: CUB-USA 1962-10-23 high resolved a")


def test_an_alert_must_say_the_same(expected: Outcome, found: Outcome) -> None:
    found.alerts[0]["sources"] = 8
    (violation,) = judge(expected, found)
    assert "(sources 9 != 8)" in violation
    assert judge(expected, found, late=[("CUB", "USA")]) == []


def test_dead_letters_are_those_of_broken_messages(expected: Outcome, found: Outcome) -> None:
    expected.dead_letters, found.dead_letters = {b"broken-1"}, {b"article-1"}
    assert judge(expected, found) == [
        "1 messages that are no articles were not dead-lettered: broken-1",
        "1 articles were dead-lettered: article-1",
    ]


@pytest.fixture(scope="module")
def fed() -> list[Message]:
    return messages(SEED, COUNT)


def test_the_articles_are_valid_and_refer_to_their_own_text(fed: list[Message]) -> None:
    for message in fed:
        if not message.good or message.value is None:
            continue
        article = EnrichedArticle.model_validate_json(message.value)
        assert article.article.id.encode() == message.key
        events = [span for event in article.events for span in (event.trigger, event.evidence)]
        for span in [*article.entities, *events, *(signal.evidence for signal in article.signals)]:
            assert article.article.body[span.start : span.end] == span.text
        actors = {actor.id for actor in article.actors}
        assert {entity.actor for entity in article.entities} == actors
        assert {name for event in article.events for name in (*event.sources, *event.targets)} <= actors
        assert sum(driver.contribution for driver in article.escalation.drivers) == article.escalation.score
        assert sum(dyad.score for dyad in article.escalation.dyads) == article.escalation.score


@pytest.mark.parametrize("seed", range(10))
def test_every_seed_gives_as_many_messages_as_asked(seed: int) -> None:
    assert len(messages(seed, 1_200)) == 1_200


def test_some_messages_are_no_articles(fed: list[Message]) -> None:
    broken = [message.value for message in fed if not message.good]
    assert broken
    for value in filter(None, broken):
        with pytest.raises(ValidationError):
            EnrichedArticle.model_validate_json(value)


def test_the_articles_are_the_same_for_the_same_seed(fed: list[Message]) -> None:
    assert messages(SEED, COUNT) == fed
    assert messages(SEED + 1, COUNT) != fed


def test_some_articles_come_twice_and_some_late(fed: list[Message]) -> None:
    copies = Counter((message.key, message.value) for message in fed)
    assert len(fed) == COUNT
    assert sum(message.again for message in fed) == len(fed) - len(copies) > 0
    assert len({message.key for message in fed}) == len(copies)
    first = [message.value for message in fed if message.good and not message.again]
    times = [datetime.fromisoformat(json.loads(value)["article"]["published_at"]) for value in first if value]
    behind = sum(time < max(times[:place], default=time) for place, time in enumerate(times))
    assert 0.03 * COUNT < behind < 0.3 * COUNT

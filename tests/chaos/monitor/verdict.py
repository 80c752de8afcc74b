"""The verdict: what the monitors came to against what the offline reducer says of the same articles. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Pair = tuple[str, str]

FIGURES = ("index", "threat", "act", "baseline", "zscore", "level", "articles")
"""What a pair's day says, all of which must be equal, to the last digit."""

SHOWN = 8
"""Differences of a kind that are told; the rest is counted."""


@dataclass(slots=True)
class Outcome:
    """What came of the articles: the days of each pair by date, the alerts in the order in which they were written,
    and the keys of the dead letters."""

    series: dict[Pair, dict[str, dict[str, Any]]] = field(default_factory=dict)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    dead_letters: set[bytes] = field(default_factory=set)

    @property
    def days(self) -> int:
        """Days of all pairs."""
        return sum(len(days) for days in self.series.values())

    def as_json(self) -> dict[str, Any]:
        """For a file beside the logs."""
        series = {"-".join(pair): days for pair, days in sorted(self.series.items())}
        letters = sorted(key.decode("utf-8", "replace") for key in self.dead_letters)
        return {"series": series, "alerts": self.alerts, "dead_letters": letters}

    def count(self, state: str) -> int:
        """Alerts of a state, ``firing`` or ``resolved``."""
        return sum(alert["state"] == state for alert in self.alerts)


def judge(expected: Outcome, found: Outcome, late: Collection[Pair] = ()) -> list[str]:
    """Every difference, in words; empty when the two say the same.

    Args:
        expected: what the offline reducer says.
        found: what the monitors say.
        late: pairs whose articles may have come late; their alerts must be there, but may say what was known at the time.
    """
    return [
        *_compare_days(expected, found),
        *_compare_figures(expected, found),
        *_compare_alerts(expected.alerts, found.alerts),
        *_compare_contents(expected.alerts, [alert for alert in found.alerts if tuple(alert["pair"]) not in late]),
        *_check_order(found.alerts),
        *_compare_dead_letters(expected, found),
    ]


def _compare_days(expected: Outcome, found: Outcome) -> list[str]:
    wanted, seen = _days(expected), _days(found)
    return [
        *_named("days are missing", sorted(wanted.keys() - seen.keys())),
        *_named("days are there that the offline reducer does not have", sorted(seen.keys() - wanted.keys())),
    ]


def _compare_figures(expected: Outcome, found: Outcome) -> list[str]:
    wanted, seen = _days(expected), _days(found)
    differing = []
    for day in sorted(wanted.keys() & seen.keys()):
        if unequal := _unequal(wanted[day], seen[day], FIGURES):
            differing.append(f"{day} ({unequal})")
    return _named("days have other figures (offline != monitor)", differing)


def _compare_alerts(expected: Iterable[Mapping[str, Any]], found: Iterable[Mapping[str, Any]]) -> list[str]:
    wanted, seen = Counter(map(_told, expected)), Counter(map(_told, found))
    doubled = sorted(f"{alert}, {count} times" for alert, count in seen.items() if count > 1)
    return [
        *_named(
            "offline: alerts that came more than once", sorted(alert for alert, count in wanted.items() if count > 1)
        ),
        *_named("alerts are missing", sorted(wanted.keys() - seen.keys())),
        *_named("alerts came that the offline reducer does not raise", sorted(seen.keys() - wanted.keys())),
        *_named("alerts came more than once", doubled),
    ]


def _compare_contents(expected: Iterable[Mapping[str, Any]], found: Iterable[Mapping[str, Any]]) -> list[str]:
    wanted = {_told(alert): alert for alert in expected}
    differing = []
    for alert in found:
        other = wanted.get(_told(alert), alert)
        if unequal := _unequal(other, alert, sorted(other.keys() | alert.keys())):
            differing.append(f"{_told(alert)} ({unequal})")
    return _named("alerts say something else (offline != monitor)", differing)


def _check_order(found: Iterable[Mapping[str, Any]]) -> list[str]:
    fired: set[str] = set()
    early = []
    for alert in found:
        if alert["state"] == "firing":
            fired.add(alert["alert_id"])
        elif alert["alert_id"] not in fired:
            early.append(_told(alert))
    return _named("alerts were resolved before they fired", early)


def _compare_dead_letters(expected: Outcome, found: Outcome) -> list[str]:
    """Once is enough, and more is no fault: a dead letter says where it comes from."""
    missing, wrong = expected.dead_letters - found.dead_letters, found.dead_letters - expected.dead_letters
    return [
        *_named("messages that are no articles were not dead-lettered", sorted(key.decode() for key in missing)),
        *_named("articles were dead-lettered", sorted(key.decode() for key in wrong)),
    ]


def _days(outcome: Outcome) -> dict[str, Mapping[str, Any]]:
    """The days of all pairs, by pair and date."""
    return {f"{'-'.join(pair)} {date}": day for pair, days in outcome.series.items() for date, day in days.items()}


def _told(alert: Mapping[str, Any]) -> str:
    """The identity of an alert's message, after words for people."""
    return (
        f"{'-'.join(alert['pair'])} {alert['window']['end'][:10]} {alert['level']} {alert['state']} {alert['alert_id']}"
    )


def _unequal(wanted: Mapping[str, Any], seen: Mapping[str, Any], names: Iterable[str]) -> str:
    """The fields that differ; empty when none does."""
    return ", ".join(
        f"{name} {_short(wanted.get(name))} != {_short(seen.get(name))}"
        for name in names
        if wanted.get(name) != seen.get(name)
    )


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) < 60 else f"{text[:57]}..."


def _named(what: str, items: Sequence[str]) -> list[str]:
    if not items:
        return []
    return [f"{len(items)} {what}: {'; '.join(items[:SHOWN])}{'; ...' if len(items) > SHOWN else ''}"]

"""Alerts in words for people: what happened, the figures, and the sentences that show it."""

import json
from typing import Any, Final

from service.messages.alert import EscalationAlert
from service.messages.text import scalar_values

EVIDENCE_CHARACTERS: Final = 300
"""Of each sentence; a longer one is cut."""
ARTICLE_ID_CHARACTERS: Final = 80
"""Of each article id, which may have 512."""


def pair_name(alert: EscalationAlert) -> str:
    """The pair as the topic's key has it: ``RUS-USA``."""
    return "-".join(alert.pair)


def summary(alert: EscalationAlert) -> str:
    """One line."""
    what = f"tension is {alert.level}" if alert.state == "firing" else f"{alert.level} tension is over"
    return f"{pair_name(alert)}: {what} (index {alert.index:.1f}, usual {alert.baseline:.1f})"


def figures(alert: EscalationAlert) -> str:
    """What the judgement rests on, in one line."""
    articles, sources = _count(alert.articles, "article"), _count(alert.sources, "source")
    return (
        f"Index {alert.index:.1f}, baseline {alert.baseline:.1f}, z-score {alert.zscore:+.1f}; "
        f"{articles} from {sources} between {alert.window.start} and {alert.window.end}."
    )


def evidence(alert: EscalationAlert) -> list[str]:
    """A line for each top event: what it is, the sentence, and where that stands."""
    return [
        f"{event.type}: “{shorten(event.evidence, EVIDENCE_CHARACTERS)}” "
        f"({shorten(event.article_id, ARTICLE_ID_CHARACTERS)})"
        for event in alert.top_events
    ]


def shorten(text: str, limit: int) -> str:
    """The text on one line, in at most ``limit`` characters that UTF-8 can carry."""
    line = " ".join(scalar_values(text).split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def to_json(document: Any) -> bytes:
    """JSON for a receiver."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

"""What the monitor says when a pair of countries heats up or cools down (section 4 of the contract)."""

import hashlib
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from service.messages.article import PublishedAt
from service.messages.enriched import Level, PloverRoot, Record
from service.messages.text import ArticleId, Text


class Window(Record):
    """The stretch of article time that the index was computed over, half-open."""

    start: PublishedAt
    end: PublishedAt


class TopEvent(Record):
    """An event that drives the index; ``evidence`` is the sentence it was read in."""

    article_id: ArticleId
    event_id: str
    type: PloverRoot
    evidence: Text


class EscalationAlert(Record):
    """The state of an alert on one pair; the topic is compacted by pair, so the newest message of a key counts."""

    schema_: Literal["harbinger.escalation-alert.v1"] = Field("harbinger.escalation-alert.v1", alias="schema")
    alert_id: str = Field(description="Hash of pair, window and level: a replay repeats it")
    pair: tuple[str, str] = Field(description="Sorted ISO 3166-1 alpha-3 codes; the message key is 'RUS-USA'")
    state: Literal["firing", "resolved"]
    level: Level
    index: float = Field(description="Tension of the pair in the window, 0 and more")
    baseline: float = Field(description="What is usual for this pair, on the scale of the index")
    zscore: float = Field(description="Standard deviations that the index lies above the baseline")
    window: Window
    started_at: PublishedAt
    updated_at: PublishedAt
    articles: Annotated[int, Field(ge=0, description="Articles with evidence in the window")]
    sources: Annotated[int, Field(ge=0, description="Distinct sources among them")]
    top_events: list[TopEvent]

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def alert_id(pair: tuple[str, str], window: Window, level: Level) -> str:
    """The identity of an alert: 32 hexadecimal digits that depend on nothing but pair, window and level."""
    text = "\n".join((*sorted(pair), window.start, window.end, level))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]

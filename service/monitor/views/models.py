"""What the views answer and what they may be asked. The OpenAPI description is made from these models."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.messages.alert import EscalationAlert
from service.messages.enriched import Level, PloverRoot
from service.monitor.report import Kind
from service.monitor.rules import AlertLevel

PairLevel = Literal["calm", "elevated", "high", "severe"]
Order = Literal["index", "change", "change_week"]
Date = Annotated[str, Field(json_schema_extra={"format": "date"})]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Query(BaseModel):
    """Parameters of a request; one that is not known is an error, for it would have been meant to do something."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class GatheredQuery(Query):
    """Parameters of what is gathered from all members."""

    local: bool = False
    """Answer for the partitions of the member that is asked alone. Members ask each other so."""


class PairQuery(Query):
    """One pair: there is nothing to choose."""


class PairsQuery(GatheredQuery):
    """Which pairs, and in which order."""

    by: Order = "index"
    """What the highest of comes first."""
    limit: Annotated[int, Field(ge=1, le=500)] = 20
    """Pairs at most."""
    level: PairLevel = "calm"
    """Pairs of this level and above."""


class AlertsQuery(GatheredQuery):
    """Which alerts."""

    state: Literal["firing", "all"] = "firing"
    """``all``: those of the kept days that have ended, too."""


class View(BaseModel):
    """Base of every answer. Fields that a newer member adds are no error to an older one."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class OfPair(View):
    """What is said of one pair."""

    pair: tuple[str, str]
    """Sorted ISO 3166-1 alpha-3 codes."""


class Day(View):
    """The figures of one day at its end, or so far for the day that runs: those of a line of ``harbinger backfill``."""

    date: Date
    """UTC day of article time, as ``1962-10-22``."""
    index: float
    """Escalation index in points, 0 and more: threat and act together."""
    threat: float
    """Points of threats."""
    act: float
    """Points of acts."""
    baseline: float
    """Median of the index over the days before."""
    zscore: float
    """Spreads that the index lies above the baseline."""
    level: Level
    articles: Annotated[int, Field(ge=0)]
    """Articles of that day with evidence on the pair."""


class Current(Day, OfPair):
    """A pair at the horizon."""

    change: float
    """The index minus what it was at the end of the day before."""
    change_week: float
    """The index minus what it was at the end of the day seven days before."""
    alerts: list[AlertLevel]
    """Levels whose alerts fire, from the lowest."""


class EventSources(View):
    """Who tells of an event; an article without a source counts as one of its own, ``article:<id>``."""

    count: int
    names: list[str]


class Event(View):
    """One event of the real world, whoever tells of it, with the sentence that shows it best."""

    root: PloverRoot
    kind: Kind
    day: Date
    """UTC day of the deed."""
    value: float
    """Points that it had on its day; they decay. Of relief: points that it took away."""
    sources: EventSources
    article_id: str
    event_id: str
    evidence: str


class PairAlerts(View):
    """The alerts of one pair."""

    open: list[EscalationAlert]
    """Those that fire, from the lowest level, as they stand on the topic."""
    history: list[EscalationAlert]
    """What fired and ended in the days for which articles are kept, in order of time, as those articles have it today."""


class PairView(OfPair):
    """Everything on one pair."""

    horizon: Moment | None
    """Moment of article time up to which it is judged (RFC 3339)."""
    current: Current | None
    """null: no article lies before the horizon yet."""
    alerts: PairAlerts
    events: list[Event]
    """The hostile events of the window that weigh most, the heaviest first; after them what relieved, the latest first."""
    series: list[Day]
    """Days with evidence or an open alert, the earliest first; on others the index only decays."""


class Missing(View):
    """A member whose part of the answer is not there."""

    member: str
    """Its address."""
    partitions: list[int]
    """Whose pairs are absent."""
    reason: str


class Part(View):
    """Base of answers that are put together from all members."""

    horizon: Moment | None
    """Moment of article time (RFC 3339) up to which every pair of this answer is judged; null while nothing is known."""
    partitions: list[int]
    """Partitions of pairs that the answer covers."""
    missing: list[Missing] = []
    """Who did not answer: with any entry here this is a part, not the whole."""


class PairsView(Part):
    """Pairs under watch."""

    watched: Annotated[int, Field(ge=0)]
    """How many pairs of the wanted level there are, shown or not."""
    pairs: list[Current]


class AlertsView(Part):
    """Alerts, the highest level first, then the highest index."""

    alerts: list[EscalationAlert]
    """Messages as on the topic."""


class ProblemDetails(View):
    """What went wrong (RFC 9457, ``application/problem+json``)."""

    type: Literal["about:blank"] = "about:blank"
    title: str
    """The name of the status."""
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    """What is wrong with this request, or what is missing to answer it."""

"""What leaves: the enriched article (section 2 of the contract)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.messages.article import PublishedAt
from service.messages.text import ArticleId, Body, Text

FieldName = Literal["title", "body"]
EntityLabel = Literal["PERSON", "ORG", "GPE", "LOC", "NORP", "FAC", "WEAPON", "EVENT", "LAW", "DATE"]
"""OntoNotes' names, plus WEAPON."""

PloverRoot = Literal[
    "AGREE", "CONSULT", "SUPPORT", "COOPERATE", "AID", "CONCEDE", "RETREAT", "REQUEST",
    "ACCUSE", "REJECT", "THREATEN", "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT",
]  # fmt: skip
"""The sixteen roots of PLOVER (Open Event Data Alliance, codebook of 2018), successors of CAMEO's twenty."""

Modality = Literal["actual", "planned", "requested", "hypothetical", "negated", "historical"]
Level = Literal["de-escalating", "calm", "elevated", "high", "severe"]
EscalatoryCategory = Literal[
    "war_threat", "military_buildup", "nuclear_posture", "terror_threat", "war_begin", "war_escalation", "terror_act",
    "ultimatum", "escalation_warning", "weapons_transfer", "strike_authorization", "troop_deployment", "mobilization",
    "sanctions", "diplomatic_rupture", "cyber_attack", "blockade", "border_incident", "airspace_violation", "seizure",
]  # fmt: skip
DeEscalatoryCategory = Literal[
    "ceasefire", "negotiation", "withdrawal", "agreement", "prisoner_exchange", "sanctions_relief",
    "diplomatic_restoration", "confidence_building", "disarmament",
]  # fmt: skip


class Record(BaseModel):
    """Base of everything that leaves: closed, immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(Record):
    """A stretch of the article: half-open code point offsets into ``field``, and the text that stands there."""

    field: FieldName
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    text: Text


class Boilerplate(Record):
    """A stretch that was left out of the analysis, and why (``donation``, ``read_more``, ``agency_credit``, ...)."""

    field: FieldName
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    reason: str


class Entity(Span):
    """A named entity; ``actor`` is the id of the actor it stands for, null when it was not linked."""

    id: str
    label: EntityLabel
    actor: str | None = None


class Role(Record):
    """The office that a person holds, or last held, at the article's date. Dates are ISO 8601, possibly just year or month."""

    title: str
    since: str | None = None
    until: str | None = None


class Actor(Record):
    """Somebody who acts in world politics."""

    id: str
    name: Text
    kind: str
    country: str | None = Field(description="ISO 3166-1 alpha-3; null for an intergovernmental organisation")
    code: str | None = Field(description="CAMEO actor code at published_at")
    sector: str | None = Field(description="PLOVER/CAMEO sector: GOV, MIL, OPP, REB, IGO, ...")
    role: Role | None = None
    mentions: list[str] = Field(description="ids of entities")
    salience: Annotated[float, Field(ge=0, le=1)]


class Attribution(Record):
    """Who says that the event happened; ``actor`` is null when the speaker is not a known actor."""

    actor: str | None
    field: FieldName
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]


class EventDate(Record):
    """When it happens: ``value`` is ISO 8601 to the given precision, ``text`` the words (null: taken from the article's date)."""

    value: str
    precision: Literal["day", "month", "year"]
    text: Text | None


class Place(Record):
    """Where it happens; coordinates in decimal degrees (WGS 84)."""

    name: Text
    country: str | None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None


class Event(Record):
    """Who does what to whom.

    ``type`` is the PLOVER root of the deed itself. ``plover`` is the root by PLOVER's and CAMEO's own rule, which code
    words about deeds as words (a planned attack is THREATEN); ``cameo``, ``quad_class`` and ``goldstein`` follow it.
    """

    id: str
    type: PloverRoot
    plover: PloverRoot
    mode: str | None
    cameo: str
    quad_class: Annotated[int, Field(ge=1, le=4)]
    goldstein: Annotated[float, Field(ge=-10, le=10)]
    sources: list[str]
    targets: list[str]
    affected: list[str]
    modality: Modality
    attribution: Attribution | None
    date: EventDate | None
    place: Place | None
    trigger: Span
    evidence: Span
    rule: str
    confidence: Annotated[float, Field(ge=0, le=1)]


class Signal(Record):
    """A sign of escalation or de-escalation; ``gpr`` is Caldara and Iacoviello's category, 1 to 8, where one fits."""

    id: str
    category: EscalatoryCategory | DeEscalatoryCategory
    direction: Literal["escalatory", "de-escalatory"]
    status: Literal["threat", "act"]
    gpr: Annotated[int, Field(ge=1, le=8)] | None
    events: list[str]
    actors: list[str]
    evidence: Span
    rule: str


class Driver(Record):
    """What one signal or event adds to the score, in points."""

    ref: str
    contribution: float


class DyadScore(Record):
    """The score of one pair of countries: sorted ISO 3166-1 alpha-3 codes."""

    pair: tuple[str, str]
    score: Annotated[float, Field(ge=-100, le=100)]
    events: list[str]


class Escalation(Record):
    """-100 (strongly de-escalatory) to +100; the drivers add up to the score."""

    score: Annotated[float, Field(ge=-100, le=100)]
    level: Level
    drivers: list[Driver]
    dyads: list[DyadScore]


class InputPosition(Record):
    """Where the article was read."""

    topic: str
    partition: int
    offset: int


class Provenance(Record):
    """By what, and when, the article was enriched. Only ``enriched_at`` and ``input`` differ between two runs."""

    service: str
    model: str
    knowledge: str
    enriched_at: str
    input: InputPosition | None = None


class ReceivedArticle(Record):
    """The article as received (or as mapped from ninjs, or extracted from HTML)."""

    id: ArticleId
    title: Text
    body: Body
    url: Text | None
    source: Text | None
    language: Text | None
    published_at: PublishedAt


class Unread(Record):
    """Why the analysis did not read the article, so that empty lists are not taken for a quiet one."""

    reason: Literal["language"]
    language: str = Field(
        description="ISO 639 code, as detected, or, of texts that are too short or mixed, as declared"
    )


class EnrichedArticle(Record):
    """The whole message."""

    schema_: Literal["harbinger.enriched-article.v1"] = Field("harbinger.enriched-article.v1", alias="schema")
    article: ReceivedArticle
    boilerplate: list[Boilerplate]
    entities: list[Entity]
    actors: list[Actor]
    events: list[Event]
    signals: list[Signal]
    escalation: Escalation
    provenance: Provenance
    unread: Unread | None = None

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

"""From the bytes of an enriched article to its reports, one for each country pair."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final

import msgspec
from pydantic_core import PydanticCustomError

from service.errors import HarbingerError
from service.knowledge.weights import Weights
from service.messages.article import parse_rfc3339
from service.messages.enriched import PloverRoot
from service.messages.text import MAX_ID_LENGTH, scalar_values
from service.monitor.opponents import HALF_KNOWN, Opponents, pairs_of
from service.monitor.report import EVIDENCE_MAX, Deed, Kind, Report
from service.monitor.rules import Pair
from service.monitor.similarity import signature
from service.monitor.times import day_of, milliseconds

SCHEMA: Final = "harbinger.enriched-article.v1"
_EPOCH: Final = date(1970, 1, 1)


UNGRANTED: Final = frozenset({"requested", "hypothetical"})
"""Modalities in which relief is none: who demands a withdrawal or urges talks tells of a crisis, not of its end."""


class NotEnriched(HarbingerError, ValueError):
    """These bytes are no enriched article; says which field is wrong and why."""


class _Article(msgspec.Struct, gc=False):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_LENGTH)]
    title: str
    body: str
    published_at: str
    source: str | None = None


class _Actor(msgspec.Struct, gc=False):
    id: str
    country: str | None
    salience: float = 0.0


class _Date(msgspec.Struct, gc=False):
    value: str
    precision: str


class _Entity(msgspec.Struct, gc=False):
    field: str
    start: int
    end: int
    actor: str | None = None


class _Span(msgspec.Struct, gc=False):
    text: str
    field: str = ""
    start: int = 0
    end: int = 0


class _Event(msgspec.Struct, gc=False):
    id: str
    type: PloverRoot
    quad_class: int
    goldstein: Annotated[float, msgspec.Meta(ge=-10, le=10)]
    modality: str
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)]
    sources: list[str]
    targets: list[str]
    affected: list[str]
    evidence: _Span
    date: _Date | None = None


class _Signal(msgspec.Struct, gc=False):
    category: str
    direction: str
    status: str
    events: list[str]


class _Enriched(msgspec.Struct, gc=False):
    schema: str
    article: _Article
    actors: list[_Actor]
    events: list[_Event]
    signals: list[_Signal]
    entities: list[_Entity] = []


_decoder = msgspec.json.Decoder(_Enriched)


class Read(msgspec.Struct, frozen=True):
    """An article as the monitor sees it."""

    article_id: str
    published: int
    """Milliseconds since 1970."""
    reports: Mapping[Pair, Report]


class Reader:
    """Reads enriched articles.

    Args:
        weights: those of the escalation score, so that index and score speak of the same points.
        territories: the state to which a territory belongs: what is done to the one is done to the other.
    """

    def __init__(self, weights: Weights, territories: Mapping[str, str] = {}) -> None:
        self._territories = territories
        self._per_goldstein = weights.event
        self._points = {str(name): points for name, points in weights.signals.items()}
        self._shares = {str(name): share for name, share in weights.modality.items()}

    def read(self, value: bytes) -> Read:
        """The article's reports; none when it says nothing of two countries.

        Raises:
            NotEnriched: these bytes are no enriched article.
        """
        message = _decode(value)
        if message.schema != SCHEMA:
            raise NotEnriched(f"schema: {message.schema!r} is not {SCHEMA!r}")
        article = message.article
        try:
            published = milliseconds(parse_rfc3339(article.published_at))
        except PydanticCustomError as error:
            raise NotEnriched(f"article.published_at: {error.message()}") from None
        deeds = self._deeds(message, published)
        if not deeds:
            return Read(article.id, published, {})
        text = signature(article.title, article.body)
        source = article.source or f"article:{article.id}"
        return Read(
            article.id,
            published,
            {pair: Report(article.id, source, published, text, found) for pair, found in deeds.items()},
        )

    def _deeds(self, message: _Enriched, published: int) -> dict[Pair, list[Deed]]:
        opponents = self._opponents(message)
        countries = opponents.countries
        if len(opponents.salience) < 2:
            return {}
        signals: dict[str, list[_Signal]] = {}
        for signal in message.signals:
            for event_id in signal.events:
                signals.setdefault(event_id, []).append(signal)
        found: dict[Pair, dict[tuple[str, str, int], Deed]] = {}
        today = day_of(published)
        halves: list[tuple[_Event, Deed]] = []
        for event in message.events:
            own = signals.get(event.id, ())
            pairs = pairs_of(event, countries)
            deed = self._deed(event, own, today) if pairs or own else None
            if deed is None:
                continue
            if deed.kind != "relief":
                opponents.face(pairs)
                if not pairs:
                    halves.append((event, deed))
            for pair in pairs:
                _merge(found.setdefault(pair, {}), deed)
        for event, deed in halves:
            half = msgspec.structs.replace(deed, points=round(deed.points * HALF_KNOWN, 3))
            for pair in opponents.of(event):
                _merge(found.setdefault(pair, {}), half)
        return {pair: list(deeds.values()) for pair, deeds in found.items()}

    def _opponents(self, message: _Enriched) -> Opponents:
        countries: dict[str, str] = {}
        salience: dict[str, float] = {}
        for actor in message.actors:
            if actor.country:
                country = countries[actor.id] = self._territories.get(actor.country, actor.country)
                salience[country] = salience.get(country, 0.0) + actor.salience
        return Opponents(countries, salience, message.entities)

    def _deed(self, event: _Event, signals: Sequence[_Signal], today: int) -> Deed | None:
        kind, points = self._weight(event, signals)
        if kind == "relief" and event.modality in UNGRANTED:
            return None
        points *= self._shares.get(event.modality, 0.0)
        if points <= 0:
            return None
        return Deed(
            event.id,
            event.type,
            kind,
            round(points, 3),
            event.confidence,
            _deed_day(event, today),
            event.evidence.text[:EVIDENCE_MAX],
        )

    def _weight(self, event: _Event, signals: Sequence[_Signal]) -> tuple[Kind, float]:
        """What the event does to the pair, and its points: those of its strongest signal, else a share of its Goldstein value."""
        if signals:
            strongest = signals[0] if len(signals) == 1 else max(signals, key=self._strength)
            points = self._signal_points(strongest)
            if points < 0:
                return "relief", -points
            return ("act" if strongest.status == "act" else "threat"), points
        points = -event.goldstein * self._per_goldstein
        if points < 0:
            return "relief", -points
        return ("act" if event.quad_class == 4 and event.modality == "actual" else "threat"), points

    def _signal_points(self, signal: _Signal) -> float:
        return self._points.get(signal.category, 0.0)

    def _strength(self, signal: _Signal) -> float:
        return abs(self._signal_points(signal))


def _merge(deeds: dict[tuple[str, str, int], Deed], deed: Deed) -> None:
    """An article that tells of deeds of one root and kind on one day tells of one event: the most points, the highest confidence,
    and the sentence that carries most of both. The index would come to the same; the state is a fraction of the size."""
    key = deed.root, deed.kind, deed.day
    known = deeds.setdefault(key, deed)
    if known is deed:
        return
    points = max(deed.points, known.points)
    confidence = max(deed.confidence, known.confidence)
    strongest = deed if deed.points * deed.confidence > known.points * known.confidence else known
    if (strongest.points, strongest.confidence) != (points, confidence):
        strongest = msgspec.structs.replace(strongest, points=points, confidence=confidence)
    deeds[key] = strongest


def _deed_day(event: _Event, today: int) -> int:
    """The day of the deed where the text gives one that lies before publication, else the day of publication, ``today``."""
    if event.date is None or event.date.precision != "day":
        return today
    try:
        day = (date.fromisoformat(event.date.value[:10]) - _EPOCH).days
    except ValueError:
        return today
    return min(day, today)


def _decode(value: bytes) -> _Enriched:
    try:
        return _decoder.decode(value)
    except (msgspec.DecodeError, RecursionError) as error:
        first = error
    try:  # JSON may spell half of an emoji, which msgspec does not take
        plain = _printable(json.loads(value, parse_constant=_no_number))
    except (ValueError, RecursionError):
        raise NotEnriched(str(first)) from None
    try:
        return msgspec.convert(plain, _Enriched)
    except msgspec.ValidationError as error:
        raise NotEnriched(str(error)) from None


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return scalar_values(value)
    if isinstance(value, list):
        return [_printable(each) for each in value]
    if isinstance(value, dict):
        return {_printable(key): _printable(each) for key, each in value.items()}
    return value

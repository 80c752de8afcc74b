"""From the bytes of an enriched article to its reports, one for each country pair."""

import json
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final

import msgspec
from pydantic_core import PydanticCustomError

from service.errors import HarbingerError
from service.knowledge.weights import Weights
from service.messages.article import parse_rfc3339
from service.messages.enriched import PloverRoot
from service.messages.text import MAX_ID_LENGTH, scalar_values
from service.monitor.report import EVIDENCE_MAX, Deed, Kind, Report
from service.monitor.rules import Pair
from service.monitor.similarity import signature
from service.monitor.times import day_of, milliseconds

SCHEMA: Final = "harbinger.enriched-article.v1"
_EPOCH: Final = date(1970, 1, 1)


HALF_KNOWN: Final = 0.5
"""Share that a sign of escalation counts of which only one side is known, for each other country that its sentence names. "Kennedy
orders a quarantine to make Moscow withdraw its missiles from Cuba" speaks of three countries whatever the grammar says."""


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
    """Reads enriched articles; ``weights`` are those of the escalation score, so that index and score speak of the same points."""

    def __init__(self, weights: Weights) -> None:
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
        countries = {actor.id: actor.country for actor in message.actors if actor.country}
        if len(set(countries.values())) < 2:
            return {}
        signals: dict[str, list[_Signal]] = {}
        for signal in message.signals:
            for event_id in signal.events:
                signals.setdefault(event_id, []).append(signal)
        found: dict[Pair, dict[tuple[str, str, int], Deed]] = {}
        today = day_of(published)
        names: _Names | None = None
        for event in message.events:
            own = signals.get(event.id, ())
            pairs = _pairs(event, countries)
            deed = self._deed(event, own, today) if pairs or own else None
            if deed is None:
                continue
            if not pairs and deed.kind != "relief":
                names = names if names is not None else _names(message.entities, countries)
                pairs = _half_known(event, names, countries)
                deed = msgspec.structs.replace(deed, points=round(deed.points * HALF_KNOWN, 3)) if pairs else deed
            for pair in pairs:
                _merge(found.setdefault(pair, {}), deed)
        return {pair: list(deeds.values()) for pair, deeds in found.items()}

    def _deed(self, event: _Event, signals: Sequence[_Signal], today: int) -> Deed | None:
        kind, points = self._weight(event, signals)
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


def _pairs(event: _Event, countries: Mapping[str, str]) -> Collection[Pair]:
    """Who deals with whom: each source's country with each target's, or with those affected where nobody is the target."""
    sources = _codes(event.sources, countries)
    if not sources:
        return ()
    others = _codes(event.targets, countries) or _codes(event.affected, countries)
    if len(sources) == len(others) == 1:  # as almost always
        (a,), (b,) = sources, others
        return () if a == b else (((a, b) if a < b else (b, a)),)
    return {(a, b) if a < b else (b, a) for a in sources for b in others if a != b}


_Names = Mapping[str, tuple[list[int], list[tuple[int, str]]]]
"""Of each field the starts of the names that stand for a country, in order, and with each its end and the country."""


def _names(entities: Sequence[_Entity], countries: Mapping[str, str]) -> _Names:
    fields: dict[str, list[tuple[int, int, str]]] = {}
    for entity in entities:
        code = countries.get(entity.actor or "")
        if code is not None:
            fields.setdefault(entity.field, []).append((entity.start, entity.end, code))
    for found in fields.values():
        found.sort()
    return {
        name: ([each[0] for each in found], [(each[1], each[2]) for each in found]) for name, found in fields.items()
    }


def _half_known(event: _Event, names: _Names, countries: Mapping[str, str]) -> Collection[Pair]:
    """Of a deed with one known side: that country with each other one that its sentence names."""
    known = {*_codes(event.sources, countries), *_codes(event.targets or event.affected, countries)}
    if len(known) != 1 or event.evidence.field not in names:
        return ()
    one, sentence = known.pop(), event.evidence
    starts, ends = names[sentence.field]
    named = {
        code
        for end, code in ends[bisect_left(starts, sentence.start) : bisect_left(starts, sentence.end)]
        if end <= sentence.end
    }
    named.discard(one)
    return [(one, other) if one < other else (other, one) for other in named]


def _codes(names: Sequence[str], countries: Mapping[str, str]) -> Collection[str]:
    if not names:
        return ()
    if len(names) == 1:  # as almost always; a set would take longer than all the rest
        code = countries.get(names[0])
        return (code,) if code else ()
    return {countries[name] for name in names if name in countries}


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

"""The cast list of an article: its actors, the most salient first.

An actor's salience is its part of the weight of all mentions. A mention in the article's title weighs ``TITLE_WEIGHT``, one in
passage *n* of the body ``1 / (1 + DECAY * n)``: news tells the main things first (the inverted pyramid).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from service.analysis.actor_cast import Figure
from service.analysis.reading import ActorMention, Reading
from service.messages.enriched import Actor

TITLE_WEIGHT: Final = 2.0
"""A mention in the title counts twice as much as one in a lead."""

DECAY: Final = 0.15
"""Per passage: the seventh counts about half as much as the first."""

SALIENCE_DIGITS: Final = 4


def cast_list(reading: Reading, found: Iterable[ActorMention], figures: Mapping[str, Figure]) -> list[Actor]:
    """One row for each actor that is mentioned; their saliences add up to 1."""
    weights: defaultdict[str, float] = defaultdict(float)
    for mention in found:
        passage = reading.passages[mention.passage]
        weights[mention.actor] += TITLE_WEIGHT if passage.field == "title" else 1.0 / (1.0 + DECAY * mention.passage)
    entities: defaultdict[str, list[str]] = defaultdict(list)
    for entity in reading.mentions:
        if entity.actor is not None:
            entities[entity.actor].append(entity.id)
    shares = _shares(weights)
    ranked = sorted(shares, key=lambda key: (-shares[key], key))
    return [_actor(figures[key], entities[key], shares[key]) for key in ranked]


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Each actor's part of all weight, rounded so that the parts still add up to 1."""
    total = sum(weights.values())
    shares = {key: round(weight / total, SALIENCE_DIGITS) for key, weight in weights.items()}
    if shares:
        largest = max(shares, key=lambda key: (shares[key], key))
        shares[largest] = round(shares[largest] + 1.0 - sum(shares.values()), SALIENCE_DIGITS)
    return shares


def _actor(figure: Figure, mentions: list[str], salience: float) -> Actor:
    return Actor(
        id=figure.id,
        name=figure.name,
        kind=figure.kind,
        country=figure.country,
        code=figure.code,
        sector=figure.sector,
        role=figure.role,
        mentions=mentions,
        salience=salience,
    )

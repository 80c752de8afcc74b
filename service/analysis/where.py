"""Where a deed happens: the place that stands nearest to its trigger in the same sentence."""

from typing import Final

from spacy.tokens import Token

from service.analysis.reading import Mention, Passage, Reading
from service.analysis.syntax import preposition
from service.knowledge.knowledge import Knowledge
from service.messages.enriched import Place

PLACES: Final = frozenset({"GPE", "LOC", "FAC"})
LOCATING: Final = frozenset(
    {"in", "at", "near", "on", "off", "inside", "outside", "across", "over", "around", "along", "into", "of"}
)


def place_of(trigger: Token, passage: Passage, reading: Reading, knowledge: Knowledge) -> Place | None:
    """The nearest place that a locating preposition introduces (``in Geneva``, ``near the border town of Kehl``), or None.

    A place that acts (``Kyiv said``) is an actor, not a scene, so that a name without such a preposition is passed over.
    """
    best: tuple[int, int] | None = None
    chosen: Place | None = None
    sentence = trigger.sent
    for mention in reading.mentions_in(passage.index):
        if mention.label not in PLACES or not sentence.start <= mention.start < sentence.end:
            continue
        root: Token = passage.doc[mention.start : mention.end].root
        if preposition(root) not in LOCATING:
            continue
        rank = (abs(root.i - trigger.i), root.i)
        if best is None or rank < best:
            place = _located(mention, passage, knowledge)
            if place is not None:
                best, chosen = rank, place
    return chosen


def _located(mention: Mention, passage: Passage, knowledge: Knowledge) -> Place | None:
    name = passage.doc[mention.start : mention.end].text
    if mention.actor is not None and mention.actor.startswith("cty:"):
        country = knowledge.countries.get(mention.actor.removeprefix("cty:"))
        if country is not None:
            return Place(name=name, country=country.iso3, latitude=None, longitude=None)
    found = knowledge.gazetteer.find(name)
    if found is None:
        return None
    return Place(name=name, country=found.country, latitude=found.latitude, longitude=found.longitude)

"""Where a deed happens: the place that a locating word gives to its trigger or to the clause around it."""

from collections.abc import Collection
from typing import Final

from spacy.tokens import Token

from service.analysis.reading import Mention, Passage, Reading
from service.analysis.scene import LASTING, steps_between
from service.analysis.syntax import preposition
from service.knowledge.knowledge import Knowledge
from service.messages.enriched import Place

PLACES: Final = frozenset({"GPE", "LOC", "FAC"})
LOCATING: Final = frozenset(
    {
        "in",
        "at",
        "near",
        "inside",
        "outside",
        "across",
        "around",
        "along",
        "within",
        "throughout",
        "off",
        "outside of",
        "close to",
    }
)
ONTO: Final = frozenset({"of", "on", "over", "into", "against"})
"""They give a place to a deed that happens to it: ``the invasion of Crimea``."""
PART_OF: Final = frozenset(
    {
        "city", "town", "village", "region", "province", "district", "island", "port", "capital", "state", "area", "coast",
        "outskirts", "suburb", "north", "south", "east", "west", "centre", "center", "part", "border", "peninsula", "strait",
        "sea", "republic", "territory", "edge", "gulf", "border-town", "resort", "base", "airport",
    }
)  # fmt: skip
"""What is ``of`` a place and in it."""
HAPPENS_TO: Final = frozenset({"ASSAULT", "COERCE", "RETREAT"})
"""Roots of deeds that are done where their object is."""
WORDS: Final = frozenset({"ACCUSE", "SUPPORT", "REJECT", "REQUEST", "THREATEN", "SANCTION", "CONCEDE"})
"""Roots of deeds that are words or papers: a place inside of what they are about is not theirs."""
VISITS: Final = frozenset({"visit", "travel", "trip", "fly", "arrive", "return", "journey", "go", "tour"})
"""Words for going somewhere, and so for being there: ``a visit to Kyiv``."""


def place_of(
    trigger: Token, passage: Passage, reading: Reading, knowledge: Knowledge, root: str, doers: Collection[str]
) -> Place | None:
    """The nearest place that a locating word gives to the deed (``in Geneva``, ``near the border town of Kehl``), or None.

    A place that acts (``Kyiv said``) or owns (``Kyiv's forces``) is an actor, not a scene, so that a name without such a word is
    passed over; so is the place of another clause. ``root`` is the deed's PLOVER root: what is done to a town happens there, unless
    the town is one of the ``doers``, ids of actors.
    """
    best: tuple[int, int, int] | None = None
    chosen: Place | None = None
    sentence = trigger.sent
    for mention in reading.mentions_in(passage.index):
        if mention.label not in PLACES or not sentence.start <= mention.start < sentence.end:
            continue
        word: Token = passage.doc[mention.start : mention.end].root
        done_to = root in HAPPENS_TO and mention.actor not in doers
        if not _is_located(word, trigger, root, done_to):
            continue
        steps = steps_between(word, trigger)
        if steps is None:
            continue
        rank = (steps, abs(word.i - trigger.i), word.i)
        if best is None or rank < best:
            place = _located(mention, passage, knowledge)
            if place is not None:
                best, chosen = rank, place
    return chosen


def _is_located(word: Token, trigger: Token, root: str, onto: bool) -> bool:
    """Whether the words before a place make a scene of it; ``onto``: what is done to the place happens there."""
    if any(child.tag_ == "POS" for child in word.children):
        return False
    before, head = preposition(word), word.head
    if before in LOCATING:
        return root not in WORDS or _is_scene(head, trigger)
    if before == "of" and head.lemma_.lower() in PART_OF:
        around = preposition(head)
        if around in LOCATING or (around == "on" and head.lemma_ != "part"):
            return root not in WORDS or _is_scene(head.head, trigger)
        return onto and (_is_object(head, trigger) or (head.head.i == trigger.i and around in {"of", "into", "over"}))
    visited = trigger.lemma_.lower() in VISITS
    if _is_object(word, trigger):
        return onto or visited
    return head.i == trigger.i and ((onto and before in ONTO) or (visited and before == "to"))


def _is_scene(holder: Token, trigger: Token) -> bool:
    """Whether a place under the word is where the words fell, and not a part of what they say."""
    return (
        holder.i == trigger.i
        or holder.pos_ in {"VERB", "AUX"}
        or (holder.dep_ == "obl" and preposition(holder) in LASTING)
    )


def _is_object(word: Token, trigger: Token) -> bool:
    """Whether the deed is done to what the word names."""
    if word.head.i != trigger.i or preposition(word) is not None:
        return False
    passive = word.dep_ == "nsubj:pass" and any(child.dep_ == "aux:pass" for child in trigger.children)
    return passive or (word.dep_ == "obj" and word.i > trigger.i)


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

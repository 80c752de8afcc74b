"""Towns and regions that are attacked: what is done to Kharkiv is done to Ukraine.

Elsewhere a town is only where something happens, and its country takes no part in it.
"""

from typing import Final

from spacy.tokens import Token

from service.analysis.actor_page import Page
from service.analysis.actor_scene import Scene
from service.analysis.syntax import preposition

VIOLENT: Final = frozenset(
    {
        "attack", "strike", "hit", "bomb", "bombard", "shell", "pound", "raid", "target", "storm", "besiege", "invade", "occupy",
        "seize", "capture", "annex", "rocket", "assault", "batter", "bombing", "bombardment", "shelling", "airstrike",
        "siege", "invasion", "occupation", "seizure", "annexation", "fall", "offensive",
    }
)  # fmt: skip
"""Verbs that do it to their object, and nouns of the same deeds."""
FIRED: Final = frozenset(
    {"fire", "launch", "missile", "rocket", "drone", "shell", "volley", "barrage", "salvo", "send", "drop"}
)
"""What flies, and the verbs that let it fly: ``at`` or ``on`` says at whom."""
PLACES: Final = frozenset(
    {"city", "town", "village", "port", "capital", "region", "province", "district", "outskirts", "suburb"}
)
AT: Final = frozenset({"at", "on", "against", "toward", "towards", "into"})
CERTAINTY: Final = 0.9
"""The text names the town, not the state."""


def attacked(page: Page, scene: Scene) -> None:
    """Let each town or region that an attack hits, and that nobody else is named by, stand for its country."""
    covered = scene.covered(page)
    for mention in page.mentions:
        if mention.label not in {"GPE", "LOC"} or not covered.isdisjoint(range(mention.start, mention.end)):
            continue
        span = page.doc[mention.start : mention.end]
        if not is_hit(span.root):
            continue
        country = scene.context.place(span.text)
        if country is not None:
            scene.add(page, mention.start, mention.end, scene.cast.country(country), mention, CERTAINTY)


def is_hit(town: Token) -> bool:
    """Whether the word names what an attack hits: ``shelled Kharkiv and Odesa``, ``Haifa was hit``, ``missiles at Kyiv``."""
    if town.dep_ == "conj":
        return town.head.i < town.i and is_hit(town.head)
    if town.dep_ == "compound" and town.head.dep_ in {"obj", "nsubj:pass"}:  # "struck Damascus airport"
        return town.head.head.lemma_.lower() in VIOLENT and preposition(town.head) is None
    head, case = town.head.lemma_.lower(), preposition(town)
    if case is None:
        return town.dep_ in {"obj", "nsubj:pass"} and town.head.pos_ == "VERB" and head in VIOLENT
    if case == "of":
        return is_hit(town.head) if head in PLACES else town.head.pos_ == "NOUN" and head in VIOLENT
    return case in AT and head in VIOLENT | FIRED

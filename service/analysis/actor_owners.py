"""Whom a person or an organisation can belong to: the countries, bodies, agents and places that a passage names, as owners.

An owner gives its country, and a body or an agent also its sector: whoever speaks for the Indian army is Indian and military.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from service.analysis.actor_bodies import unknown_body
from service.analysis.actor_names import Context, Name, folded_words
from service.analysis.actor_page import Page
from service.knowledge import Knowledge
from service.knowledge.records import Igo

_PLACES: Final = frozenset({"GPE", "LOC", "FAC"})


@dataclass(frozen=True, slots=True)
class Owner:
    """Tokens ``start`` to ``end``; ``kind`` is ``adjective``, ``country``, ``body``, ``agent`` or ``place``.

    ``sector`` is that of a body; ``code`` the CAMEO code of an international one, which has no country."""

    start: int
    end: int
    kind: str
    country: str | None
    sector: str | None = None
    code: str | None = None

    @property
    def is_body(self) -> bool:
        """Whether it is an organisation or a state's agents, so that its sector says something of its people."""
        return self.kind in {"body", "agent"}


def find_owners(page: Page, knowledge: Knowledge, context: Context) -> list[Owner]:
    """All owners of a passage in order, the longest where they overlap."""
    found = [*_agents(page, knowledge), *_bodies(page, knowledge, context), *_names(page, knowledge, context)]
    found += _places(page, context)
    free: list[Owner] = []
    taken: set[int] = set()
    for owner in sorted(found, key=lambda owner: (owner.start - owner.end, not owner.is_body)):
        if taken.isdisjoint(range(owner.start, owner.end)):
            taken.update(range(owner.start, owner.end))
            free.append(owner)
    return sorted(free, key=lambda owner: owner.start)


def _agents(page: Page, knowledge: Knowledge) -> Iterator[Owner]:
    """ "The Indian army", "Kyiv's troops": not people, who own nobody ("Russian residents")."""
    for phrase in page.agents:
        if phrase.owner is not None and phrase.sector != "CVL":
            if phrase.body is not None:
                yield _of_body(phrase.start, phrase.end, phrase.body, phrase.country, knowledge)
            elif phrase.country is not None:
                yield Owner(phrase.start, phrase.end, "agent", phrase.country, phrase.sector)


def _bodies(page: Page, knowledge: Knowledge, context: Context) -> Iterator[Owner]:
    for mention in page.mentions:
        if mention.label == "ORG":
            known = unknown_body(page.doc, mention, page.names, knowledge, context)
            if known is not None:
                yield Owner(mention.start, mention.end, "body", *known)


def _names(page: Page, knowledge: Knowledge, context: Context) -> Iterator[Owner]:
    for name in page.names:
        body, region = name.ref("body"), name.ref("region")
        country = context.country(folded_words(page.doc, name.start, name.end), name)
        if body is not None and country is None:
            owned, _ = context.country_of(body, folded_words(page.doc, name.start, name.end))
            yield _of_body(name.start, name.end, body, owned, knowledge)
        elif country is not None and country != "EUE":
            yield Owner(name.start, name.end, _kind(name), context.state(country))
        elif region is not None and knowledge.regions[region].country is not None:
            yield Owner(name.start, name.end, "place", context.state(knowledge.regions[region].country))


def _kind(name: Name) -> str:
    if name.ref("adjective", "people") is not None and name.ref("country") is None:
        return "adjective"
    return "place" if name.ref("country") is None else "country"


def _of_body(start: int, end: int, body: str, country: str | None, knowledge: Knowledge) -> Owner:
    row = knowledge.bodies.get(body)
    if isinstance(row, Igo) and country is None:
        return Owner(start, end, "body", None, row.sector, row.code)
    return Owner(start, end, "body", country, row.sector if row is not None else "GOV")


def _places(page: Page, context: Context) -> Iterator[Owner]:
    """Cities that the gazetteer knows, where they are not names of the knowledge set."""
    for mention in page.mentions:
        if mention.label in _PLACES:
            country = context.place(page.doc[mention.start : mention.end].text)
            if country is not None:
                yield Owner(mention.start, mention.end, "place", country)

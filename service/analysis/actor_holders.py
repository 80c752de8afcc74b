"""Offices that stand alone: "the prime minister" is whoever the article has called so, or who holds the office on its day."""

from typing import Final

from service.analysis.actor_cast import Figure
from service.analysis.actor_offices import OfficePhrase
from service.analysis.actor_page import Page
from service.analysis.actor_people import People
from service.analysis.actor_scene import Scene
from service.knowledge.people import LEADERS, Person

_SINGLE: Final = frozenset({"head_of_state", "head_of_government", "foreign_minister", "defence_minister"})
"""Offices that one person holds: of several whom the knowledge set gives, the newest."""

_PARTY_STATES: Final = frozenset({"CHN", "CUB", "LAO", "PRK", "SUN", "VNM"})
"""Where the ruling party's leader, who is head of state as a rule, is the country's."""


def offices_alone(page: Page, scene: Scene, people: People) -> None:
    """Add the definite offices of a page beside which no name stands."""
    for phrase in page.offices:
        if phrase.start in page.used_offices or not phrase.definite or phrase.head in page.taken:
            continue
        token = page.doc[phrase.head]
        if token.tag_ in {"NNS", "NNPS"} or token.dep_ in {"compound", "amod"} or phrase.title.office == "private":
            continue
        figure = _holder(page, phrase, scene, people)
        if figure is not None:
            scene.add(page, phrase.start, phrase.end, figure, None, certainty=0.8)


def _holder(page: Page, phrase: OfficePhrase, scene: Scene, people: People) -> Figure | None:
    kind, place = phrase.title.office, page.place(phrase.start)
    if phrase.country is None and phrase.body is None:
        described = phrase.end < len(page.doc) and page.doc[phrase.end].lower_ == "of"
        return None if phrase.former or described else people.titles.meant(kind, place)
    if phrase.country is None or phrase.title.sector is None or (phrase.body or "gov:")[:4] != "gov:":
        return _of_body(phrase.body, people.titles.called(kind, place), scene) if phrase.body is not None else None
    if kind in {"official", "diplomat"}:
        return scene.cast.agent("GOV", phrase.country)
    if not phrase.former and "deputy" not in phrase.words.lower():
        known = people.titles.called(kind, place, phrase.country)
        if known is None and kind == "leader":
            known = people.titles.leader(place, phrase.country)
        if known is not None:
            return known
        holders = _holders(phrase.country, kind, scene)
        if len(holders) == 1 or (holders and kind in _SINGLE):
            return scene.cast.person(holders[0])
    if phrase.title.sector in {"CVL", "EDU", "MED", "BUS", "REL"}:
        return scene.cast.agent(phrase.title.sector, phrase.country)
    sector = "ELI" if phrase.former else phrase.title.sector
    return scene.cast.office(phrase.country, phrase.words, sector)


def _holders(country: str, kind: str, scene: Scene) -> list[Person]:
    """Who holds the office today, newest first; who leads a state does so by its own office, not as a society's president."""
    day, knowledge = scene.cast.day, scene.knowledge
    if kind not in LEADERS:
        return knowledge.holders(country, kind, day)
    kinds = sorted(LEADERS) if kind == "leader" else [kind]
    held = [person for each in kinds for person in knowledge.holders(country, each, day)]
    leading = {person.id: person for person in held if person.office_on(day)[0].office in LEADERS}
    if kind == "leader" and country in _PARTY_STATES:
        return [p for p in leading.values() if p.office_on(day)[0].office in {"leader", "head_of_state"}]
    return list(leading.values())


def _of_body(body: str, called: Figure | None, scene: Scene) -> Figure:
    """ "The NATO secretary general": whom the article has called so, else the body for which he speaks."""
    figure = scene.cast.body(body)
    return called if called is not None and figure.kind == "igo" and called.sector == "IGO" else figure

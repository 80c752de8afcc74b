"""Who is in the article: names and phrases become actors, resolved by name, date, title, grammar and context.

The order matters: names and titles are found first, then people (whose names hide the words within them), then offices that
stand alone, agents ("Russian troops"), and last countries, capitals and bodies.
"""

from functools import partial

from service.analysis import actor_countries, actor_towns
from service.analysis.actor_agents import find_agents, find_arms
from service.analysis.actor_forces import Forces
from service.analysis.actor_holders import offices_alone
from service.analysis.actor_introductions import Introductions
from service.analysis.actor_offices import find_offices
from service.analysis.actor_organisations import Organisations
from service.analysis.actor_page import Page
from service.analysis.actor_people import People
from service.analysis.actor_persons import Persons
from service.analysis.actor_salience import cast_list
from service.analysis.actor_scene import Scene
from service.analysis.reading import Reading
from service.knowledge import Knowledge


def resolve_actors(reading: Reading, knowledge: Knowledge) -> None:
    """Fill ``reading.actor_mentions`` and ``reading.actors``, and set the actor of each of ``reading.mentions`` that denotes one."""
    scene = Scene(reading, knowledge)
    people = People(knowledge, scene.cast, scene.context)
    persons, forces, bodies = Persons(scene, people), Forces(scene), Organisations(scene)
    for page in scene.pages:
        _note_places(page, scene)
    for page in scene.pages:
        page.offices = find_offices(page.doc, page.words, page.names, knowledge, scene.context)
        page.agents = find_agents(page.doc, page.words, page.names, page.ships, knowledge, scene.context)
        page.agents += find_arms(page.doc, page.mentions, page.names, knowledge, scene.context)
    for page in scene.pages:
        forces.ships(page)
    bodies.release(scene.pages)
    for page in scene.pages:
        page.said = Introductions(page, knowledge, scene.context)
        forces.ships_again(page)
        persons.full_names(page)
    persons.named_elsewhere()
    for page in scene.pages:
        bodies.agencies(page)
        persons.surnames(page)
        offices_alone(page, scene, people)
        forces.agents(page)
        actor_countries.names(page, scene)
        bodies.unknown(page, partial(page.said.of, person=False))
        bodies.abbreviations(page)
    bodies.short_names(scene.pages)
    for page in scene.pages:
        bodies.descriptions(page)
        persons.described(page)
        actor_towns.attacked(page, scene)
    found = scene.link()
    reading.actor_mentions.extend(found)
    reading.actors.extend(cast_list(reading, found, scene.cast.figures))


def _note_places(page: Page, scene: Scene) -> None:
    """Count cities and regions, which tell where the news happens."""
    for mention in page.mentions:
        if mention.label in {"GPE", "LOC"}:
            name = next((name for name in page.names if name.start < mention.end and mention.start < name.end), None)
            if name is None or name.ref("country", "adjective", "people") is None:
                country = scene.context.place(page.doc[mention.start : mention.end].text)
                if country is not None:
                    scene.context.note_place(country)

"""Agents and ships: whose "Russian troops", "the Navy", "the police" and "his ministry" are."""

from service.analysis.actor_agents import AgentPhrase
from service.analysis.actor_bodies import NAMED_SECTORS
from service.analysis.actor_cast import Figure
from service.analysis.actor_names import folded_words
from service.analysis.actor_page import Page
from service.analysis.actor_scene import Scene
from service.analysis.actor_ships import Ship, named_again
from service.knowledge.people import Tenure


class Forces:
    """Resolves the agents and the ships of one article."""

    def __init__(self, scene: Scene) -> None:
        """Add to the mentions of ``scene``."""
        self._scene = scene
        self._ships: dict[str, str] = {}

    def ships(self, page: Page) -> None:
        """Ships with the noun or prefix that tells whose they are."""
        for ship in page.ships:
            page.taken.update(range(ship.start, ship.end))
            phrase = next((phrase for phrase in page.agents if phrase.head == ship.noun), None)
            figure = self._ship(page, ship, phrase)
            if figure is not None:
                self._ships[ship.name(page.doc)] = figure.id
                start = phrase.start if phrase is not None else ship.start
                over = page.mention_over(ship.start, ship.end)
                entity = over if over is not None and over.start >= ship.start else None
                self._scene.add(page, start, ship.end, figure, entity, certainty=0.95)

    def _ship(self, page: Page, ship: Ship, phrase: AgentPhrase | None) -> Figure | None:
        if ship.navy is not None:
            return self._scene.cast.agent("MIL", ship.navy)
        return self._figure(page, phrase) if phrase is not None else None

    def ships_again(self, page: Page) -> None:
        """The same ships by their names alone."""
        for start, end, actor in list(named_again(page.doc, self._ships, page.taken)):
            page.taken.update(range(start, end))
            over = page.mention_over(start, end)
            self._scene.add(page, start, end, self._scene.cast.figures[actor], over, certainty=0.9)

    def agents(self, page: Page) -> None:
        """Agents of a country, a body or a person, where no ship, office or organisation has the words already."""
        taken = page.taken.union(ship.noun for ship in page.ships if ship.noun is not None)
        for phrase in page.agents:
            if phrase.head in taken or any(
                office.start <= phrase.head < office.end and office.start in page.used_offices
                for office in page.offices
            ):
                continue
            figure = self._figure(page, phrase)
            if figure is not None:
                self._agent(page, phrase, figure)

    def _agent(self, page: Page, phrase: AgentPhrase, figure: Figure) -> None:
        over = page.mention_over(phrase.head, phrase.head + 1)
        named = over is not None and over.label == "ORG"
        entity = None
        if phrase.owner is None:
            if over is not None and named and over.end - over.start > phrase.end - phrase.start:
                return
        else:
            if over is not None and named and phrase.sector in NAMED_SECTORS and over.start <= phrase.start:
                return
            owner = page.mention_over(phrase.owner.start, phrase.owner.end)
            entity = over if over is not None and over.start <= phrase.owner.start else None
            if (
                entity is None
                and owner is not None
                and owner.label in {"NORP", "GPE"}
                and phrase.owner.ref("adjective", "capital")
            ):
                entity = owner
        self._scene.add(page, phrase.start, phrase.end, figure, entity, certainty=phrase.certainty, head=phrase.head)

    def _figure(self, page: Page, phrase: AgentPhrase) -> Figure | None:
        cast = self._scene.cast
        if phrase.person is not None:
            person = self._scene.knowledge.people[phrase.person]
            office, standing = person.office_on(cast.day)
            if office.country is None or standing is Tenure.FUTURE or phrase.sector not in {"GOV", "MIL"}:
                return None
            return cast.agent(phrase.sector, office.country)
        if phrase.body is not None and not phrase.body.startswith("gov:"):
            return cast.body(phrase.body)
        country = phrase.country if phrase.owner is not None else self._whose(page, phrase)
        return cast.agent(phrase.sector, country) if country is not None else None

    def _whose(self, page: Page, phrase: AgentPhrase) -> str | None:
        """Whose "the Navy", "the police", "the government" are: the article's, else those of the one country named just before."""
        context = self._scene.context
        word = page.doc[phrase.head]
        noun = word.lower_
        if phrase.start > 0 and page.doc[phrase.start - 1].lower_ in {"his", "her"}:
            return self._country_of_last_person(page, phrase.start)
        if phrase.sector == "MIL" and word.text[:1].isupper():
            return context.force(noun)
        country = context.local(noun) if phrase.sector in {"COP", "JUD"} else context.organ(noun)
        return country or self._only_country_before(page, phrase.start)

    def _country_of_last_person(self, page: Page, token: int) -> str | None:
        """Whose "his ministry" is: the person named last in the passage."""
        figures = self._scene.cast.figures
        before = [
            found
            for found in self._scene.found_in(page.passage.index)
            if found.end <= token and figures[found.actor].kind == "person"
        ]
        return figures[max(before, key=lambda found: found.end).actor].country if before else None

    def _only_country_before(self, page: Page, token: int) -> str | None:
        """The one country that the passage names before the token, or else the passage before it."""
        previous = self._scene.pages[page.passage.index - 1] if page.passage.index > 0 else None
        for names in ([n for n in page.names if n.end <= token], previous.names if previous is not None else []):
            here = page if names and names[0] in page.names else previous
            countries = {
                country
                for name in names
                if here is not None
                and name.ref("country", "adjective") is not None
                and (country := self._scene.context.country(folded_words(here.doc, name.start, name.end), name))
                is not None
            }
            if countries:
                return countries.pop() if len(countries) == 1 else None
        return None

"""The cast of an article: one record for each actor, made when it is first needed, with id, code, sector and role."""

from dataclasses import dataclass
from typing import Final

from service.knowledge import Knowledge
from service.knowledge.names import fold
from service.knowledge.people import Person, Tenure
from service.knowledge.records import Force, Group, Igo
from service.messages.enriched import Role

_KINDS: Final = {"GOV": "government", "MIL": "military", "CVL": "population", "REF": "population"}
_GROUP_SECTORS: Final = frozenset({"REB", "UAF", "OPP", "CRM", "PTY"})
_PREFIXES: Final = {"GOV": "gov", "MIL": "mil", "CVL": "pop", "REF": "ref"}
_AGENT_NAMES: Final = {"GOV": "government", "MIL": "military", "CVL": "people"}


@dataclass(frozen=True, slots=True)
class Figure:
    """An actor without its mentions; the fields are those of the contract's ``actors``."""

    id: str
    name: str
    kind: str
    country: str | None
    code: str | None
    sector: str | None
    role: Role | None = None


class Cast:
    """Makes the figures of one article. ``day`` (YYYY-MM-DD) is the article's: roles are those of that day."""

    def __init__(self, knowledge: Knowledge, day: str) -> None:
        self._knowledge = knowledge
        self.day = day
        self.figures: dict[str, Figure] = {}

    def country(self, iso3: str) -> Figure:
        """The state itself ("Ukraine"); its sector is GOV, its code the country's alone."""
        if iso3 == "EUE":
            return self.body("igo:eu")
        iso3 = self._state(iso3)
        return self._add(Figure(f"cty:{iso3}", self._country_name(iso3), "country", iso3, iso3, "GOV"))

    def agent(self, sector: str, iso3: str) -> Figure:
        """A country's government, military, people, police, ...: the actor of "Russian troops" and "Israeli officials"."""
        if iso3 == "EUE":
            return self.body("igo:eu")
        iso3 = self._state(iso3)
        prefix = _PREFIXES.get(sector, sector.lower())
        label = _AGENT_NAMES.get(sector) or self._knowledge.agent_rows[sector].name
        kind = _KINDS.get(sector, "group" if sector in _GROUP_SECTORS else "organisation")
        name = f"{self._country_name(iso3)} ({label})"
        return self._add(Figure(f"{prefix}:{iso3}", name, kind, iso3, iso3 + sector, sector))

    def body(self, body_id: str) -> Figure:
        """An organisation, international body, armed group or force of the knowledge set."""
        if body_id.startswith("gov:"):
            return self.agent("GOV", body_id.removeprefix("gov:"))
        row = self._knowledge.bodies[body_id]
        if isinstance(row, Igo):
            return self._add(
                Figure(row.id, row.name, "igo" if row.sector == "IGO" else "organisation", None, row.code, row.sector)
            )
        kind = (
            "group"
            if isinstance(row, Group)
            else "military"
            if isinstance(row, Force) and row.sector == "MIL"
            else "organisation"
        )
        country = self._state(row.country) if row.country is not None else None
        return self._add(Figure(row.id, row.name, kind, country, (country or "") + row.sector, row.sector))

    def person(self, person: Person) -> Figure:
        """A person in the office of the day; who held office only before is of the elites (ELI), who will hold one later has no sector yet."""
        office, standing = person.office_on(self.day)
        country = office.country
        role: Role | None = Role(title=office.title, since=office.since, until=office.until)
        sector: str | None = office.sector
        if standing is Tenure.FORMER:
            sector = "ELI"
        elif standing is Tenure.FUTURE:
            sector, role = None, None
        if country is not None and standing is not Tenure.FUTURE:
            country = self._state(country)
        if country == "EUE":
            country, sector = None, "IGO" if standing is Tenure.CURRENT else sector
        code = self._person_code(country, sector, office.organisation)
        return self._add(Figure(person.id, person.name, "person", country, code, sector, role))

    def stranger(
        self, name: str, country: str | None, sector: str | None, title: str | None, code: str | None = None
    ) -> Figure:
        """A person whom the knowledge set does not have, known from the article by title and country alone."""
        slug = "-".join(fold(name))
        taken = f"per:{slug}" in self._knowledge.people
        figure_id = f"per:{slug}-{(country or 'igo').lower()}" if taken else f"per:{slug}"
        role = Role(title=title) if title else None
        return self._add(Figure(figure_id, name, "person", country, code or _join(country, sector), sector, role))

    def office(self, country: str, title: str, sector: str | None) -> Figure:
        """An office whose holder is not known ("the Ruritanian interior minister")."""
        name = f"{title[:1].upper()}{title[1:]} of {self._country_name(country)}"
        figure_id = f"off:{country}-{'-'.join(fold(title))}"
        return self._add(Figure(figure_id, name, "person", country, _join(country, sector), sector, Role(title=title)))

    def unknown_body(self, name: str, country: str, sector: str | None) -> Figure:
        """An organisation that the knowledge set does not have, known by its name's own words ("Munich Regional Court")."""
        figure_id = f"org:{country.lower()}-{'-'.join(fold(name))}"
        return self._add(Figure(figure_id, name, "organisation", country, _join(country, sector), sector))

    def _person_code(self, country: str | None, sector: str | None, organisation: str | None) -> str | None:
        if country is None and sector == "IGO":
            if organisation is None:
                return "IGOEUREEC"
            senses = self._knowledge.names.exact(fold(organisation)) if organisation else ()
            bodies = [self._knowledge.bodies[sense.ref] for sense in senses if sense.kind == "body"]
            return next((body.code for body in bodies if isinstance(body, Igo)), "IGO")
        return _join(country, sector)

    def _state(self, iso3: str) -> str:
        return self._knowledge.state(iso3, self.day)

    def _country_name(self, iso3: str) -> str:
        return self._knowledge.countries[iso3].name

    def _add(self, figure: Figure) -> Figure:
        return self.figures.setdefault(figure.id, figure)


def _join(country: str | None, sector: str | None) -> str | None:
    return f"{country or ''}{sector or ''}" or None

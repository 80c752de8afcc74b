"""The rows of the knowledge files. A file's header is its row's fields, in order."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator

from service.knowledge.tables import (
    Countries,
    CountryCode,
    Names,
    NonEmpty,
    OptionalCountry,
    OptionalText,
    PartialDate,
    Sector,
)

Status = Literal[
    "sovereign", "territory", "dissolved", "disputed", "crown_dependency", "special_admin", "antarctic", "organization"
]


@dataclass(frozen=True, slots=True)
class Country:
    """A state or territory. ``adjectives`` are demonyms before a noun, ``people`` those that stand for its people.

    ``until`` is the day when a former state ended, and ``successor`` what came after it. A state with ``since`` was no state
    of its own before that day: its names, and those of its bodies, meant the former state that it succeeds
    ("Moscow" in 1962)."""

    iso3: CountryCode
    name: NonEmpty
    aliases: Names
    adjectives: Names
    people: Names
    capitals: Names
    status: Status
    successor: OptionalCountry
    un_member: bool
    iso2: OptionalText
    since: PartialDate
    until: PartialDate


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person who holds or held office; ``family_name`` is what the news calls the person after the first mention."""

    id: NonEmpty
    name: NonEmpty
    family_name: NonEmpty
    aliases: Names


@dataclass(frozen=True, slots=True)
class Office:
    """A dated office: from ``since`` to before ``until`` (none: still held when the set was made).

    ``country`` is empty for a post in an international body. ``office`` is ``head_of_state``, ``head_of_government``,
    ``vice_president``, ... for the leaders of states, empty for the others, whose kind follows from the title."""

    person: NonEmpty
    country: OptionalCountry
    sector: Sector
    title: NonEmpty
    office: OptionalText
    organisation: OptionalText
    since: PartialDate
    until: PartialDate
    source: OptionalText


@dataclass(frozen=True, slots=True)
class Organisation:
    """A government's metonym (id ``gov:...``), ministry, parliament, party, medium, company, ...; one ``gov`` id may have rows."""

    id: NonEmpty
    name: NonEmpty
    aliases: Names
    country: CountryCode
    sector: Sector


@dataclass(frozen=True, slots=True)
class Igo:
    """An international body with its member states; ``code`` is CAMEO's actor code (IGO alone where CAMEO has none)."""

    id: NonEmpty
    name: NonEmpty
    aliases: Names
    code: NonEmpty
    members: Countries
    sector: Sector


@dataclass(frozen=True, slots=True)
class Group:
    """An armed group; ``country`` is its home (empty for a transnational one), ``active_in`` where it operates."""

    id: NonEmpty
    name: NonEmpty
    aliases: Names
    country: OptionalCountry
    sector: Sector
    active_in: Countries


@dataclass(frozen=True, slots=True)
class Force:
    """An armed force, police or intelligence service of a country."""

    id: NonEmpty
    name: NonEmpty
    aliases: Names
    country: CountryCode
    sector: Sector
    type: NonEmpty
    parent: OptionalText


@dataclass(frozen=True, slots=True)
class Weapon:
    """A weapon by name; ``ambiguous`` when the name is a common word, too, and needs context."""

    name: NonEmpty
    aliases: Names
    weapon_class: NonEmpty
    country: OptionalCountry
    ambiguous: bool


@dataclass(frozen=True, slots=True)
class Title:
    """A title before or beside a name, the sector of who bears it, the kind of office, and the country that it implies."""

    title: NonEmpty
    aliases: Names
    sector: Annotated[Sector | None, BeforeValidator(lambda cell: cell or None)]
    office: NonEmpty
    country: OptionalCountry


@dataclass(frozen=True, slots=True)
class Agents:
    """Nouns that, with a country, denote that country's military, police, people, ... ("Russian troops")."""

    sector: Sector
    name: NonEmpty
    nouns: Names


@dataclass(frozen=True, slots=True)
class Region:
    """A region or a town too small or too much fought over for the gazetteer; without a country it blocks shorter names."""

    name: NonEmpty
    country: OptionalCountry
    claimants: Countries


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A country's name that means other things: words of the article that speak ``for`` the country and ``against`` it.

    ``otherwise`` is the country that is meant when the words against win; empty: none."""

    name: NonEmpty
    country: CountryCode
    otherwise: OptionalCountry
    speaks_for: Names
    speaks_against: Names

"""All that the service knows about the world, loaded, checked and indexed once.

The files are in `config/knowledge`; its README states where each comes from.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from service.knowledge.loading import Body, Tables, load_tables
from service.knowledge.names import NameIndex, Sense, fold
from service.knowledge.overrides import NO_FILES, Files
from service.knowledge.people import Person, Tenure, standing, tenure
from service.knowledge.places import Gazetteer
from service.knowledge.records import Agents, Ambiguous, Country, Igo, Office, Region, Title, Weapon

_TITLE_LINKS: Final = frozenset({"of", "to", "for", "in", "on"})
_SOUNDS: Final = str.maketrans("qgcwzj", "kkkvss", "aeiouyh")
_COUNTRY_KINDS: Final = frozenset({"country", "adjective", "people", "capital"})


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The knowledge set. Immutable; load a new one to change it.

    ``names`` finds actors and places by name: its senses are of the kinds country, adjective, people, capital, body,
    person and region, and ``ref`` is the key in the table of that kind (a country's code for the first four). ``titles``
    and ``agents`` find titles and agent nouns; ``families`` gives the people of a family name."""

    digest: str
    countries: dict[str, Country]
    people: dict[str, Person]
    bodies: dict[str, Body]
    weapons: tuple[Weapon, ...]
    title_rows: dict[str, Title]
    agent_rows: dict[str, Agents]
    ambiguous: dict[tuple[str, ...], Ambiguous]
    regions: dict[str, Region]
    gazetteer: Gazetteer
    names: NameIndex
    titles: NameIndex
    agents: NameIndex
    families: dict[tuple[str, ...], tuple[str, ...]]
    holders_by_office: dict[tuple[str, str], tuple[str, ...]]

    @staticmethod
    def load(directory: Path, overrides: Files = NO_FILES) -> "Knowledge":
        """Read, check and index the files of ``directory`` with the overrides laid over them (about a second).

        Raises KnowledgeError, which names file, line, field and reason."""
        tables = load_tables(directory, overrides)
        titles = NameIndex.of(
            (name, Sense("title", row.title)) for row in tables.titles.values() for name in (row.title, *row.aliases)
        )
        bodies: dict[str, Body] = {}
        for body in tables.bodies:
            bodies.setdefault(body.id, body)
        return Knowledge(
            digest=tables.digest,
            countries=tables.countries,
            people=tables.people,
            bodies=bodies,
            weapons=tuple(tables.weapons.values()),
            title_rows=tables.titles,
            agent_rows=tables.agents,
            ambiguous={fold(row.name): row for row in tables.ambiguous.values()},
            regions=tables.regions,
            gazetteer=tables.gazetteer,
            names=NameIndex.of(_names(tables)),
            titles=titles,
            agents=NameIndex.of(
                (noun, Sense("agent", row.sector)) for row in tables.agents.values() for noun in row.nouns
            ),
            families=_families(tables),
            holders_by_office=_holders_by_office(tables, titles),
        )

    def state(self, country: str, day: str) -> str:
        """The state that the names of ``country`` (a code) meant on ``day`` (YYYY-MM-DD): SUN for RUS in 1962."""
        return self._former(country, day) or country

    def _former(self, country: str, day: str) -> str | None:
        since = self.countries[country].since
        if since is None or day >= since:
            return None
        return next(row.iso3 for row in self.countries.values() if row.successor == country and row.until == since)

    def senses_on(self, senses: tuple[Sense, ...], day: str) -> tuple[Sense, ...]:
        """What a name meant on ``day``, the likeliest first.

        A former state comes before its successor as long as it stood ("Hanoi" in 1965 is North Vietnam). Afterwards its own
        name is all that is left of it: neither its capital ("Aden") nor its bodies ("Presidium") act for it any more."""
        return tuple(
            Sense(sense.kind, self.state(sense.ref, day)) if sense.kind in _COUNTRY_KINDS else sense
            for sense in sorted(senses, key=lambda sense: -self._standing(sense, day))
            if sense.kind not in {"capital", "body"} or self._standing(sense, day) >= 0
        )

    def _standing(self, sense: Sense, day: str) -> int:
        """1 for a former state while it stood and its bodies, -1 for the same afterwards, 0 for all others."""
        if sense.kind == "body":
            body = self.bodies[sense.ref]
            country = None if isinstance(body, Igo) else body.country
        else:
            country = sense.ref if sense.kind in _COUNTRY_KINDS else None
        until = self.countries[country].until if country is not None else None
        if until is None:
            return 0
        return 1 if day < until else -1

    def people_called(self, words: tuple[str, ...], day: str) -> list[Person]:
        """Whom these words can mean on ``day`` (YYYY-MM-DD), the likeliest first: holders of an office before former ones, and of
        these who bears the words as a name before who bears them as a family name, then by `standing`."""
        by_name = [sense.ref for sense in self.names.exact(words) if sense.kind == "person"]
        called = dict.fromkeys((*by_name, *self.families.get(words, ())))

        def preference(person: Person) -> tuple[int, bool, tuple[int, int, int, str]]:
            order = standing(person, day)
            return order[0], person.id not in by_name, order

        return sorted((self.people[ref] for ref in called), key=preference)

    def holders(self, country: str, office: str, day: str) -> list[Person]:
        """Who holds the ``office`` (a kind of office of `titles.csv`) of ``country`` on ``day`` (YYYY-MM-DD); newest first."""
        held: list[tuple[str, Person]] = []
        for person_id in self.holders_by_office.get((country, office), ()):
            person = self.people[person_id]
            since = [
                row.since or ""
                for row in person.offices
                if row.country == country
                and tenure(row, day) is Tenure.CURRENT
                and office in office_kinds(row, self.titles, self.title_rows)
            ]
            if since:
                held.append((max(since), person))
        return [person for _, person in sorted(held, key=lambda pair: (pair[0], pair[1].id), reverse=True)]


def office_kinds(office: Office, titles: NameIndex, rows: dict[str, Title]) -> frozenset[str]:
    """The kinds of office (`titles.csv`) of a dated office: what its row says, and what the words of its title say.

    The words count at the title's end ("Deputy Foreign Minister") or beginning ("Ambassador to China"), longest first."""
    kinds = {office.office} if office.office else set()
    words = fold(office.title)
    capitalised = [word.capitalize() for word in words]
    for at in range(len(words)):
        hit = titles.longest(words, capitalised, at)
        end = at + hit.length if hit is not None else 0
        if hit is not None and (end == len(words) or (at == 0 and words[end] in _TITLE_LINKS)):
            kinds.add(rows[hit.senses[0].ref].office)
            break
    return frozenset(kinds)


def _names(tables: Tables) -> Iterable[tuple[str, Sense]]:
    """Every name and what it means. The order is the order of precedence between meanings of one name."""
    for country in tables.countries.values():
        for name in (country.name, *country.aliases):
            yield name, Sense("country", country.iso3)
    for country in tables.countries.values():
        yield from ((name, Sense("adjective", country.iso3)) for name in country.adjectives)
        yield from ((name, Sense("people", country.iso3)) for name in country.people)
        yield from ((name, Sense("capital", country.iso3)) for name in country.capitals)
    for body in tables.bodies:
        yield from ((name, Sense("body", body.id)) for name in (body.name, *body.aliases))
    for region in tables.regions.values():
        yield region.name, Sense("region", region.name)
    for person in tables.people.values():
        for name in (person.name, *tables.aliases.get(person.id, ())):
            yield name, Sense("person", person.id)


def _families(tables: Tables) -> dict[tuple[str, ...], tuple[str, ...]]:
    """People by family name, with and without an Arabic article ("al-Assad", "Assad"), in all its spellings among the aliases."""
    families: defaultdict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
    for person in tables.people.values():
        words = fold(person.family_name)
        families[words][person.id] = None
        if len(words) > 1 and words[0] in {"al", "el"}:
            families[words[1:]][person.id] = None
        for alias in map(fold, tables.aliases.get(person.id, ())):
            if len(alias) == 1 or _is_spelling(alias[-1:], words[-1:]):
                families[alias[-1:]][person.id] = None
    return {words: tuple(ids) for words, ids in families.items()}


def _is_spelling(word: tuple[str, ...], family: tuple[str, ...]) -> bool:
    """Whether a name's last word spells the family name in another way ("Gaddafi", "Qadhafi"): consonants alike, as far as sounds go."""
    return word != family and bool(word and family) and _sounds(word[0]) == _sounds(family[0])


@cache
def _sounds(word: str) -> str:
    """The consonants of a word: what transliterations agree on, one for each sound and none twice in a row."""
    consonants = word.replace("kh", "k").replace("gh", "k").replace("dh", "d").translate(_SOUNDS)
    return "".join(char for at, char in enumerate(consonants) if at == 0 or char != consonants[at - 1])


def _holders_by_office(tables: Tables, titles: NameIndex) -> dict[tuple[str, str], tuple[str, ...]]:
    holders: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    kinds: dict[tuple[str, str | None], frozenset[str]] = {}
    for person in tables.people.values():
        for office in person.offices:
            if office.country is None:
                continue
            key = (office.title, office.office)
            if key not in kinds:
                kinds[key] = office_kinds(office, titles, tables.titles)
            for kind in kinds[key]:
                holders[office.country, kind][person.id] = None
    return {key: tuple(ids) for key, ids in holders.items()}

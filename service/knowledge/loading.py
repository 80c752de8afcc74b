"""Reads all knowledge files of a directory and checks what refers to what."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from service.knowledge.errors import KnowledgeError
from service.knowledge.overrides import NO_FILES, Files, add_files
from service.knowledge.people import Person
from service.knowledge.places import Gazetteer
from service.knowledge.records import (
    Agents,
    Ambiguous,
    Country,
    Force,
    Group,
    Igo,
    Office,
    Organisation,
    PersonRow,
    Region,
    Title,
    Weapon,
)
from service.knowledge.tables import Place, key_of, read_laid_table, shown_key

Row = TypeVar("Row")
Body = Organisation | Igo | Group | Force

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "agents.csv": ("sector",),
    "ambiguous.csv": ("name",),
    "countries.csv": ("iso3",),
    "forces.csv": ("id",),
    "groups.csv": ("id",),
    "igos.csv": ("id",),
    "offices.csv": ("person", "country", "title", "since"),
    "organisations.csv": ("id", "name"),
    "people.csv": ("id",),
    "regions.csv": ("name",),
    "titles.csv": ("title",),
    "weapons.csv": ("name",),
}
"""The files of a set, and the fields by which a row of each is known."""

OFFICE_KINDS: Final = frozenset(
    """head_of_state head_of_government vice_president deputy_head_of_government leader heir_apparent governor_general
    territorial_representative president_of_commission president_of_council high_representative other""".split()  # noqa: SIM905
)
"""Kinds of office of leaders; those of others come from the titles of `titles.csv`."""

_COUNTRY_FIELDS: Final = ("country", "successor", "otherwise")
_COUNTRY_LISTS: Final = ("members", "active_in", "claimants")


@dataclass(frozen=True, slots=True)
class Tables:
    """The checked rows of all files; ``aliases`` are the further names of people by id, ``digest`` is over the files' bytes."""

    digest: str
    countries: dict[str, Country]
    people: dict[str, Person]
    aliases: dict[str, tuple[str, ...]]
    bodies: list[Body]
    weapons: dict[str, Weapon]
    titles: dict[str, Title]
    agents: dict[str, Agents]
    regions: dict[str, Region]
    gazetteer: Gazetteer
    ambiguous: dict[str, Ambiguous]


def load_tables(directory: Path, overrides: Files = NO_FILES) -> Tables:
    """Read and check the files, with the overrides laid over them. Raises KnowledgeError, which names file, line, field and reason."""
    if not directory.is_dir():
        raise KnowledgeError(directory, None, "no such directory")
    for name in KEYS:
        if not (directory / name).is_file():
            raise KnowledgeError(directory / name, None, "no such file")
    for name, file in overrides.items():
        if name not in KEYS:
            raise KnowledgeError(file.path, None, f"no file of knowledge has this name; there are {', '.join(KEYS)}")
    files = _Files(directory, overrides)
    files.load_countries()
    regions = files.named("regions.csv", Region)
    # Before the large tables: what it takes to read the cities is free again when those settle.
    gazetteer = Gazetteer(regions.values(), {row.iso2: row.iso3 for row in files.countries.values() if row.iso2})
    rows = files.keyed("people.csv", PersonRow)
    titles = files.named("titles.csv", Title)
    return Tables(
        digest=_digest(directory, overrides),
        countries=files.countries,
        people=_people(files, rows, OFFICE_KINDS | {row.office for row in titles.values()}),
        aliases={row.id: row.aliases for _, row in rows.values() if row.aliases},
        bodies=_bodies(files),
        weapons=files.named("weapons.csv", Weapon),
        titles=titles,
        agents=files.named("agents.csv", Agents),
        regions=regions,
        gazetteer=gazetteer,
        ambiguous=files.named("ambiguous.csv", Ambiguous),
    )


def read_rows(directory: Path, overrides: Files, name: str, row_type: type[Row]) -> Iterator[Row]:
    """The rows of one file alone, with its override laid over it; what they refer to is not checked. Raises KnowledgeError."""
    for _, row in read_laid_table(directory / name, overrides.get(name), row_type, KEYS[name]):
        yield row


class _Files:
    """The files of a set; once ``countries`` is known, every country that a row names is checked against it."""

    def __init__(self, directory: Path, overrides: Files) -> None:
        self._directory = directory
        self._overrides = overrides
        self.countries: dict[str, Country] = {}

    def load_countries(self) -> None:
        """Read the countries, and check what they say of each other."""
        rows = self.keyed("countries.csv", Country)
        self.countries = {code: row for code, (_, row) in rows.items()}
        ends = {(row.successor, row.until) for row in self.countries.values()}
        for place, row in rows.values():
            if row.successor is not None and row.successor not in rows:
                raise place.wrong(f"{row.iso3}: successor {row.successor} is unknown")
            if row.since is not None and (row.iso3, row.since) not in ends:
                raise place.wrong(f"{row.iso3}: no state that it succeeds ended on {row.since}")

    def rows(self, name: str, row_type: type[Row]) -> Iterator[tuple[Place, Row]]:
        """The rows of a file, each with its place for messages."""
        for place, row in read_laid_table(self._directory / name, self._overrides.get(name), row_type, KEYS[name]):
            if self.countries:
                self._check_countries(place, row)
            yield place, row

    def keyed(self, name: str, row_type: type[Row]) -> dict[str, tuple[Place, Row]]:
        """The rows of a file with their places by their key, which must be unique; there must be one at least."""
        rows: dict[str, tuple[Place, Row]] = {}
        for place, row in self.rows(name, row_type):
            key = key_of(row, KEYS[name])
            if key[0] in rows:
                raise place.wrong(f"{shown_key(KEYS[name], key)} stands here a second time")
            rows[key[0]] = place, row
        if not rows:
            raise KnowledgeError(self._directory / name, None, "no rows")
        return rows

    def named(self, name: str, row_type: type[Row]) -> dict[str, Row]:
        """The same without their places."""
        return {key: row for key, (_, row) in self.keyed(name, row_type).items()}

    def _check_countries(self, place: Place, row: object) -> None:
        for field in _COUNTRY_FIELDS:
            code = getattr(row, field, None)
            if code is not None and code not in self.countries:
                raise place.wrong(f"{field}: {code} is not in countries.csv")
        for field in _COUNTRY_LISTS:
            for code in getattr(row, field, ()):
                if code not in self.countries:
                    raise place.wrong(f"{field}: {code} is not in countries.csv")


def _people(files: _Files, rows: dict[str, tuple[Place, PersonRow]], kinds: frozenset[str]) -> dict[str, Person]:
    offices: dict[str, list[Office]] = {}
    for place, office in files.rows("offices.csv", Office):
        if office.person not in rows:
            raise place.wrong(f"person: {office.person} is not in people.csv")
        if office.office is not None and office.office not in kinds:
            raise place.wrong(f"office: {office.office} is no kind of office; there are {', '.join(sorted(kinds))}")
        if office.since is not None and office.until is not None and not _in_order(office.since, office.until):
            raise place.wrong(f"until: {office.until} is before since, {office.since}")
        if office.since is not None and office.since == office.until and len(office.since) == len("2024-02-29"):
            raise place.wrong(f"until: {office.until} is since, too; the office is held on no day")
        offices.setdefault(office.person, []).append(office)
    for person_id, (place, _) in rows.items():
        if person_id not in offices:
            raise place.wrong(f"{person_id} has no office in offices.csv")
    return {
        row.id: Person(
            row.id, row.name, row.family_name, tuple(sorted(offices[row.id], key=lambda held: held.since or ""))
        )
        for _, row in rows.values()
    }


def _in_order(since: str, until: str) -> bool:
    """Whether the dates can be in this order, as far as both are known: 2025 does not contradict 2025-03."""
    known = min(len(since), len(until))
    return since[:known] <= until[:known]


def _bodies(files: _Files) -> list[Body]:
    """Bodies in order of precedence: where two files give one name, the earlier file's meaning comes first.

    A force may have the id of an organisation, which it is then a row more of; no other id may stand in two files."""
    bodies: list[Body] = [row for _, row in files.rows("organisations.csv", Organisation)]
    taken = {body.id: "organisations.csv" for body in bodies}
    others: tuple[tuple[str, Iterable[tuple[Place, Body]]], ...] = (
        ("igos.csv", files.keyed("igos.csv", Igo).values()),
        ("groups.csv", files.keyed("groups.csv", Group).values()),
        ("forces.csv", files.keyed("forces.csv", Force).values()),
    )
    for name, rows in others:
        for place, row in rows:
            known = taken.setdefault(row.id, name)
            if known != name and (name, known) != ("forces.csv", "organisations.csv"):
                raise place.wrong(f"id {row.id} stands in {known}, too")
            bodies.append(row)
    return bodies


def _digest(directory: Path, overrides: Files) -> str:
    """A change of any byte of any file changes it; the order of the directory does not."""
    digest = hashlib.sha256()
    for name in KEYS:
        content = (directory / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    add_files(digest.update, overrides)
    return f"sha256:{digest.hexdigest()}"

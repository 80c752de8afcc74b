"""Reads all knowledge files of a directory and checks what refers to what."""

import hashlib
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from service.knowledge.people import Person
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
from service.knowledge.tables import KnowledgeError, read_table

Row = TypeVar("Row")
Key = TypeVar("Key", bound=Hashable)
Body = Organisation | Igo | Group | Force

FILES: Final = (
    "agents.csv", "ambiguous.csv", "countries.csv", "forces.csv", "groups.csv", "igos.csv", "offices.csv",
    "organisations.csv", "people.csv", "regions.csv", "titles.csv", "weapons.csv",
)  # fmt: skip

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
    ambiguous: dict[str, Ambiguous]


def load_tables(directory: Path) -> Tables:
    """Read and check the files. Raises KnowledgeError, which names file, line, field and reason."""
    if not directory.is_dir():
        raise KnowledgeError(f"{directory}: no such directory")
    for name in FILES:
        if not (directory / name).is_file():
            raise KnowledgeError(f"{directory / name}: no such file")
    files = _Files(directory)
    files.countries = files.keyed("countries.csv", Country, lambda row: row.iso3)
    for country in files.countries.values():
        if country.successor is not None and country.successor not in files.countries:
            raise KnowledgeError(
                f"{directory / 'countries.csv'}: {country.iso3}: successor {country.successor} is unknown"
            )
        if country.since is not None and not any(
            former.successor == country.iso3 and former.until == country.since for former in files.countries.values()
        ):
            raise KnowledgeError(
                f"{directory / 'countries.csv'}: {country.iso3}: no state that it succeeds ended on {country.since}"
            )
    rows = files.keyed("people.csv", PersonRow, lambda row: row.id)
    return Tables(
        digest=_digest(directory),
        countries=files.countries,
        people=_people(files, rows),
        aliases={row.id: row.aliases for row in rows.values() if row.aliases},
        bodies=_bodies(files),
        weapons=files.keyed("weapons.csv", Weapon, lambda row: row.name),
        titles=files.keyed("titles.csv", Title, lambda row: row.title),
        agents=files.keyed("agents.csv", Agents, lambda row: row.sector),
        regions=files.keyed("regions.csv", Region, lambda row: row.name),
        ambiguous=files.keyed("ambiguous.csv", Ambiguous, lambda row: row.name),
    )


@dataclass(slots=True)
class _Files:
    """A directory of knowledge files; once ``countries`` is known, every country that a row names is checked against it."""

    directory: Path
    countries: dict[str, Country]

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.countries = {}

    def rows(self, name: str, row_type: type[Row]) -> Iterator[tuple[str, Row]]:
        """The rows of a file, each with its place ("countries.csv:17") for messages."""
        path = self.directory / name
        for line, row in read_table(path, row_type):
            place = f"{path}:{line}"
            if self.countries:
                self._check_countries(place, row)
            yield place, row

    def keyed(self, name: str, row_type: type[Row], key: Callable[[Row], Key]) -> dict[Key, Row]:
        """The rows of a file by their key, which must be unique; there must be one at least."""
        rows: dict[Key, Row] = {}
        for place, row in self.rows(name, row_type):
            if key(row) in rows:
                raise KnowledgeError(f"{place}: {key(row)!r} stands here a second time")
            rows[key(row)] = row
        if not rows:
            raise KnowledgeError(f"{self.directory / name}: no rows")
        return rows

    def _check_countries(self, place: str, row: object) -> None:
        for field in _COUNTRY_FIELDS:
            code = getattr(row, field, None)
            if code is not None and code not in self.countries:
                raise KnowledgeError(f"{place}: {field}: {code} is not in countries.csv")
        for field in _COUNTRY_LISTS:
            for code in getattr(row, field, ()):
                if code not in self.countries:
                    raise KnowledgeError(f"{place}: {field}: {code} is not in countries.csv")


def _people(files: _Files, rows: dict[str, PersonRow]) -> dict[str, Person]:
    offices: dict[str, list[Office]] = {}
    for place, office in files.rows("offices.csv", Office):
        if office.person not in rows:
            raise KnowledgeError(f"{place}: person: {office.person} is not in people.csv")
        if office.since is not None and office.until is not None and not _in_order(office.since, office.until):
            raise KnowledgeError(f"{place}: until: {office.until} is before since, {office.since}")
        offices.setdefault(office.person, []).append(office)
    for person_id in rows:
        if person_id not in offices:
            raise KnowledgeError(f"{files.directory / 'people.csv'}: {person_id} has no office in offices.csv")
    return {
        row.id: Person(
            row.id, row.name, row.family_name, tuple(sorted(offices[row.id], key=lambda held: held.since or ""))
        )
        for row in rows.values()
    }


def _in_order(since: str, until: str) -> bool:
    """Whether the dates can be in this order, as far as both are known: 2025 does not contradict 2025-03."""
    known = min(len(since), len(until))
    return since[:known] <= until[:known]


def _bodies(files: _Files) -> list[Body]:
    """Bodies in order of precedence: where two files give one name, the earlier file's meaning comes first."""
    bodies: list[Body] = []
    bodies.extend(row for _, row in files.rows("organisations.csv", Organisation))
    bodies.extend(files.keyed("igos.csv", Igo, lambda row: row.id).values())
    bodies.extend(files.keyed("groups.csv", Group, lambda row: row.id).values())
    bodies.extend(files.keyed("forces.csv", Force, lambda row: row.id).values())
    return bodies


def _digest(directory: Path) -> str:
    """A change of any byte of any file changes it; the order of the directory does not."""
    digest = hashlib.sha256()
    for name in FILES:
        content = (directory / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return f"sha256:{digest.hexdigest()}"

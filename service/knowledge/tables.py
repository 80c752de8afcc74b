"""Reading one knowledge file: a CSV whose rows are checked one by one, so that an error names file, line, field and reason."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, TypeVar

from pydantic import AfterValidator, BeforeValidator, StringConstraints, TypeAdapter, ValidationError

from service.knowledge.errors import KnowledgeError
from service.knowledge.overrides import OverrideFile

Row = TypeVar("Row")
Key = tuple[str, ...]
"""The cells by which a row is known."""

REMOVES: Final = "-"
"""Before the first cell of an override's row: the packaged row of this key is taken out."""


class Place(NamedTuple):
    """Where a row stands, for messages."""

    file: Path
    line: int

    def wrong(self, reason: str) -> KnowledgeError:
        """The error that something is wrong there."""
        return KnowledgeError(self.file, self.line, reason)


def _cell_to_tuple(cell: object) -> object:
    return tuple(part.strip() for part in cell.split("|") if part.strip()) if isinstance(cell, str) else cell


def _cell_to_optional(cell: object) -> object:
    return None if cell == "" else cell


Names = Annotated[tuple[str, ...], BeforeValidator(_cell_to_tuple)]
"""A cell with values between ``|``; an empty cell is an empty tuple."""


def _clean(cell: str) -> str:
    """The cell, when a text can have it: a letter or a digit, nothing that is not seen."""
    if cell != cell.strip():
        raise ValueError("begins or ends with a space")
    if not cell.isprintable():
        raise ValueError("has a character that cannot be printed, or a line break")
    if not any(map(str.isalnum, cell)):
        raise ValueError("has neither a letter nor a digit")
    return cell


def _known_sector(cell: str) -> str:
    if cell not in SECTORS:
        raise ValueError(f"is no sector; there are {' '.join(sorted(SECTORS))}")
    return cell


def _on_the_calendar(cell: str | None) -> str | None:
    if cell is not None and len(cell) == len("2024-02-29"):
        date.fromisoformat(cell)
    return cell


SECTORS: Final = frozenset(
    "GOV MIL LEG JUD SPY COP OPP REB UAF PTY IGO NGO MED BUS EDU CVL ELI CRM REL LAB HLH REF".split()  # noqa: SIM905
)
"""PLOVER's and CAMEO's sectors, as far as anything here is of them."""

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 3166-1 alpha-3, or one of the former countries' codes of ISO 3166-3; XKX is Kosovo, EUE the European Union."""

OptionalCountry = Annotated[CountryCode | None, BeforeValidator(_cell_to_optional)]
Countries = Annotated[tuple[CountryCode, ...], BeforeValidator(_cell_to_tuple)]
NonEmpty = Annotated[str, StringConstraints(min_length=1), AfterValidator(_clean)]
OptionalText = Annotated[str | None, BeforeValidator(_cell_to_optional)]
Sector = Annotated[str, AfterValidator(_known_sector)]
"""One of :data:`SECTORS`."""

PartialDate = Annotated[
    str | None,
    StringConstraints(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"),
    BeforeValidator(_cell_to_optional),
    AfterValidator(_on_the_calendar),
]
"""A year, a month or a day of ISO 8601. They compare as strings: 2024 stands for its first day."""


def read_table(path: Path, row_type: type[Row]) -> Iterator[tuple[int, Row]]:
    """Yield each row as a ``row_type`` (a dataclass) with its line number; the header must name exactly its fields.

    Raises KnowledgeError when the file is missing, is not UTF-8, or a row breaks a rule."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise KnowledgeError(path, None, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise KnowledgeError(path, None, f"not UTF-8: {error}") from error
    adapter: TypeAdapter[Row] = TypeAdapter(row_type)
    for line, cells in _lines(path, text, _fields(row_type)):
        yield line, _row(adapter, cells, Place(path, line))


def read_laid_table(
    path: Path, override: OverrideFile | None, row_type: type[Row], key: tuple[str, ...]
) -> Iterator[tuple[Place, Row]]:
    """The rows of a packaged table with an override laid over it, each with its place.

    A row of the override takes the place of the packaged row with the same ``key`` (names of fields); one whose first cell
    begins with ``-`` removes it; all others come last.

    Raises KnowledgeError as `read_table`, and when the override removes what is not there or names a key twice."""
    changes = dict(_changes(override, row_type, key)) if override is not None else {}
    seen: set[Key] = set()
    for line, row in read_table(path, row_type):
        known = key_of(row, key)
        if known not in changes:
            yield Place(path, line), row
        elif known not in seen:
            seen.add(known)
            place, changed = changes[known]
            if changed is not None:
                yield place, changed
    for known, (place, added) in changes.items():
        if added is None and known not in seen:
            raise place.wrong(f"nothing to remove: there is no row with {shown_key(key, known)}")
        if added is not None and known not in seen:
            yield place, added


def key_of(row: object, key: tuple[str, ...]) -> Key:
    """The cells by which the row is known."""
    return tuple(getattr(row, name) or "" for name in key)


def shown_key(key: tuple[str, ...], cells: Key) -> str:
    """The key in words: ``person per:joe-biden, title President``."""
    return ", ".join(f"{name} {cell}" if cell else f"no {name}" for name, cell in zip(key, cells, strict=True))


def _changes(
    override: OverrideFile, row_type: type[Row], key: tuple[str, ...]
) -> Iterator[tuple[Key, tuple[Place, Row | None]]]:
    """Each row of an override by its key; None: the packaged row is removed."""
    adapter: TypeAdapter[Row] = TypeAdapter(row_type)
    fields = _fields(row_type)
    seen: set[Key] = set()
    for line, cells in _lines(override.path, override.text(), fields):
        place = Place(override.path, line)
        removes = cells[fields[0]].startswith(REMOVES)
        if removes:
            known = tuple(cells[name].removeprefix(REMOVES) if name == fields[0] else cells[name] for name in key)
        else:
            row = _row(adapter, cells, place)
            known = key_of(row, key)
        if known in seen:
            raise place.wrong(f"{shown_key(key, known)} stands here a second time")
        seen.add(known)
        yield known, (place, None if removes else row)


def _fields(row_type: type[Row]) -> list[str]:
    return list(row_type.__dataclass_fields__)  # type: ignore[attr-defined]


def _lines(path: Path, text: str, fields: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The cells of each row by field, with the number of its last line; empty lines are passed over.

    Equal cells are one object: titles, countries and dates stand in thousands of rows."""
    one: dict[str, str] = {}
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        if header != fields:
            hint = "; cells are separated by commas" if len(header) == 1 and len(fields) > 1 else ""
            raise KnowledgeError(path, 1, f"the header must be {','.join(fields)}, not {','.join(header)}{hint}")
        for cells in reader:
            if cells and len(cells) != len(fields):
                raise KnowledgeError(path, reader.line_num, f"{len(cells)} cells, not {len(fields)}")
            if cells:
                yield reader.line_num, dict(zip(fields, (one.setdefault(cell, cell) for cell in cells), strict=True))
    except csv.Error as error:
        raise KnowledgeError(path, reader.line_num, str(error)) from error


def _row(adapter: TypeAdapter[Row], cells: dict[str, Any], place: Place) -> Row:
    try:
        return adapter.validate_python(cells)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][:1])
        raise place.wrong(f"{field}: {first['msg'].removeprefix('Value error, ')}, got {first['input']!r}") from error

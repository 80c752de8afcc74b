"""Reading one knowledge file: a CSV whose rows are checked one by one, so that an error names file, line, field and reason."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, StringConstraints, TypeAdapter, ValidationError

Row = TypeVar("Row")


class KnowledgeError(Exception):
    """A knowledge set that cannot be used. The message names the file, the line, the field and what is wrong there."""


def _cell_to_tuple(cell: object) -> object:
    return tuple(part.strip() for part in cell.split("|") if part.strip()) if isinstance(cell, str) else cell


def _cell_to_optional(cell: object) -> object:
    return None if cell == "" else cell


Names = Annotated[tuple[str, ...], BeforeValidator(_cell_to_tuple)]
"""A cell with values between ``|``; an empty cell is an empty tuple."""

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 3166-1 alpha-3, or one of the former countries' codes of ISO 3166-3; XKX is Kosovo, EUE the European Union."""

OptionalCountry = Annotated[CountryCode | None, BeforeValidator(_cell_to_optional)]
Countries = Annotated[tuple[CountryCode, ...], BeforeValidator(_cell_to_tuple)]
NonEmpty = Annotated[str, StringConstraints(min_length=1)]
OptionalText = Annotated[str | None, BeforeValidator(_cell_to_optional)]
Sector = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""A PLOVER or CAMEO sector: GOV, MIL, IGO, LEG, ..."""

PartialDate = Annotated[
    str | None,
    StringConstraints(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"),
    BeforeValidator(_cell_to_optional),
]
"""A year, a month or a day of ISO 8601. They compare as strings: 2024 stands for its first day."""


def read_table(path: Path, row_type: type[Row]) -> Iterator[tuple[int, Row]]:
    """Yield each row as a ``row_type`` (a dataclass) with its line number; the header must name exactly its fields.

    Raises KnowledgeError when the file is missing, is not UTF-8, or a row breaks a rule."""
    adapter: TypeAdapter[Row] = TypeAdapter(row_type)
    fields = list(row_type.__dataclass_fields__)  # type: ignore[attr-defined]
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            if header != fields:
                raise KnowledgeError(f"{path}:1: the header must be {','.join(fields)}, not {','.join(header)}")
            for cells in reader:
                if len(cells) != len(fields):
                    raise KnowledgeError(f"{path}:{reader.line_num}: {len(cells)} cells, not {len(fields)}")
                yield reader.line_num, adapter.validate_python(dict(zip(fields, cells, strict=True)))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][:1])
        raise KnowledgeError(f"{path}:{reader.line_num}: {field}: {first['msg']}, got {first['input']!r}") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise KnowledgeError(f"{path}: {error}") from error

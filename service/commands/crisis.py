"""A crisis of the past, described in a YAML file beside its dispatches: what happened when, and which pairs it was about."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Self, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from service.commands.pairs import PairError, parse_pair
from service.errors import HarbingerError
from service.monitor.rules import Pair

Words = Annotated[str, Field(min_length=1, max_length=200)]


class CrisisError(HarbingerError):
    """The description cannot be used; names file, field and reason."""

    exit_status = 2


def _is_pair(text: str) -> str:
    try:
        parse_pair(text)
    except PairError as error:
        raise ValueError(str(error)) from None
    return text


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class TurningPoint(_Record):
    """Something that happened on a day."""

    date: date
    """UTC."""
    text: Words
    public: bool = True
    """Whether the newspapers could know of it then. What was secret cannot be in the dispatches."""


class Annotations(_Record):
    """What a plot may be marked with; anything else in the file is left alone."""

    title: Words | None = None
    label: Words | None = None
    """What kind of texts the dispatches are."""
    turning_points: list[TurningPoint] = Field(min_length=1)

    @property
    def heading(self) -> str:
        """Title and label, as far as they are given."""
        return ": ".join(part for part in (self.title, self.label) if part)


class Crisis(Annotations):
    """All that is needed to replay a crisis and to say how early it was seen."""

    title: Words
    label: Words
    files: list[Words] = Field(min_length=1)
    """Dispatches, JSONL, beside the description."""
    pairs: list[Annotated[str, AfterValidator(_is_pair)]] = Field(min_length=1)
    """The pairs that the crisis was about. The first is the one that is shown."""
    drawn_in: list[Annotated[str, AfterValidator(_is_pair)]] = []
    """Pairs that the crisis set against each other without bringing them near to war, by threats, troops or sanctions: an alert on them
    is right, and none is no miss."""
    elsewhere: list[Annotated[str, AfterValidator(_is_pair)]] = []
    """Pairs between which there was fighting at the time for reasons of its own: an alert on them is right, none is a miss, and they are
    counted apart. An alert on any pair in none of the lists is false."""
    peak: date
    """The day on which, by the historians' account, war was nearest."""
    settlement: date | None = None
    """The day on which it was settled; None when it was not, as far as the dispatches go."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.settlement is not None and self.peak > self.settlement:
            raise ValueError("peak must not lie after settlement")
        return self

    @property
    def watched(self) -> Sequence[Pair]:
        """The pairs, parsed."""
        return [parse_pair(text) for text in self.pairs]

    @property
    def set_against(self) -> Sequence[Pair]:
        """The pairs of ``drawn_in``, parsed."""
        return [parse_pair(text) for text in self.drawn_in]

    @property
    def fighting_elsewhere(self) -> Sequence[Pair]:
        """The pairs of ``elsewhere``, parsed."""
        return [parse_pair(text) for text in self.elsewhere]

    def is_false(self, pair: Pair) -> bool:
        """Whether an alert on the pair would be a false one."""
        return pair not in {*self.watched, *self.set_against, *self.fighting_elsewhere}


_Model = TypeVar("_Model", bound=Annotations)


def read_annotations(path: Path) -> Annotations:
    """The turning points of a file.

    Raises:
        CrisisError: it cannot be read or is wrong.
    """
    return _read(path, Annotations)


def read_crisis(path: Path) -> tuple[Crisis, list[str]]:
    """A crisis and the paths of its dispatches.

    Raises:
        CrisisError: the description cannot be read or is wrong.
    """
    crisis = _read(path, Crisis)
    return crisis, [str(path.parent / name) for name in crisis.files]


def _read(path: Path, model: type[_Model]) -> _Model:
    try:
        return model.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise CrisisError("\n".join(f"{path}: {fault}" for fault in faults)) from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise CrisisError(f"{path}: {error}") from None

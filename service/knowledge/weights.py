"""What a signal, a modality, a place in the article is worth in the escalation score: ``config/scoring.yaml``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from service.knowledge.errors import LexiconError
from service.knowledge.lexicon import DE_ESCALATORY, ESCALATORY, SignalCategory
from service.knowledge.overrides import NO_FILES, Files
from service.knowledge.yaml_files import read_laid_yaml
from service.messages.enriched import Level, Modality

Share = Annotated[float, Field(ge=0, le=2)]


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reach(_Closed):
    """Factors by who is on the two sides of a deed."""

    between_countries: Share
    within_one_country: Share
    one_side_known: Share


class Position(_Closed):
    """Factors by where in the article the deed stands."""

    title: Share
    lede: Share
    end: Share


class Salience(_Closed):
    """``least`` is the factor of a deed whose actors are hardly mentioned."""

    least: Annotated[float, Field(ge=0, le=1)]


class Levels(_Closed):
    """Lowest score (-100 to 100) of each level."""

    calm: float
    elevated: float
    high: float
    severe: float

    def of(self, score: float) -> Level:
        """The level of a score."""
        if score < self.calm:
            return "de-escalating"
        if score < self.elevated:
            return "calm"
        if score < self.high:
            return "elevated"
        return "high" if score < self.severe else "severe"


class Weights(_Closed):
    """All weights of the score, in points, shares and factors."""

    signals: Mapping[SignalCategory, Annotated[float, Field(ge=-100, le=100)]]
    event: Annotated[float, Field(ge=0, le=10)]
    modality: Mapping[Modality, Share]
    reach: Reach
    position: Position
    salience: Salience
    repetition: Annotated[float, Field(ge=0, le=1)]
    saturation: Annotated[float, Field(gt=0)]
    levels: Levels

    @model_validator(mode="after")
    def _directions(self) -> Self:
        """An escalatory signal must not lower the score, nor a de-escalatory one raise it; none may be missing."""
        missing = (ESCALATORY | DE_ESCALATORY) - self.signals.keys()
        wrong = [name for name, points in self.signals.items() if (points < 0) != (name in DE_ESCALATORY)]
        if missing or wrong:
            raise ValueError(f"signals: missing {sorted(missing)}, of the wrong sign {sorted(wrong)}")
        low = self.levels
        if not low.calm < low.elevated < low.high < low.severe:
            raise ValueError("levels: must rise from calm to severe")
        return self

    @classmethod
    def load(cls, path: Path, overrides: Files = NO_FILES) -> Self:
        """Read and check the weights, with the override of the same name laid over them.

        Raises:
            LexiconError: the file is missing or not well formed; names the field and the reason.
        """
        content, blamed = read_laid_yaml(path, overrides)
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            raise LexiconError(blamed, None, ".".join(map(str, first["loc"])) or None, first["msg"]) from error

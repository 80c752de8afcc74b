"""The field's scales: Goldstein values, quad classes, and how PLOVER codes words about deeds.

Goldstein's scale (1992) runs from -10 (military attack) to +10 (military retreat); quad classes are 1 verbal
cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.knowledge.errors import LexiconError
from service.knowledge.overrides import NO_FILES, Files
from service.knowledge.yaml_files import read_laid_yaml
from service.messages.enriched import Modality, PloverRoot


class WordCode(BaseModel):
    """The code of words about a deed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plover: PloverRoot
    cameo: Annotated[str, Field(pattern=r"^\d{2,4}$")]


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    goldstein: Mapping[str, Annotated[float, Field(ge=-10, le=10)]]
    quad_class: Mapping[PloverRoot, Annotated[int, Field(ge=1, le=4)]]
    words: Mapping[Modality, Mapping[PloverRoot, WordCode]]


@dataclass(frozen=True, slots=True)
class Coding:
    """What the event record carries about a deed of a type and a modality."""

    plover: PloverRoot
    cameo: str
    quad_class: int
    goldstein: float


@dataclass(frozen=True, slots=True)
class Scales:
    """Loaded from ``config/lexicon/scales.yaml``."""

    content: _Content

    @classmethod
    def load(cls, path: Path, overrides: Files = NO_FILES) -> Self:
        """Read and check the scales, with the override of the same name laid over them.

        Raises:
            LexiconError: the file is missing or not well formed; names the field and the reason.
        """
        content, blamed = read_laid_yaml(path, overrides)
        try:
            return cls(_Content.model_validate(content))
        except ValidationError as error:
            first = error.errors()[0]
            raise LexiconError(blamed, None, ".".join(map(str, first["loc"])), first["msg"]) from error

    def goldstein(self, cameo: str) -> float:
        """The value of a CAMEO code, or of the nearest code above it; 0.0 when even its first two digits are unknown."""
        codes = (cameo[:length] for length in (4, 3, 2) if len(cameo) >= length)
        return next((self.content.goldstein[code] for code in codes if code in self.content.goldstein), 0.0)

    def code(self, deed: PloverRoot, cameo: str, modality: Modality) -> Coding:
        """PLOVER root, CAMEO code, quad class and Goldstein value of a deed that is done, or only spoken of.

        ``deed`` and ``cameo`` are those of the deed itself. What is actual or historical keeps them; a planned
        cooperative deed is AGREE, a planned hostile one THREATEN, a requested one REQUEST, a negated one REJECT. A
        hypothetical deed is coded as a planned one: expressing an intent, or menacing.
        """
        table = self.content.words.get("planned" if modality == "hypothetical" else modality, {})
        words = table.get(deed)
        root, code = (words.plover, words.cameo) if words else (deed, cameo)
        return Coding(root, code, self.content.quad_class[root], self.goldstein(code))

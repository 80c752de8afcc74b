"""The rules of the watch: ``config/alerts.yaml``, read and checked."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from service.errors import HarbingerError
from service.knowledge.loading import read_rows
from service.knowledge.overrides import NO_FILES, Files
from service.knowledge.records import Country, Igo
from service.messages.article import parse_rfc3339
from service.monitor.times import milliseconds

AlertLevel = Literal["elevated", "high", "severe"]
LEVELS: tuple[AlertLevel, ...] = ("elevated", "high", "severe")
"""From the lowest to the highest."""

Pair = tuple[str, str]
"""Two ISO 3166-1 alpha-3 codes, sorted."""

Days = Annotated[int, Field(ge=1, le=3660)]
Share = Annotated[float, Field(ge=0, le=1)]


class RulesError(HarbingerError):
    """The rules cannot be used; names file, field and reason, all faults at once."""

    exit_status = 2


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class IndexRules(_Closed):
    """How the index is computed."""

    half_life_days: Annotated[float, Field(gt=0, le=365)]
    """Days in which the weight of an event falls to half."""
    relief_halving: Annotated[float, Field(gt=0, le=1000)]
    """Points of relief that leave half of the index."""
    baseline_days: Annotated[int, Field(ge=7, le=3660)]
    """Days whose median is the baseline."""
    held_days: Annotated[int, Field(ge=0, le=3660)] = 0
    """Days from the beginning of an alert for which its days stay out of the baseline."""
    spread_floor: Annotated[float, Field(gt=0, le=1000)]
    """Least spread in points, so that a pair that was always at 0 gets a finite z-score."""
    evidence_days: Days
    """Days for which single articles are kept; a later one is counted as too late."""
    series_days: Days
    """Days for which the daily figures are kept."""
    window_days: Days
    """Days that the articles, sources and events of an alert are counted over."""
    same_story: Share
    """Jaccard similarity of two texts from which on deeds of one kind, pair and day are one."""
    near_duplicate: Share
    """Jaccard similarity from which on they are one even when dated some days apart."""

    @model_validator(mode="after")
    def _nested(self) -> Self:
        if not self.window_days <= self.evidence_days <= self.series_days:
            raise ValueError("window_days, evidence_days and series_days must not fall in this order")
        if self.same_story > self.near_duplicate:
            raise ValueError("same_story must not exceed near_duplicate")
        return self


class Threshold(_Closed):
    """What index and z-score must both reach."""

    index: Annotated[float, Field(gt=0, le=1_000_000)]
    """Points."""
    zscore: Annotated[float, Field(ge=0, le=1000)]
    """Spreads above the baseline."""


class Rule(_Closed):
    """When the pairs that it names raise an alert."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    pairs: Annotated[list[str], Field(min_length=1)]
    """Pairs (``RUS-UKR``), or sides that are organisations, groups or ``*``."""
    levels: Annotated[dict[AlertLevel, Threshold], Field(min_length=1)]
    """Thresholds of each level that raises an alert."""
    clear: Annotated[float, Field(gt=0, lt=1)]
    """Share of the lowest level's thresholds below which an alert ends."""
    clear_days: Annotated[int, Field(ge=1, le=365)] = 1
    """Days in a row at whose ends it must lie there."""
    minimum_sources: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Independent sources that an alert needs; an article that names no source is one of its own."""
    minimum_events: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Distinct hostile events that an alert needs."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        steps = self.steps
        for (low, below), (high, above) in pairwise(steps):
            if above.index <= below.index or above.zscore < below.zscore:
                raise ValueError(f"levels: the thresholds of {high} must lie above those of {low}")
        return self

    @cached_property
    def steps(self) -> Sequence[tuple[AlertLevel, Threshold]]:
        """The levels from the lowest to the highest."""
        return [(level, self.levels[level]) for level in LEVELS if level in self.levels]


class Silence(_Closed):
    """Pairs and the time for which they raise no alert."""

    pairs: Annotated[list[str], Field(min_length=1)]
    start: int = Field(alias="from")
    """Milliseconds since 1970 in article time; RFC 3339 in the file."""
    until: int
    """The first moment after the silence."""
    reason: Annotated[str, Field(min_length=1)]

    @field_validator("start", "until", mode="before")
    @classmethod
    def _moment(cls, value: Any, info: ValidationInfo) -> int:
        text = value.isoformat() if hasattr(value, "isoformat") else value
        if not isinstance(text, str):
            raise ValueError(f"{info.field_name} should be an RFC 3339 time")
        return milliseconds(parse_rfc3339(text.replace(" ", "T")))

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.start >= self.until:
            raise ValueError("from must lie before until")
        return self


class RulesFile(_Closed):
    """What ``config/alerts.yaml`` says, names not yet resolved."""

    index: IndexRules
    rules: Annotated[list[Rule], Field(min_length=1)]
    groups: dict[str, list[str]] = {}
    silences: list[Silence] = []
    territories: dict[str, list[str]] = {}
    """The territories of each state that are countries to ISO 3166-1 and none to an adversary."""

    @field_validator("rules")
    @classmethod
    def _distinct(cls, value: list[Rule]) -> list[Rule]:
        names = [rule.name for rule in value]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two rules are named {twice}")
        return value


class Rules:
    """The rules with every name resolved to countries.

    Args:
        file: what the YAML said.
        sides: the countries behind each name that may stand on one side of a pair; ``*`` is every country.

    Raises:
        ValueError: a side that is no country, organisation or group.
    """

    def __init__(self, file: RulesFile, sides: Mapping[str, frozenset[str]]) -> None:
        self.index = file.index
        self.rules = file.rules
        self.territories = {territory: state for state, held in file.territories.items() for territory in held}
        """The state to which each territory belongs."""
        self._sides = sides
        self._patterns = [(rule, self._resolve(f"rule {rule.name}", rule.pairs)) for rule in file.rules]
        self._silences = [(each, self._resolve("silences", each.pairs)) for each in file.silences]

    def rule_for(self, pair: Pair) -> Rule | None:
        """The first rule that names the pair; without one it is watched and never raises an alert."""
        return next((rule for rule, patterns in self._patterns if _matches(pair, patterns)), None)

    def silences_for(self, pair: Pair) -> Sequence[Silence]:
        """When the pair raises no alert."""
        return [silence for silence, patterns in self._silences if _matches(pair, patterns)]

    def _resolve(self, where: str, pairs: Sequence[str]) -> list[tuple[frozenset[str], frozenset[str]]]:
        return [self._pattern(where, text) for text in pairs]

    def _pattern(self, where: str, text: str) -> tuple[frozenset[str], frozenset[str]]:
        if text == "*":
            return self._sides["*"], self._sides["*"]
        known = [
            (left, right)
            for left, dash, right in (_parted(text, i) for i, char in enumerate(text) if char == "-")
            if left.casefold() in self._sides and right.casefold() in self._sides
        ]
        if not known or (known[0][0].casefold() == known[0][1].casefold() and self._single(known[0][0])):
            raise ValueError(
                f"{where}: {text!r} is no pair of two countries (ISO 3166-1 alpha-3), organisations, groups or *"
            )
        left, right = known[0]
        return self._sides[left.casefold()], self._sides[right.casefold()]

    def _single(self, name: str) -> bool:
        return len(self._sides[name.casefold()]) == 1


def _parted(text: str, at: int) -> tuple[str, str, str]:
    return text[:at].strip(), "-", text[at + 1 :].strip()


def _matches(pair: Pair, patterns: Sequence[tuple[frozenset[str], frozenset[str]]]) -> bool:
    a, b = pair
    return any((a in left and b in right) or (b in left and a in right) for left, right in patterns)


def load_rules(path: Path, knowledge: Path, overrides: Files = NO_FILES) -> Rules:
    """Read and check the rules against the countries and organisations of the knowledge folder, with overrides laid over it.

    Raises:
        RulesError: the file cannot be read or is wrong; names each field and the reason.
        KnowledgeError: an override cannot be used.
    """
    try:
        tree = yaml.safe_load(path.read_text("utf-8"))
        if not isinstance(tree, dict):
            raise ValueError("not a mapping of rules, but " + ("empty" if tree is None else f"a {type(tree).__name__}"))
        file = RulesFile.model_validate(tree)
        sides = _sides(knowledge, overrides, file.groups)
        _check_territories(file.territories, sides["*"])
        return Rules(file, sides)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise RulesError("\n".join(f"{path}: {fault}" for fault in faults)) from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise RulesError(f"{path}: {error}") from None


def _sides(knowledge: Path, overrides: Files, groups: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    countries = frozenset(row.iso3 for row in read_rows(knowledge, overrides, "countries.csv", Country))
    sides = {"*": countries} | {code.casefold(): frozenset({code}) for code in countries}
    for body in read_rows(knowledge, overrides, "igos.csv", Igo):
        for name in (body.name, *body.aliases):
            sides.setdefault(name.casefold(), frozenset(body.members))
    for name, members in groups.items():
        if name == "*" or name.upper() in countries:
            raise ValueError(
                f"groups.{name}: {'stands for every country' if name == '*' else 'is the code of a country'}"
            )
        unknown = sorted(set(members) - countries)
        if unknown or not members:
            raise ValueError(
                f"groups.{name}: {', '.join(unknown) or 'empty'}: not ISO 3166-1 alpha-3 codes of countries"
            )
        sides[name.casefold()] = frozenset(members)
    return sides


def _check_territories(territories: Mapping[str, Sequence[str]], countries: frozenset[str]) -> None:
    held = [territory for each in territories.values() for territory in each]
    unknown = sorted({*territories, *held} - countries)
    if unknown:
        raise ValueError(f"territories: {', '.join(unknown)}: not ISO 3166-1 alpha-3 codes of countries")
    twice = sorted({each for each in held if held.count(each) > 1 or each in territories})
    if twice:
        raise ValueError(f"territories: {', '.join(twice)}: belongs to two states, or is a state itself")

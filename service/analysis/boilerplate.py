"""What of a body is not the article: appeals, credits, captions, links, notices; whole lines, and stretches within a line.

The rules are data (``config/lexicon/boilerplate.yaml``). To lose a line of the article is worse than to keep a line of
boilerplate, so a rule fires on what only boilerplate says, or, where the words alone do not tell, on the place as well: in
the unbroken run of such lines before the article begins (``head``) or after it has ended (``tail``). Whole lines that no rule
knows are judged by a small statistical model (:mod:`service.analysis.line_model`), for which the verdicts of the rules are
evidence.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from service.analysis.boilerplate_parts import Part, PartRule, PartRules
from service.analysis.line_model import LineModel
from service.knowledge.errors import LexiconError
from service.knowledge.overrides import NO_FILES, Files
from service.knowledge.yaml_files import read_override, read_yaml

MAX_SECTION_LINES: Final = 40
"""Lines that a section may run on after its heading: an appeal has 5 to 20, and an article must not vanish."""

MODEL: Final = "page_furniture"
"""The reason of a line that the model alone found: it does not tell kinds apart."""

_QUOTED: Final = re.compile(r"[“\"«„].*?[”\"»]|[“\"«„].*$")


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LineRule(_Closed):
    """Any of ``patterns`` (regular expressions, case-insensitive, matched at the line's beginning) makes a line boilerplate.

    ``place``: ``any``, ``head`` (all lines before are boilerplate), ``tail`` (all lines after are boilerplate),
    ``edge`` (either) or ``above`` (all lines after are boilerplate, and there is one). ``max_words`` bounds the line.
    """

    reason: str
    place: Literal["any", "head", "tail", "edge", "above"] = "any"
    max_words: Annotated[int, Field(ge=1)] = 60
    case: bool = False
    patterns: tuple[str, ...]


class SectionRule(_Closed):
    """A heading after which lines stay boilerplate for as long as they go on in the same vein.

    ``continues`` are patterns searched for anywhere in a following line, outside quotations; ``gap`` lines without any
    may lie between two with one. ``needs`` such lines must follow, or it was no such heading.
    """

    reason: str
    headings: tuple[str, ...]
    continues: tuple[str, ...]
    gap: Annotated[int, Field(ge=0)] = 0
    needs: Annotated[int, Field(ge=0)] = 1


class _Rules(_Closed):
    lines: tuple[LineRule, ...]
    sections: tuple[SectionRule, ...]
    parts: tuple[PartRule, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    reason: str
    max_words: int
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Section:
    rule: SectionRule
    heading: re.Pattern[str]
    continues: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class BoilerplateRules:
    """The compiled rules and the model; :meth:`reasons` judges lines, :meth:`parts` what is inside one."""

    anywhere: tuple[_Line, ...]
    head: tuple[_Line, ...]
    tail: tuple[_Line, ...]
    above: tuple[_Line, ...]
    sections: tuple[_Section, ...]
    within: PartRules
    model: LineModel

    @classmethod
    def load(cls, path: Path, overrides: Files = NO_FILES) -> Self:
        """Read and compile ``boilerplate.yaml``, with the override of the same name laid over it.

        Raises:
            LexiconError: it is not well formed; names the file and the fault.
        """
        content, blamed = _laid(path, overrides)
        try:
            rules = TypeAdapter(_Rules).validate_python(content)
            compiled = [(rule.place, _compile_line(rule)) for rule in rules.lines]
            sections = tuple(_compile_section(rule) for rule in rules.sections)
            within = PartRules.compile(rules.parts)
        except ValidationError as error:
            first = error.errors()[0]
            raise LexiconError(blamed, None, ".".join(map(str, first["loc"])), first["msg"]) from error
        except re.error as error:
            raise LexiconError(blamed, None, None, f"{error.pattern!r} is no regular expression: {error}") from error
        return cls(
            anywhere=tuple(line for place, line in compiled if place == "any"),
            head=tuple(line for place, line in compiled if place in ("head", "edge")),
            tail=tuple(line for place, line in compiled if place in ("tail", "edge")),
            above=tuple(line for place, line in compiled if place in ("tail", "edge", "above")),
            sections=sections,
            within=within,
            model=LineModel.load(),
        )

    def reasons(self, lines: Sequence[str]) -> list[str | None]:
        """For each line of a body the reason why it is boilerplate, None for the article's own."""
        words = [line.count(" ") + 1 for line in lines]
        reasons = [_first(self.anywhere, line, count) for line, count in zip(lines, words, strict=True)]
        self._mark_sections(lines, reasons)
        _mark_run((self.head, self.head), lines, words, reasons, range(len(lines)))
        _mark_run((self.tail, self.above), lines, words, reasons, range(len(lines) - 1, -1, -1))
        return self._judged(lines, reasons)

    def parts(self, line: str) -> list[Part]:
        """The stretches of a line of the article that are boilerplate, in order; none overlaps another."""
        return list(self.within.find(line))

    def _judged(self, lines: Sequence[str], reasons: list[str | None]) -> list[str | None]:
        """The reasons, and :data:`MODEL` for other lines that the model finds; unless that would leave nothing of the article."""
        verdicts = self.model.judge(lines, [reason is not None for reason in reasons])
        judged = [
            MODEL if found and reason is None else reason for found, reason in zip(verdicts, reasons, strict=True)
        ]
        return judged if None in judged else reasons

    def _mark_sections(self, lines: Sequence[str], reasons: list[str | None]) -> None:
        end = 0
        for index, line in enumerate(lines):
            if index < end:
                continue
            for section in self.sections:
                if section.heading.match(line):
                    found = _section_end(section, lines, index)
                    if found > index:
                        reasons[index:found] = [section.rule.reason] * (found - index)
                        end = found
                        break


def _section_end(section: _Section, lines: Sequence[str], heading: int) -> int:
    """The index after the last line that goes on in the section's vein; ``heading`` when too few do."""
    end, gap, count = heading + 1, 0, 0
    for index in range(heading + 1, min(len(lines), heading + 1 + MAX_SECTION_LINES)):
        if section.continues.search(_QUOTED.sub("", lines[index])):
            end, gap, count = index + 1, 0, count + 1
        else:
            gap += 1
            if gap > section.rule.gap:
                break
    return end if count >= section.rule.needs else heading


def _mark_run(
    rules: tuple[tuple[_Line, ...], tuple[_Line, ...]],
    lines: Sequence[str],
    words: list[int],
    reasons: list[str | None],
    order: range,
) -> None:
    """Mark lines in ``order`` until one is the article's, by the first rules at the edge, by the second beyond it.

    When none is, the run is no edge but the whole text, and it stays as it was.
    """
    marked: dict[int, str] = {}
    for index in order:
        applicable = rules[0] if index == order.start else rules[1]
        reason = reasons[index] or _first(applicable, lines[index], words[index])
        if reason is None:
            break
        marked[index] = reason
    else:
        return
    for index, reason in marked.items():
        reasons[index] = reason


def _first(rules: tuple[_Line, ...], line: str, words: int) -> str | None:
    return next((rule.reason for rule in rules if words <= rule.max_words and rule.pattern.match(line)), None)


def _compile_line(rule: LineRule) -> _Line:
    flags = re.NOFLAG if rule.case else re.IGNORECASE
    return _Line(rule.reason, rule.max_words, re.compile(_any_of(rule.patterns), flags))


def _compile_section(rule: SectionRule) -> _Section:
    return _Section(
        rule, re.compile(_any_of(rule.headings), re.IGNORECASE), re.compile(_any_of(rule.continues), re.IGNORECASE)
    )


def _any_of(patterns: tuple[str, ...]) -> str:
    for pattern in patterns:
        re.compile(pattern)  # alone first, so that an error shows the one that is wrong
    return "|".join(f"(?:{pattern})" for pattern in patterns)


def _laid(path: Path, overrides: Files) -> tuple[Any, Path]:
    """The packaged rules and those of an override after them, without the patterns that it lists under ``remove``; and the
    file to blame when the result is wrong. The rules have no names, so that each pattern is its own."""
    content = read_yaml(path)
    override = overrides.get(path.name)
    if override is None:
        return content, path
    change = read_override(override)
    if not isinstance(change, dict) or not all(isinstance(each, list) for each in change.values()):
        raise LexiconError(override.path, None, None, "must hold lists: `lines`, `sections`, `parts`, `remove`")
    remove = change.pop("remove", [])
    kept = {part: _without(rules, remove) for part, rules in content.items()}
    gone = {pattern for rules in content.values() for pattern in _patterns(rules) if pattern in remove}
    for pattern in remove:
        if pattern not in gone:
            raise LexiconError(override.path, None, "remove", f"nothing to remove: there is no pattern {pattern!r}")
    return {part: [*kept.get(part, []), *change.get(part, [])] for part in {**kept, **change}}, override.path


_PATTERN_FIELDS: Final = ("patterns", "headings", "continues")


def _patterns(rules: list[Any]) -> Iterator[str]:
    yield from (pattern for rule in rules for field in _PATTERN_FIELDS for pattern in rule.get(field, []))


def _without(rules: list[Any], removed: list[Any]) -> list[Any]:
    """The rules without these patterns; one that has none left in a field that it needs is gone."""
    edited = [
        {
            key: [each for each in value if each not in removed] if key in _PATTERN_FIELDS else value
            for key, value in rule.items()
        }
        for rule in rules
    ]
    return [rule for rule in edited if all(rule[field] for field in _PATTERN_FIELDS if field in rule)]

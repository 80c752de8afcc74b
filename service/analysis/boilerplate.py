"""Which lines of a body are not the article: appeals, credits, captions, links, notices.

The rules are data (``config/lexicon/boilerplate.yaml``). To lose a line of the article is worse than to keep a line of
boilerplate, so a rule fires on what only boilerplate says, or, where the words alone do not tell, on the place as well: in
the unbroken run of such lines before the article begins (``head``) or after it has ended (``tail``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

MAX_SECTION_LINES: Final = 40
"""Lines that a section may run on after its heading: an appeal has 5 to 20, and an article must not vanish."""

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
    """The compiled rules; :meth:`reasons` is the one verb."""

    anywhere: tuple[_Line, ...]
    head: tuple[_Line, ...]
    tail: tuple[_Line, ...]
    above: tuple[_Line, ...]
    sections: tuple[_Section, ...]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and compile ``boilerplate.yaml``.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is not well formed; the message names the file and the fault.
        """
        try:
            content: Any = yaml.safe_load(path.read_text("utf-8"))
            rules = TypeAdapter(_Rules).validate_python(content)
            compiled = [(rule.place, _compile_line(rule)) for rule in rules.lines]
            sections = tuple(_compile_section(rule) for rule in rules.sections)
        except (ValidationError, yaml.YAMLError, re.error) as error:
            raise ValueError(f"{path}: {error}") from error
        return cls(
            anywhere=tuple(line for place, line in compiled if place == "any"),
            head=tuple(line for place, line in compiled if place in ("head", "edge")),
            tail=tuple(line for place, line in compiled if place in ("tail", "edge")),
            above=tuple(line for place, line in compiled if place in ("tail", "edge", "above")),
            sections=sections,
        )

    def reasons(self, lines: Sequence[str]) -> list[str | None]:
        """For each line of a body the reason why it is boilerplate, None for the article's own."""
        words = [line.count(" ") + 1 for line in lines]
        reasons = [_first(self.anywhere, line, count) for line, count in zip(lines, words, strict=True)]
        self._mark_sections(lines, reasons)
        _mark_run((self.head, self.head), lines, words, reasons, range(len(lines)))
        _mark_run((self.tail, self.above), lines, words, reasons, range(len(lines) - 1, -1, -1))
        return reasons

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
    return "|".join(f"(?:{pattern})" for pattern in patterns)

"""Boilerplate that an extractor has run together with an article: stretches within a paragraph, found by how they begin.

A stretch begins at the beginning of a sentence with a word that some rule waits for, so that the patterns are tried at few places;
and each pattern says how far it reaches. Where a headline follows ("Also read: ..."), nothing but style tells its end from the
sentence that goes on after it; where that end cannot be told, nothing is taken.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field

MAX_HEADLINE: Final = 130
"""Code points; longer ones are no headlines, and the search for an end must not run away."""

_BEGINNING: Final = re.compile(r"(?<![\w'’&@-])(?<![A-Z\d]\.)(?:[A-Z][A-Za-z]*|[©*\[(_—–•-])")
_BEFORE: Final = frozenset(".!?…\"”’')]:;,|•*_>®™")
_OPENERS: Final = (
    "The|A|An|In|On|At|He|She|It|They|We|I|You|But|And|Yet|However|This|That|These|Those|There|According|Meanwhile|For|As|After|Before|"
    "While|When|If|Although|Despite|His|Her|Its|Their|Our|Some|Many|Most|Both|One|Two|To|With|By|From|Since|Last|Earlier|Speaking|"
    "Asked|During|Under|Among|Such|Now|Then|So|What|Why|How|Mr|Mrs|Ms|Dr"
)
_VERBS: Final = (
    "said|says|told|added|has|have|had|is|are|was|were|will|would|can|could|may|also|reported|announced|confirmed|warned|called|made|"
    "wrote|noted|claimed|argued|began|came|took"
)
_HEADLINE_END: Final = re.compile(
    rf"""(?P<stop>[.!?…]["”’)]*(?=\s|$))
      | (?<=[a-z\d%’”)])\s+(?=(?:{_OPENERS})\s)                                   # ... after halt In Geneva, ...
      | (?<=[a-z\d%’”)])\s+(?=[A-Z][\w’'.-]*(?:\s[A-Z][\w’'.-]*){{0,3}}\s(?:{_VERBS})\s)   # ... after halt Envoys said ...
      | (?<=[\w’])\s+(?=["“][A-Z])                                                # ... after halt “We will ...
      | \s*$""",
    re.VERBOSE,
)


_THREE_WORDS: Final = re.compile(r"\s*(?:\S+\s+){2}\S")


class PartRule(BaseModel):
    """Stretches of a paragraph.

    ``begins``: the stretch's first word, in lower case, or sign. ``patterns``: regular expressions that match the stretch from
    there on, case-insensitive. ``headline``: the headline of another story follows and belongs to it. ``after``: at least so
    many code points of the paragraph must stand before it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str
    begins: tuple[str, ...]
    headline: bool = False
    after: Annotated[int, Field(ge=0)] = 0
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Half-open code point offsets into a line, without white space at the ends."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Compiled:
    rule: PartRule
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class PartRules:
    """Compiled rules by the word that they begin with."""

    by_word: dict[str, tuple[_Compiled, ...]]

    @classmethod
    def compile(cls, rules: tuple[PartRule, ...]) -> Self:
        """Raises re.error: a pattern is no regular expression."""
        by_word: dict[str, list[_Compiled]] = {}
        for rule in rules:
            for pattern in rule.patterns:
                re.compile(pattern)  # alone first, so that an error shows the one that is wrong
            joined = "|".join(f"(?:{pattern})" for pattern in rule.patterns)
            compiled = _Compiled(rule, re.compile(joined, re.IGNORECASE))
            for word in rule.begins:
                by_word.setdefault(word, []).append(compiled)
        return cls({word: tuple(each) for word, each in by_word.items()})

    def find(self, line: str) -> Iterator[Part]:
        """The parts of ``line`` that are boilerplate, in order, none overlapping."""
        reached = 0
        for match in _BEGINNING.finditer(line):
            start = match.start()
            if start < reached:
                continue
            for compiled in self.by_word.get(match.group().lower(), ()):
                end = _end(compiled, line, start) if _begins_sentence(line, start) else None
                if end is not None:
                    yield Part(start, end, compiled.rule.reason)
                    reached = end
                    break


def _begins_sentence(line: str, start: int) -> bool:
    while start and line[start - 1].isspace():
        start -= 1
    return not start or line[start - 1] in _BEFORE


def _end(compiled: _Compiled, line: str, start: int) -> int | None:
    match = compiled.pattern.match(line, start)
    if match is None or start < compiled.rule.after:
        return None
    end = headline_end(line, match.end()) if compiled.rule.headline else match.end()
    if end is None or end <= start:
        return None
    return start + len(line[start:end].rstrip())


def headline_end(line: str, start: int) -> int | None:
    """Where the headline that begins at ``start`` ends, None when that cannot be told. It has at least three words."""
    words = _THREE_WORDS.match(line, start)
    if words is None:
        return None
    end = _HEADLINE_END.search(line, words.end(), start + MAX_HEADLINE)
    if end is None or (not end.group().strip() and end.end() == start + MAX_HEADLINE < len(line)):
        return None
    return end.end() if end["stop"] else end.start()

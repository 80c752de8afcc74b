"""How much a line reads like boilerplate: by its words and shape, and by the lines around it.

Two logistic models, trained by ``training/boilerplate``: the first adds up weights of the words, word pairs and outward signs of a
line (its *content*); the second looks at the content of the line and of its neighbours (its *context*), since boilerplate stands in
runs. Both give log odds. The weights are plain numbers in ``line_model.json``.
"""

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, groupby, pairwise
from operator import mul
from pathlib import Path
from typing import Final, Self

WEIGHTS: Final = Path(__file__).with_name("line_model.json")

MAX_LINE: Final = 200
"""Code points. Longer lines are paragraphs, whose style says little: their content is :data:`BODY`, unread."""

BODY: Final = -6.0
"""Content scores are cut off here and at ``-BODY``: beyond, one line would outvote all its neighbours."""

KNOWN: Final = 4.0
"""Log odds that a line which is known to be boilerplate has at least."""

WORDS: Final = 1.3
"""Log odds that the words of a line must add for it to be boilerplate beside another line that may be. A line that stands alone, as a
subhead or the last words of an article do, needs twice as much, and so does a sentence."""

SENTENCE: Final = 12
"""Words. Lines so long, or with a full stop or an exclamation mark, may be sentences of an article that speaks to its reader, or of a
speech: they need :data:`WORDS` even between two lines that are sure."""

ODDS: Final = 0.25
"""Log odds that the whole content of such a line must have, whatever is around it."""

_TOKEN: Final = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?|\d+|[^\w\s]")
_WIDTHS: Final = (1, 2, 4, 7, 12, 20, 35)
_QUOTES: Final = frozenset('"“”')
_SPEECH: Final = _QUOTES | {"?"}
_STOPS: Final = ".!"


@dataclass(frozen=True, slots=True)
class Content:
    """Log odds that a line alone is boilerplate, from :data:`BODY` to its opposite, and what its words (not its shape) add to that."""

    odds: float
    words: float


_PARAGRAPH: Final = Content(BODY, 0.0)


@dataclass(frozen=True, slots=True)
class LineModel:
    """The weights; :meth:`judge` is the verb."""

    bias: float
    grams: dict[str, float]
    context_bias: float
    context_weights: tuple[float, ...]
    threshold: float
    """Log odds of the context from which on a line is boilerplate; chosen by cross-validation for precision."""

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Self:
        """Read the weights; takes some milliseconds."""
        data = json.loads(path.read_text("utf-8"))
        return cls(data["bias"], data["grams"], data["context_bias"], tuple(data["context_weights"]), data["threshold"])

    def judge(self, lines: Sequence[str], known: Sequence[bool]) -> list[bool]:
        """For each line, none of them empty, whether it is boilerplate. ``known`` says which lines are in any case.

        A line whose words do not speak for it, only its shape and place, might be a subhead or an item of a list: it counts only between
        lines that are sure, or between one and the beginning or end of the body. A line with a quotation, a
        question or a number in front, or a colon at its end, is never judged by the model.
        """
        contents = [self.content(line) for line in lines]
        odds = [max(each.odds, KNOWN) if sure else each.odds for each, sure in zip(contents, known, strict=True)]
        context = self.context(lines, odds)
        plain = [line.count(" ") < SENTENCE and line[-1] not in _STOPS for line in lines]
        likely = [
            safe or (value >= self.threshold and _is_judged(line, content) and (short or content.words >= WORDS))
            for safe, value, content, short, line in zip(known, context, contents, plain, lines, strict=True)
        ]
        beside = [before or after for before, after in zip([False, *likely][:-1], [*likely, False][1:], strict=True)]
        sure = [
            safe or (maybe and content.odds > ODDS and content.words >= (WORDS if short and near else 2 * WORDS))
            for safe, maybe, near, content, short in zip(known, likely, beside, contents, plain, strict=True)
        ]
        for start, end in _runs(likely):
            places = [place for place in range(start, end) if sure[place]]
            if places:
                first = start if start == 0 else places[0]
                last = end if end == len(lines) else places[-1] + 1
                sure[first:last] = [True] * (last - first)
        return sure

    def content(self, line: str) -> Content:
        """Of one line."""
        if len(line) > MAX_LINE:
            return _PARAGRAPH
        found = [(feature[0] == "#", self.grams.get(feature, 0.0)) for feature in features(line)]
        # exact sums: a set has another order in each process, and a line near the threshold must not
        words = math.fsum(weight for is_sign, weight in found if not is_sign)
        signs = math.fsum(weight for is_sign, weight in found if is_sign)
        return Content(max(BODY, min(-BODY, self.bias + words + signs)), words)

    def context(self, lines: Sequence[str], odds: Sequence[float]) -> list[float]:
        """Log odds for each line, given those of the content of all of them."""
        weights = self.context_weights
        return [self.context_bias + sum(map(mul, weights, row)) for row in surroundings(lines, odds)]


def features(line: str) -> set[str]:
    """Words, word pairs (``^`` and ``$`` stand for the ends), how it begins, and outward signs (``#...``) of a line that is not empty."""
    tokens = _TOKEN.findall(line)
    words = [_normal(token) for token in tokens]
    pairs = map(" ".join, pairwise(["^", *words, "$"]))
    begins = (" ".join(["^", *words[:3]]), f"^ {words[0]} #{_end(line)}") if len(words) > 2 else ()
    return set(chain(words, pairs, begins, _signs(line, tokens)))


def surroundings(lines: Sequence[str], contents: Sequence[float]) -> Iterator[tuple[float, ...]]:
    """What the second model sees of each line: its content and its neighbours', the highest, lowest and mean content before and
    after it, its end and its length. Linear in the number of lines."""
    count = len(lines)
    before = _summaries(contents)
    after = _summaries(contents[::-1])[::-1]
    for index, line in enumerate(lines):
        words = line.count(" ") + 1
        open_end = float(line[-1] not in '.!?"”')
        yield (
            contents[index],
            *_neighbour(contents, index - 1),
            *_neighbour(contents, index + 1),
            *_neighbour(contents, index - 2),
            *_neighbour(contents, index + 2),
            *(before[index] if index else _NOTHING),
            *(after[index] if index < count - 1 else _NOTHING),
            open_end,
            open_end * (words <= 14),
            math.log(words),
        )


_NOTHING: Final = (BODY, -BODY, 0.0)


def _neighbour(contents: Sequence[float], index: int) -> tuple[float, float]:
    """Its content, and whether there is none."""
    return (contents[index], 0.0) if 0 <= index < len(contents) else (0.0, 1.0)


def _summaries(contents: Sequence[float]) -> list[tuple[float, float, float]]:
    """Of each place: the highest, the lowest and the mean content of all places before it; that of the first means nothing."""
    highest, lowest, total = accumulate(contents, max), accumulate(contents, min), accumulate(contents)
    behind = [
        (high, low, sum_ / number)
        for number, (high, low, sum_) in enumerate(zip(highest, lowest, total, strict=True), 1)
    ]
    return [_NOTHING, *behind[:-1]]


def _is_judged(line: str, content: Content) -> bool:
    """False for a line that the model is never asked about."""
    return content.odds > BODY and _SPEECH.isdisjoint(line) and not line[0].isdecimal() and line[-1] != ":"


def _runs(likely: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Half-open ranges of the longest unbroken runs of true."""
    start = 0
    for value, run in groupby(likely):
        end = start + sum(1 for _ in run)
        if value:
            yield start, end
        start = end


def _normal(token: str) -> str:
    """Lower case; a number is as many zeros as it has digits, five at most."""
    return "00000"[: len(token)] if token[0].isdecimal() else token.lower().replace("’", "'")


def _signs(line: str, tokens: list[str]) -> Iterator[str]:
    width = sum(len(tokens) > limit for limit in _WIDTHS)
    end = _end(line)
    yield from (f"#width {width}", f"#end {end}", f"#width {width} {end}", f"#first {_kind(line[0])}")
    words = [token for token in tokens if token[0].isalpha()]
    if not words:
        yield "#no word"
        return
    capitals = int(4 * sum(word[0].isupper() for word in words) / len(words))
    yield f"#capitals {capitals}"
    if end == "open":
        yield f"#capitals {capitals} open"
    if line.isupper():
        yield "#upper"
    if not _QUOTES.isdisjoint(line):
        yield "#quote"
    digits = sum(map(str.isdecimal, line))
    if digits:
        yield f"#digits {min(3, 6 * digits // len(line))}"


def _end(line: str) -> str:
    last, before = line[-1], line[-2:-1]
    if last in ".!…" or (last in '"”’)]' and before and before in ".!?…"):
        return "stop"
    return {"?": "?", '"': "quote", "”": "quote", ":": ":", ",": ":", ";": ":", ")": ")", "]": ")"}.get(last, "open")


def _kind(character: str) -> str:
    if character.isdecimal():
        return "digit"
    return "upper" if character.isupper() else "lower" if character.islower() else "other"

"""From which likeness on two news texts tell of the same event: measured on labelled pairs of dispatches.

``python -m benchmarks.stories`` prints, for the words in use and for others, how well a threshold parts the pairs that tell
of one event from those that tell of different events of the same day and countries. ``--write FILE`` puts the table
between the markers of a page.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, pairwise, product
from operator import eq
from pathlib import Path
from typing import Final

import yaml
from rensa import RMinHash

from benchmarks.pages import print_or_put
from service.monitor.index import REPRINT_DAYS
from service.monitor.rules import load_rules
from service.monitor.similarity import COMMON, LEAD, signature, similarity
from service.paths import config_dir, samples_dir

Likeness = Callable[[dict[str, str], dict[str, str]], float]
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two dispatches, and whether they tell of one event."""

    one: dict[str, str]
    other: dict[str, str]
    same: bool


@dataclass(frozen=True, slots=True)
class Words:
    """Which words of a text are compared."""

    least: int = 4
    stem: int = 6
    lead: int = LEAD
    common: bool = True
    run: int = 1
    """Words that follow each other and count as one; 2 are word pairs."""

    def __call__(self, one: dict[str, str], other: dict[str, str]) -> float:
        """The exact Jaccard similarity."""
        a, b = self._of(one), self._of(other)
        return len(a & b) / len(a | b)

    def _of(self, dispatch: dict[str, str]) -> set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set()
        for text in (dispatch["title"], dispatch["body"][: self.lead]):
            words = [word.casefold()[: self.stem] for word in _WORD.findall(text) if len(word) >= self.least]
            kept = [word for word in words if not (self.common and word in COMMON)]
            found |= set(zip(*(kept[start:] for start in range(self.run)), strict=False))
        return found


@dataclass(frozen=True, slots=True)
class MinHash:
    """The same words, but their likeness estimated by MinHash, of whose values 8 bits each are kept (b-bit minwise hashing)."""

    hashes: int
    words: Words = Words()
    seed: int = 1

    def __call__(self, one: dict[str, str], other: dict[str, str]) -> float:
        """The estimated Jaccard similarity."""
        equal: int = sum(map(eq, self._of(one), self._of(other)))
        return equal / self.hashes

    def _of(self, dispatch: dict[str, str]) -> bytes:
        minhash = RMinHash(num_perm=self.hashes, seed=self.seed)
        minhash.update([" ".join(run) for run in self.words._of(dispatch)])
        return bytes([value & 0xFF for value in minhash.digest()])


def _in_use(one: dict[str, str], other: dict[str, str]) -> float:
    return similarity(signature(one["title"], one["body"]), signature(other["title"], other["body"]))


ALTERNATIVES: Final[dict[str, Likeness]] = {
    "in use (16 bits a word)": _in_use,
    "the same, whole stems": Words(),
    "the same, MinHash of 64 bytes": MinHash(64),
    "the same, MinHash of 128 bytes": MinHash(128),
    "the same, MinHash of 256 bytes": MinHash(256),
    "stop words too": Words(common=False),
    "words of any length, no stop list": Words(least=1, common=False),
    "words of three letters and more": Words(least=3),
    "stems of 4 letters": Words(stem=4),
    "stems of 8 letters": Words(stem=8),
    "whole words": Words(stem=99),
    "title and first 200 characters": Words(lead=200),
    "title and first 400 characters": Words(lead=400),
    "title and whole body": Words(lead=10_000),
    "pairs of words": Words(run=2),
}


def samples() -> Iterator[dict[str, str]]:
    """The dispatches of ``samples/history``."""
    for path in sorted((samples_dir() / "history").glob("*.jsonl")):
        yield from map(json.loads, path.read_text("utf-8").splitlines())


def closest() -> float:
    """The highest likeness of two dispatches whose days differ, by no more than a reprint's may."""
    by_day: dict[date, list[bytes]] = {}
    for dispatch in samples():
        day = date.fromisoformat(dispatch["published_at"][:10])
        by_day.setdefault(day, []).append(signature(dispatch["title"], dispatch["body"]))
    return max(
        similarity(one, other)
        for day, told in by_day.items()
        for apart in range(1, REPRINT_DAYS + 1)
        for one, other in product(told, by_day.get(day + timedelta(apart), []))
    )


def labelled() -> Iterator[Pair]:
    """The pairs of ``stories.yaml``.

    Raises:
        KeyError: a dispatch that is named there is not among the samples.
    """
    dispatches = {dispatch["id"]: dispatch for dispatch in samples()}
    for block in yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8")):
        told = [(event, f"{block['day']}-{number:02}") for event, ids in enumerate(block["events"]) for number in ids]
        for (event, one), (other_event, other) in combinations(told, 2):
            yield Pair(dispatches[one], dispatches[other], event == other_event)


@dataclass(frozen=True, slots=True)
class Parting:
    """How well a threshold parts same from different."""

    threshold: float
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / (self.precision + self.recall) if self.recall else 0.0


def parting(scores: Sequence[tuple[float, bool]], threshold: float) -> Parting:
    """What comes of taking every pair from ``threshold`` on for the same event."""
    taken = [same for score, same in scores if score >= threshold]
    right = sum(taken)
    return Parting(threshold, right / len(taken) if taken else 1.0, right / sum(same for _, same in scores))


def best(scores: Sequence[tuple[float, bool]]) -> Parting:
    """The threshold with the highest F1, halfway between the two likenesses that it parts."""
    steps = sorted({score for score, _ in scores})
    return max((parting(scores, (low + high) / 2) for low, high in pairwise(steps)), key=lambda each: each.f1)


def table() -> str:
    """The measurement as Markdown."""
    pairs = list(labelled())
    same = sum(pair.same for pair in pairs)
    threshold = load_rules(config_dir() / "alerts.yaml", config_dir() / "knowledge").index.same_story
    lines = [
        f"{same} pairs of one event, {len(pairs) - same} of different events of one day and circle of countries.",
        "",
        "| words that are compared | best threshold | precision | recall | F1 |",
        "|---|---|---|---|---|",
    ]
    for name, likeness in ALTERNATIVES.items():
        scores = [(likeness(pair.one, pair.other), pair.same) for pair in pairs]
        lines.append(_line(name, best(scores)))
    lines += ["", "| `same_story`, words in use | | precision | recall | F1 |", "|---|---|---|---|---|"]
    scores = [(_in_use(pair.one, pair.other), pair.same) for pair in pairs]
    for step in range(14, 43, 2):
        at = parting(scores, step / 100)
        lines.append(_line("**in force**" if abs(at.threshold - threshold) < 0.01 else "", at))
    lines += [
        "",
        f"Two dispatches of different days, at most {REPRINT_DAYS} apart, are alike by at most {closest():.2f}.",
    ]
    return "\n".join(lines)


def _line(name: str, found: Parting) -> str:
    return f"| {name} | {found.threshold:.2f} | {found.precision:.0%} | {found.recall:.0%} | {found.f1:.2f} |"


if __name__ == "__main__":
    print_or_put(__doc__, "stories", table)

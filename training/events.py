"""Texts with labelled events: where the trigger stands, what it is, and which words name its sides.

`training/events/CODEBOOK.md` says what the labels mean. Phrases are given by their words; the offsets are found here.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOTS = [
    "NONE",
    "AGREE",
    "CONSULT",
    "SUPPORT",
    "CONCEDE",
    "COOPERATE",
    "AID",
    "RETREAT",
    "REQUEST",
    "ACCUSE",
    "REJECT",
    "THREATEN",
    "PROTEST",
    "SANCTION",
    "MOBILIZE",
    "COERCE",
    "ASSAULT",
]
MODALITIES = ["actual", "planned", "requested", "hypothetical", "negated", "historical"]
ROLES = ("source", "target", "affected", "speaker")
HELD_OUT_SHARE = 5  # one text in five is held out

Span = tuple[int, int]


@dataclass(frozen=True)
class LabelledEvent:
    """One event: half-open code point offsets of its trigger and of the phrases in each of `ROLES`."""

    trigger: Span
    root: str
    modality: str
    roles: dict[str, list[Span]]


@dataclass(frozen=True)
class LabelledText:
    """A text of one to a dozen sentences and all its events."""

    id: str
    text: str
    events: list[LabelledEvent]


def is_held_out(identifier: str) -> bool:
    """True for the fifth that no training run ever sees, by a hash of the id."""
    return int(hashlib.sha256(identifier.encode()).hexdigest(), 16) % HELD_OUT_SHARE == 0


def read(path: Path) -> Iterator[LabelledText]:
    """Yield the texts of a file of our own."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            row = json.loads(line)
            events = [_event(row["text"], event) for event in row["events"]]
            yield LabelledText(row["id"], row["text"], events)


def _event(text: str, row: dict[str, Any]) -> LabelledEvent:
    roles: dict[str, list[Span]] = {role: [] for role in ROLES}
    for role in ("source", "target", "speaker"):
        if row.get(role):
            roles[role].append(nth(text, row[role], row.get(f"{role}_n", 1)))
    roles["affected"] = [nth(text, words, 1) for words in row.get("affected", [])]
    return LabelledEvent(nth(text, row["trigger"], row.get("trigger_n", 1)), row["root"], row["modality"], roles)


def nth(text: str, words: str, count: int) -> Span:
    """Where `words` occur in `text` for the `count`-th time. Raises ValueError when they do not."""
    start = -1
    for _ in range(count):
        start = text.index(words, start + 1)
    return start, start + len(words)

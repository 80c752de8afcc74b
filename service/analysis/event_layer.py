"""What the model says of events: which words tell of a deed, of which root and modality, and which words name its sides.

Two more layers of the encoder read the words of those sentences that may tell of one at all; the shared layers' own guess
(:meth:`service.analysis.heads.Heads.read`) and names say which. Nothing is decided here: `learned` weighs it against the rules.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from spacy.tokens import Doc

from service.analysis.encoder import Vectors, session

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.intp]

MAYBE: Final = 0.0
"""Odds (logarithm) that a word is a trigger, by the shared layers alone, from which on its sentence is read again."""

TRIGGER: Final = 0.2
"""Probability from which on a word is worth a look."""

TOGETHER: Final = 64
"""Sentences whose heads are computed at once."""

_KEY: Final = "harbinger.proposals"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One word that may tell of a deed; all figures are probabilities.

    ``roots`` and ``modalities`` add up to 1 each, given that the word is a trigger. ``sides`` says for each role (source, target,
    affected, speaker) and each of ``tokens`` whether the token belongs to the phrase in the role.
    """

    token: int
    trigger: float
    roots: dict[str, float]
    modalities: dict[str, float]
    sides: dict[str, Floats]
    tokens: Numbers

    def side(self, role: str, start: int, end: int) -> float:
        """The probability that one of the tokens ``start`` to ``end`` (half-open) is in the role; 0 where they were not read."""
        first, last = np.searchsorted(self.tokens, (start, end))
        return float(self.sides[role][first:last].max(initial=0.0))


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens of a doc, and the vectors of the shared layers, a row a token."""

    doc: Doc
    tokens: list[int]
    vectors: Vectors


def proposals(doc: Doc) -> dict[int, Proposal] | None:
    """What the model proposes for a doc, by the index of the trigger's token; None where it was not asked."""
    found: dict[int, Proposal] | None = doc.user_data.get(_KEY)
    return found


def forget_proposals(doc: Doc) -> None:
    """Let the doc be as if the model had not been asked: its rules stand alone."""
    doc.user_data.pop(_KEY, None)


class EventLayer:
    """The two late layers and their heads."""

    def __init__(self, path: Path) -> None:
        """Load ``events.onnx``, ``events.npz`` and ``labels.json`` from the folder. Raises OSError when they are not there."""
        self._session = session(path / "events.onnx")
        with np.load(path / "events.npz") as stored:
            self._parts = {name: stored[name].astype(np.float32) for name in stored.files}
        labels = json.loads((path / "labels.json").read_text(encoding="utf-8"))
        self._roots: list[str] = labels["roots"]
        self._modalities: list[str] = labels["modalities"]
        self._roles: list[str] = labels["roles"]

    def propose(self, docs: Sequence[Doc], sentences: Sequence[Sentence]) -> None:
        """Leave proposals in the docs; all but the ``sentences`` are taken to tell of nothing."""
        for doc in docs:
            doc.user_data.setdefault(_KEY, {})
        for first in range(0, len(sentences), TOGETHER):
            some = sentences[first : first + TOGETHER]
            late = [self._session.run(None, {"words": sentence.vectors[None]})[0][0] for sentence in some]
            for sentence, proposal in self._proposals(some, np.concatenate(late)):
                sentence.doc.user_data[_KEY][proposal.token] = proposal

    def _proposals(self, sentences: Sequence[Sentence], late: Vectors) -> Iterator[tuple[Sentence, Proposal]]:
        parts, count = self._parts, len(self._roles)
        trigger = _sigmoid(late @ parts["trigger.weight"][0] + parts["trigger.bias"][0])
        places = np.flatnonzero(trigger > TRIGGER)
        if not len(places):
            return
        vectors = late[places]
        hidden = np.maximum(vectors @ parts["hidden.weight"].T + parts["hidden.bias"], 0)
        roots = _softmax(hidden @ parts["roots.weight"].T + parts["roots.bias"])
        modalities = _softmax(vectors @ parts["modalities.weight"].T + parts["modalities.bias"])
        left = np.maximum(vectors @ parts["role_trigger.weight"].T + parts["role_trigger.bias"], 0)
        right = np.maximum(late @ parts["role_word.weight"].T + parts["role_word.bias"], 0)
        left = left.reshape(len(left), count, -1).transpose(1, 0, 2) @ parts["role"]  # roles, triggers, width
        right = right.reshape(len(right), count, -1).transpose(1, 2, 0)  # roles, width, words
        ends = np.cumsum([len(sentence.tokens) for sentence in sentences])
        for sentence, end in zip(sentences, ends, strict=True):
            begin = end - len(sentence.tokens)
            first, last = np.searchsorted(places, (begin, end))
            if first == last:
                continue
            tokens = np.asarray(sentence.tokens, np.intp)
            sides = _sigmoid(left[:, first:last] @ right[:, :, begin:end] + parts["role_bias"][:, None, None])
            for row in range(first, last):
                yield (
                    sentence,
                    Proposal(
                        token=int(tokens[places[row] - begin]),
                        trigger=float(trigger[places[row]]),
                        roots=dict(zip(self._roots, roots[row].tolist(), strict=True)),
                        modalities=dict(zip(self._modalities, modalities[row].tolist(), strict=True)),
                        sides=dict(zip(self._roles, sides[:, row - first], strict=True)),
                        tokens=tokens,
                    ),
                )


def _sigmoid(scores: Floats) -> Floats:
    odds: Floats = np.exp(-np.clip(scores, -60, 60))
    return (1 / (1 + odds)).astype(np.float32)


def _softmax(scores: Floats) -> Floats:
    powers: Floats = np.exp(scores - scores.max(1, keepdims=True))
    shares: Floats = powers / powers.sum(1, keepdims=True)
    return shares

"""What is read from the vectors of the words: tags, morphology, names, ends of sentences, and the tree of each sentence."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from service.analysis.encoder import Vectors
from service.analysis.labelling import best_labels, may_follow
from service.analysis.trees import best_tree

CHUNK: Final = 64
"""Words whose labels are scored at once: few, so that the scores of all labels stay in the cache."""

Numbers = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Words:
    """For each word the number of its tag, morphology, name label and dependency label, whether a sentence begins with it, and its head.

    ``heads`` are indexes of words; the root of a sentence is its own head. ``names`` are B-I-O.
    """

    tags: Numbers
    morphs: Numbers
    names: Numbers
    starts: Numbers
    heads: Numbers
    deps: Numbers


class Heads:
    """The matrices that training has found, and what their columns are called."""

    def __init__(self, path: Path) -> None:
        """Load ``heads.npz`` and ``labels.json`` from the folder. Raises OSError when they are not there."""
        with np.load(path / "heads.npz") as stored:
            self._parts = {name: stored[name].astype(np.float32) for name in stored.files}
        self.labels: dict[str, list[str]] = json.loads((path / "labels.json").read_text(encoding="utf-8"))
        parts = self._parts
        linear = ("tags", "morphs", "ner", "starts", "early")
        first = ("arc_dep", "arc_head", "label_dep", "label_head")
        self._splits = np.cumsum([parts[f"{name}.bias"].shape[0] for name in (*linear, *first)])[:-1]
        self._weight = np.concatenate([parts[f"{name}.weight"] for name in (*linear, *first)]).T.copy()
        self._bias = np.concatenate([parts[f"{name}.bias"] for name in (*linear, *first)])
        self._after = parts["ner_after"] + may_follow(self.labels["names"])
        count, width, _ = parts["label"].shape
        self._label = parts["label"].transpose(2, 0, 1).reshape(width, count * width).copy()

    def read(self, windows: list[Vectors], settled: Callable[[Flags], Flags]) -> tuple[Words, Floats]:
        """All of the words of some windows, one after another.

        ``settled`` has the last word on where sentences begin: it is given for each word whether one seems to. The second result is,
        for each word, the odds (logarithm) that it is the trigger of an event.
        """
        width, counts = self._weight.shape[0], [len(window) for window in windows]
        scores = np.concatenate([np.zeros((0, width), np.float32), *windows]) @ self._weight + self._bias
        tags, morphs, ner, starts, early, *rest = np.split(scores, self._splits, axis=1)
        arc_dep, arc_head, label_dep, label_head = (np.maximum(part, 0) for part in rest)
        begins = settled(starts[:, 1] > starts[:, 0]).astype(np.intp)
        begins[np.cumsum([0, *counts[:-1]])[: len(counts)]] = 1
        heads = self._trees(arc_dep, arc_head, begins)
        words = Words(
            tags=tags.argmax(1),
            morphs=morphs.argmax(1),
            names=best_labels(ner, self._after, counts),
            starts=begins,
            heads=heads,
            deps=self._deps(label_dep, label_head, heads),
        )
        return words, early[:, 1] - early[:, 0]

    def _trees(self, dep: Floats, head: Floats, begins: Numbers) -> Numbers:
        parts = self._parts
        left = dep @ parts["arc"]
        bias = head @ parts["arc_bias.weight"][0]
        root = dep @ parts["arc_root.weight"][0] + parts["arc_root.bias"] - parts["arc_bias.bias"]
        heads = np.empty(len(dep), np.intp)
        edges = [*np.flatnonzero(begins), len(dep)]
        for start, end in pairwise(edges):
            scores = np.empty((end - start, end - start + 1), np.float32)
            scores[:, :-1] = left[start:end] @ head[start:end].T + bias[start:end]
            scores[:, -1] = root[start:end]
            heads[start:end] = best_tree(scores)
            heads[start:end] += start
        return heads

    def _deps(self, dep: Floats, head: Floats, heads: Numbers) -> Numbers:
        parts = self._parts
        width = dep.shape[1]
        above = np.concatenate([head, parts["label_root"][None]])
        chosen = np.where(heads == np.arange(len(heads)), len(head), heads)
        found = np.empty(len(dep), np.intp)
        for start in range(0, len(dep), CHUNK):
            some = dep[start : start + CHUNK]
            different, which = np.unique(chosen[start : start + CHUNK], return_inverse=True)  # half as many as words
            other = above[different]
            pairs = (other @ self._label).reshape(len(other), -1, width)
            scores = np.matmul(pairs[which], some[:, :, None])[:, :, 0]
            scores += np.concatenate([some, other[which]], 1) @ parts["label_sum.weight"].T + parts["label_sum.bias"]
            found[start : start + CHUNK] = scores.argmax(1)
        return found

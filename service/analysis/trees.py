"""The best tree over the words of a sentence, given how well each word fits under each other one.

Chu and Liu 1965, Edmonds 1967; nearly always each word's best head makes a tree already, and nothing else is done.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]
Heads = npt.NDArray[np.intp]
NEVER: Final = np.float32(-1e9)


def best_tree(scores: Scores) -> list[int]:
    """The head of each word; a word that is its own head is the root, of which there is one.

    Args:
        scores: n rows of n + 1 scores, softmax of a row being probabilities: word i under word j, and in the last column
            i as the root. They are changed.
    """
    count = len(scores)
    np.fill_diagonal(scores, NEVER)
    heads = scores.argmax(1)
    roots = np.flatnonzero(heads == count)
    if len(roots) != 1:
        others = scores[:, :count].max(1) if count > 1 else np.full(count, NEVER)
        candidates = roots if len(roots) else np.arange(count)
        root = int(candidates[(scores[candidates, count] - others[candidates]).argmax()])
    else:
        root = int(roots[0])
    square = scores[:, :count]
    heads = square.argmax(1) if count > 1 else np.zeros(count, np.int64)
    heads[root] = root
    if _cycle(heads, root):
        heads = _spanning(square - np.logaddexp.reduce(scores, 1, keepdims=True), root)
    return [int(head) for head in heads]


def _cycle(heads: Heads, root: int) -> list[int]:
    """The words of one cycle, or none."""
    state = [0] * len(heads)
    state[root] = 2
    for start in range(len(heads)):
        path, word = [], start
        while state[word] == 0:
            state[word] = 1
            path.append(word)
            word = int(heads[word])
        if state[word] == 1:
            return path[path.index(word) :]
        for passed in path:
            state[passed] = 2
    return []


def _spanning(scores: Scores, root: int) -> Heads:
    """Heads of the maximum spanning arborescence from ``root``; the diagonal is never chosen."""
    heads: Heads = scores.argmax(1)
    heads[root] = root
    cycle = _cycle(heads, root)
    if not cycle:
        return heads
    inside = np.zeros(len(scores), bool)
    inside[cycle] = True
    outer = np.flatnonzero(~inside)
    members = np.flatnonzero(inside)
    size = len(outer)
    contracted = np.full((size + 1, size + 1), NEVER, np.float32)
    contracted[:size, :size] = scores[np.ix_(outer, outer)]
    contracted[:size, size] = scores[np.ix_(outer, members)].max(1)
    leaving = members[scores[np.ix_(outer, members)].argmax(1)] if size else members[:0]
    broken = scores[np.ix_(members, outer)] - scores[members, heads[members]][:, None]
    contracted[size, :size] = broken.max(0)
    entering = members[broken.argmax(0)]
    above = _spanning(contracted, int(np.flatnonzero(outer == root)[0]))
    for index, word in enumerate(outer):
        if word != root:
            heads[word] = leaving[index] if above[index] == size else outer[above[index]]
    parent = int(above[size])
    heads[entering[parent]] = outer[parent]
    return heads

"""The best sequence of B-I-O labels for the words of a window: no name begins with its inside."""

from typing import Final

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.intp]
NEVER: Final = np.float32(-1e9)


def may_follow(labels: list[str]) -> Scores:
    """0 where a label (column) may follow another (row), :data:`NEVER` where not; the last row is the beginning of a window."""
    costs = np.zeros((len(labels) + 1, len(labels)), np.float32)
    for column, label in enumerate(labels):
        if label.startswith("I-"):
            before = {f"B-{label[2:]}", label}
            costs[:, column] = [0 if other in before else NEVER for other in [*labels, ""]]
    return costs


def best_labels(scores: Scores, after: Scores, windows: list[int]) -> Numbers:
    """The label of each word (Viterbi 1967), all windows side by side.

    Args:
        scores: how well each label (column) fits each word (row).
        after: how well each label follows each other one, as :func:`may_follow` has them.
        windows: how many words each window has, in the order of the rows.
    """
    if not windows:
        return np.empty(0, np.intp)
    ends = np.cumsum([0, *windows])
    order = np.argsort(windows, kind="stable")[::-1]  # the longest first: those still going on are the first so many
    starts, lengths = ends[:-1][order], np.asarray(windows)[order]
    steps = [starts[: np.count_nonzero(lengths > step)] + step for step in range(int(lengths[0]))]
    words = np.concatenate(steps)
    # Of each word, in the order of the steps, and each label: the score of the best sequence that ends with it.
    best = scores[words]
    best[: len(starts)] += after[-1]
    edges = np.cumsum([0, *map(len, steps)])
    before = after[:-1, None, :]
    for start, stop, count in zip(edges, edges[1:], map(len, steps[1:]), strict=False):
        through = best[start : start + count].T[:, :, None] + before
        best[stop : stop + count] += np.maximum.reduce(through, 0)
    labels = np.empty(len(words), np.intp)
    # How well each label is followed by the one that is found after it.
    onto = np.zeros((len(starts), scores.shape[1]), np.float32)
    follows = after[:-1].T.copy()
    for start, stop in zip(edges[-2::-1], edges[:0:-1], strict=True):
        count = stop - start
        labels[start:stop] = chosen = (best[start:stop] + onto[:count]).argmax(1)
        onto[:count] = follows[chosen]
    found = np.empty(len(words), np.intp)
    found[words] = labels
    return found

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
    best = scores[starts] + after[-1]
    back: list[Numbers] = []
    for step in range(1, int(lengths[0])):
        alive = int(np.count_nonzero(lengths > step))
        through = best[:alive, :, None] + after[None, :-1]
        back.append(through.argmax(1))
        best[:alive] = through.max(1) + scores[starts[:alive] + step]
    found = np.empty(len(scores), np.intp)
    label = best.argmax(1)
    for step in range(int(lengths[0]) - 1, -1, -1):
        alive = int(np.count_nonzero(lengths > step))
        found[starts[:alive] + step] = label[:alive]
        if step:
            label[:alive] = np.take_along_axis(back[step - 1], label[:alive, None], 1)[:, 0]
    return found

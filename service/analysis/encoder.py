"""The encoder: a compact transformer in eight-bit integers that onnxruntime computes on one thread."""

import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

# A service tells nobody what it runs on; onnxruntime reads this when it is first imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

from service.analysis.windows import Window

BATCH: Final = 512
"""Pieces computed at once: enough to fill the matrices, few enough to stay in the processor's cache."""

Vectors = npt.NDArray[np.float32]
"""A row a word."""


class Encoder:
    """Reads windows and gives a vector for each of their words."""

    def __init__(self, path: Path) -> None:
        """Load the graph from ``path``. Raises onnxruntime's own errors when it is none."""
        self._session = session(path)

    def read(self, windows: Sequence[Window]) -> list[Vectors]:
        """The vectors of the words of each window, in the order of the windows; those of like length are computed together."""
        found: list[Vectors | None] = [None] * len(windows)
        for group in batches([len(window.ids) for window in windows]):
            length = max(len(windows[index].ids) for index in group)
            ids, shapes, mask = (np.zeros((len(group), length), np.int32) for _ in range(3))
            for row, index in enumerate(group):
                window = windows[index]
                ids[row, : len(window.ids)] = window.ids
                shapes[row, : len(window.ids)] = window.shapes
                mask[row, : len(window.ids)] = 1
            (vectors,) = self._session.run(None, {"ids": ids, "shapes": shapes, "mask": mask})
            for row, index in enumerate(group):
                found[index] = vectors[row, windows[index].firsts]
        return [vectors for vectors in found if vectors is not None]


def session(path: Path) -> onnxruntime.InferenceSession:
    """One thread: the pool of processes gives the parallelism. All sessions compute in the same memory, and keep it."""
    _share_arena()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@cache
def _share_arena() -> None:
    """One arena a process: what each run takes and returns would else come from the system, page by page, and go back to it."""
    kinds, default = onnxruntime.OrtAllocatorType, onnxruntime.OrtMemType.DEFAULT
    memory = onnxruntime.OrtMemoryInfo("Cpu", kinds.ORT_ARENA_ALLOCATOR, 0, default)
    onnxruntime.create_and_register_allocator(memory, onnxruntime.OrtArenaCfg(0, -1, -1, -1))


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """The indexes in groups of like length that hold at most :data:`BATCH` pieces, padding included, or one window."""
    group: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: (lengths[index], index)):
        if group and (len(group) + 1) * lengths[index] > BATCH:
            yield group
            group = []
        group.append(index)
    if group:
        yield group

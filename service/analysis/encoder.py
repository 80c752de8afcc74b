"""The encoder: a compact transformer in eight-bit integers that onnxruntime computes on one thread."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

# A service tells nobody what it runs on; onnxruntime reads this when it is first imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

from service.analysis.windows import Window

Vectors = npt.NDArray[np.float32]
"""A row a word."""


class Encoder:
    """Reads windows and gives a vector for each of their words."""

    def __init__(self, path: Path) -> None:
        """Load the graph from ``path``. Raises onnxruntime's own errors when it is none."""
        self._session = session(path)

    def read(self, window: Window) -> Vectors:
        """The vectors of the words of a window. One at a time: a batch saves nothing on a processor, and its padding costs a fifth."""
        pieces = {"ids": np.array([window.ids], np.int32), "shapes": np.array([window.shapes], np.int32)}
        (vectors,) = self._session.run(None, pieces)
        read: Vectors = vectors[0, window.firsts]
        return read


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

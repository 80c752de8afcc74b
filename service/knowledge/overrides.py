"""What an operator lays over the packaged set: a few files, read together as one picture of the moment.

An override need not repeat the set (a ConfigMap takes 1 MiB at most). How a file is laid over the packaged one of the same
name is said where it is read: tables in ``tables.py``, word lists and weights in ``yaml_files.py``, rules in ``lexicon.py``.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from service.knowledge.errors import KnowledgeError

MAX_BYTES: Final = 16 * 1024 * 1024
"""All overrides together: they are read every few seconds and handed to every process. A ConfigMap holds 1 MiB."""

KUBELET_LINK: Final = "..data"
"""In a mounted ConfigMap each file is a link into this one, which kubelet exchanges in one step for all files."""

TRIES: Final = 5
"""A picture that another change cuts through is taken again so many times."""

_TABLES, _YAML = ".csv", ".yaml"
_BESIDE: Final = frozenset({".md"})
"""Files that may lie in the folder and say nothing to the service."""


@dataclass(frozen=True, slots=True)
class OverrideFile:
    """A file as it was when it was read; ``path`` is where the operator finds it."""

    path: Path
    content: bytes

    def text(self) -> str:
        """The content; a byte order mark, as spreadsheets write it, is left out.

        Raises:
            KnowledgeError: it is not UTF-8.
        """
        try:
            return self.content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise KnowledgeError(self.path, None, f"not UTF-8: {error}") from error


Files = Mapping[str, OverrideFile]
"""Files by name."""

NO_FILES: Final[Files] = MappingProxyType({})
"""Nothing laid over."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """Everything that is laid over the packaged set. Two that hold the same are equal; processes get it through a pipe."""

    knowledge: Files = field(default_factory=dict)
    lexicon: Files = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.knowledge or self.lexicon)

    def version(self, packaged: str) -> str:
        """``sha256:...`` of the packaged set and what is laid over it; that of the packaged set when nothing is."""
        if not self:
            return packaged
        hasher = hashlib.sha256(packaged.encode())
        add_files(hasher.update, self.knowledge)
        add_files(hasher.update, self.lexicon)
        return f"sha256:{hasher.hexdigest()}"


NO_OVERRIDES: Final = Overrides()


def add_files(update: Callable[[bytes], object], files: Files) -> None:
    """Add names and contents to a digest, in the order of the names."""
    for name, file in sorted(files.items()):
        update(f"{name}\0{len(file.content)}\0".encode())
        update(file.content)


def read_overrides(knowledge: Path | None, lexicon: Path | None) -> Overrides:
    """Read the two folders, which may be one; None: nothing is laid over that part.

    Raises:
        KnowledgeError: a folder is missing, holds what is no override, or its files cannot be read; names it.
    """
    if knowledge is not None and knowledge == lexicon:
        files = _read_folder(knowledge, (_TABLES, _YAML))
        return Overrides(_of_suffix(files, _TABLES), _of_suffix(files, _YAML))
    return Overrides(
        _read_folder(knowledge, (_TABLES,)) if knowledge else {}, _read_folder(lexicon, (_YAML,)) if lexicon else {}
    )


def _of_suffix(files: Files, suffix: str) -> Files:
    return {name: file for name, file in files.items() if name.endswith(suffix)}


def _read_folder(folder: Path, suffixes: tuple[str, ...]) -> Files:
    """All files from one state of the folder: when kubelet exchanges them meanwhile, once more."""
    for attempt in range(1, TRIES + 1):
        link = folder / KUBELET_LINK
        root = link.resolve() if link.exists() else folder
        try:
            files = {name: OverrideFile(folder / name, (root / name).read_bytes()) for name in _names(root)}
        except OSError as error:
            if attempt == TRIES or not folder.is_dir():
                raise KnowledgeError(folder, None, f"cannot be read: {error.strerror}") from error
            continue
        if root == folder or link.resolve() == root:
            break
    else:
        raise KnowledgeError(folder, None, f"changed {TRIES} times while it was read")
    _check(folder, files, suffixes)
    return {name: file for name, file in files.items() if Path(name).suffix not in _BESIDE}


def _names(root: Path) -> Iterable[str]:
    return sorted(path.name for path in root.iterdir() if path.is_file() and not path.name.startswith("."))


def _check(folder: Path, files: Files, suffixes: tuple[str, ...]) -> None:
    for name, file in files.items():
        if Path(name).suffix not in {*suffixes, *_BESIDE}:
            raise KnowledgeError(file.path, None, f"is no override: only {' and '.join(suffixes)} files belong here")
    size = sum(len(file.content) for file in files.values())
    if size > MAX_BYTES:
        raise KnowledgeError(folder, None, f"holds {size:,} bytes; {MAX_BYTES:,} are the most")

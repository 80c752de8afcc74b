"""YAML files of lexicon and weights: reading them, and laying an operator's over the packaged ones.

A mapping is laid over a mapping key by key; ``null`` takes a key out. A list takes the place of a list; ``{add: [...],
remove: [...]}`` in its place changes single members of it.
"""

from pathlib import Path
from typing import Any, Final

import yaml

from service.knowledge.errors import LexiconError
from service.knowledge.overrides import NO_FILES, Files, OverrideFile

_EDITS: Final = frozenset({"add", "remove"})


class WordLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.1 reads ``on``, ``no`` and ``off`` as booleans; in a lexicon they are words."""


WordLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if letter in "tfTF" or not tag.endswith(":bool")]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path) -> Any:
    """The content of a packaged file.

    Raises:
        LexiconError: it is missing or no YAML.
    """
    try:
        return yaml.load(path.read_bytes(), Loader=WordLoader)
    except OSError as error:
        raise LexiconError(path, None, None, error.strerror or str(error)) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise LexiconError(path, None, None, _fault(error)) from error


def read_override(file: OverrideFile) -> Any:
    """The content of an operator's file.

    Raises:
        LexiconError: it is no YAML.
    """
    try:
        return yaml.load(file.content, Loader=WordLoader)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise LexiconError(file.path, None, None, _fault(error)) from error


def read_laid_yaml(path: Path, overrides: Files = NO_FILES) -> tuple[Any, Path]:
    """A packaged file with the override of the same name laid over it, and the file to blame when the result is wrong.

    Raises:
        LexiconError: one of them cannot be read, or the override changes what is not there.
    """
    content = read_yaml(path)
    override = overrides.get(path.name)
    if override is None:
        return content, path
    change = read_override(override)
    if not isinstance(change, dict):
        raise LexiconError(override.path, None, None, "must be a mapping")
    return overlay(content, change, override.path), override.path


def overlay(base: Any, change: Any, path: Path, at: tuple[str, ...] = ()) -> Any:
    """``change`` laid over ``base``.

    Raises:
        LexiconError: it removes what is not there; names the field.
    """
    if isinstance(base, list) and isinstance(change, dict):
        return _edited(base, change, path, at)
    if not isinstance(base, dict) or not isinstance(change, dict):
        return change
    result = dict(base)
    for key, value in change.items():
        field = (*at, str(key))
        if value is not None:
            result[key] = overlay(result.get(key), value, path, field)
        elif key in result:
            del result[key]
        else:
            raise LexiconError(path, None, ".".join(field), "nothing to remove: there is no such key")
    return result


def _edited(members: list[Any], change: dict[Any, Any], path: Path, at: tuple[str, ...]) -> list[Any]:
    field = ".".join(at)
    if not change.keys() <= _EDITS or not all(isinstance(each, list) for each in change.values()):
        raise LexiconError(path, None, field, "must be a list, or {add: [...], remove: [...]} to change the one there")
    for member in change.get("remove", []):
        if member not in members:
            raise LexiconError(path, None, field, f"nothing to remove: {member!r} is not there")
    kept = [member for member in members if member not in change.get("remove", [])]
    return kept + [member for member in change.get("add", []) if member not in kept]


def _fault(error: Exception) -> str:
    """Line, column and what is wrong there, on one line."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return " ".join(str(error).split())

"""Read files and the environment into flat layers that remember where each value came from.

A layer maps a key path (``("kafka", "group_id")``) to its value and origin. Layers are flat so that merging them is
assignment, and so that every message about a value can name the line or the variable that set it. pydantic-settings
was left out for these two reasons: it merges before anybody can ask for the origin, and it ignores unknown variables.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from service.settings.errors import Problem, SettingsError

ENV_PREFIX = "HARBINGER_"
NESTING = "__"
RESERVED = frozenset({"HARBINGER_CONFIG", "HARBINGER_DATA"})
"""Variables that are no settings: the command line and the measurements read them."""

KeyPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where it was set: ``FILE:LINE``, ``environment variable NAME``, ``command line``."""

    value: Any
    origin: str


Layer = dict[KeyPath, Value]


def read_yaml(path: Path) -> Layer:
    """Read a YAML file of nested mappings.

    Raises:
        SettingsError: unreadable file, bad YAML, a key given twice, or something else than mappings at the top.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise SettingsError([Problem("", None, f"cannot be read: {error.strerror}", str(path))]) from None
    except UnicodeDecodeError:
        raise SettingsError([Problem("", None, "is not UTF-8 text", str(path))]) from None
    except yaml.YAMLError as error:
        raise _not_yaml(error, path) from None
    layer: Layer = {}
    if root is None:
        return layer
    if not isinstance(root, yaml.MappingNode):
        raise SettingsError([Problem("", None, "must be a mapping of sections", f"{path}:1")])
    try:
        _flatten_node(root, (), path, layer)
    except yaml.YAMLError as error:
        raise _not_yaml(error, path) from None
    return layer


def _not_yaml(error: yaml.YAMLError, path: Path) -> SettingsError:
    """Name the line where the loader knows it."""
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error)
    return SettingsError(
        [Problem("", None, f"is not valid YAML: {reason}", f"{path}:{mark.line + 1}" if mark else str(path))]
    )


def _flatten_node(node: yaml.MappingNode, prefix: KeyPath, file: Path, layer: Layer) -> None:
    """Walk the parsed nodes, not the loaded dictionary, because only nodes know their lines."""
    seen: set[str] = set()
    for key_node, value_node in node.value:
        origin = f"{file}:{key_node.start_mark.line + 1}"
        key = str(key_node.value)
        path = (*prefix, key)
        if key in seen:
            raise SettingsError([Problem(".".join(path), None, "is given twice in the same mapping", origin)])
        seen.add(key)
        if isinstance(value_node, yaml.MappingNode) and value_node.value:
            _flatten_node(value_node, path, file, layer)
        else:
            layer[path] = Value(_construct(value_node), origin)


def _construct(node: yaml.Node) -> Any:
    """The Python value of a node, by the safe loader's rules."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def read_environment(environ: Mapping[str, str]) -> Layer:
    """Read ``HARBINGER_SECTION__KEY`` variables; an empty one counts as not set, one that starts with ``{`` is JSON.

    Raises:
        SettingsError: a variable with the prefix that can be no setting, or JSON that is not.
    """
    layer: Layer = {}
    problems: list[Problem] = []
    for name, text in sorted(environ.items()):
        if not name.startswith(ENV_PREFIX) or name in RESERVED or not text or is_service_link(name, text):
            continue
        origin = f"environment variable {name}"
        path = tuple(name.removeprefix(ENV_PREFIX).lower().split(NESTING))
        if not text.lstrip().startswith("{"):
            layer[path] = Value(text, origin)
            continue
        try:
            layer.update(flatten(json.loads(text), path, origin))
        except ValueError as error:
            # the text itself is left out: it may hold a password
            problems.append(Problem(".".join(path), None, f"starts like JSON and is not: {error}", origin))
    if problems:
        raise SettingsError(problems)
    return layer


def is_service_link(name: str, text: str) -> bool:
    """Whether Kubernetes made this variable for a Service called ``harbinger...``.

    Every pod gets ``HARBINGER_SERVICE_HOST``, ``HARBINGER_PORT_8080_TCP_ADDR`` and more of these unless it opts out:
    a strict check that took them for mistyped settings would stop the pod from starting.
    """
    if re.search(r"_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$", name):
        return True
    return name.endswith("_PORT") and re.match(r"(tcp|udp|sctp)://", text) is not None


def flatten(tree: Mapping[str, Any], prefix: KeyPath, origin: str) -> Layer:
    """Make a layer of nested mappings that all come from one origin."""
    layer: Layer = {}
    for key, value in tree.items():
        path = (*prefix, str(key))
        if isinstance(value, Mapping) and value:
            layer.update(flatten(value, path, origin))
        else:
            layer[path] = Value(value, origin)
    return layer


def merge(layers: Iterable[Layer]) -> Layer:
    """Lay the layers over each other, later wins; a null takes the value away, so that the derived default returns."""
    merged: Layer = {}
    for layer in layers:
        for path, value in layer.items():
            for length in range(1, len(path)):
                merged.pop(path[:length], None)  # a scalar where there is now a section
            for other in [other for other in merged if other[: len(path)] == path]:
                del merged[other]
            if value.value is not None:
                merged[path] = value
    return merged


def nest(layer: Layer) -> dict[str, Any]:
    """The nested mapping that a layer stands for."""
    tree: dict[str, Any] = {}
    for path, value in layer.items():
        branch = tree
        for part in path[:-1]:
            branch = branch.setdefault(part, {})
        branch[path[-1]] = value.value
    return tree

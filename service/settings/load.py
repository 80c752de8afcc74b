"""From files and environment to checked settings, and from pydantic's errors to messages that name the source."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from service.paths import config_dir
from service.settings.errors import Problem, SettingsError
from service.settings.files import read_named_files
from service.settings.root import Settings
from service.settings.rules import CROSS_FIELD
from service.settings.sources import (
    ENV_PREFIX,
    NESTING,
    KeyPath,
    Layer,
    Value,
    merge,
    nest,
    read_environment,
    read_yaml,
)

MASK = "**********"
DERIVED = "derived"
"""Origin of a value that nobody set: it is absent by nature or follows from other settings."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings in force, and the origin of each by dotted key."""

    settings: Settings
    origins: Mapping[str, str]


def load_settings(
    config: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings in force; see :func:`load`."""
    return load(config, environ, overrides).settings


def load(
    config: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Loaded:
    """Read ``default.yaml``, then ``config``, then the environment, then ``overrides``; later wins.

    Args:
        config: a YAML file of the operator.
        environ: the environment, ``os.environ`` when None.
        overrides: by dotted key (``{"http.port": 0}``): what the command line says.

    Raises:
        SettingsError: anything is unknown, out of range or does not fit, all problems at once; or a file cannot be read.
    """
    layers = [read_yaml(config_dir() / "default.yaml")]
    if config is not None:
        layers.append(read_yaml(config))
    layers.append(read_environment(os.environ if environ is None else environ))
    layers.append({tuple(key.split(".")): Value(value, "command line") for key, value in (overrides or {}).items()})
    known = {path for path, _ in fields()}
    merged = merge(read_named_files(layer, known) for layer in layers)
    try:
        settings = Settings.model_validate(nest(merged))
    except ValidationError as error:
        raise SettingsError(_problems(error, merged)) from None
    return Loaded(settings, {".".join(path): value.origin for path, value in merged.items()})


def fields(model: type[BaseModel] = Settings, prefix: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every setting of the tree as path and pydantic field, sections left out, in the order they are written in."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from fields(inner, (*prefix, name))
        else:
            yield (*prefix, name), field


def is_secret(path: KeyPath) -> bool:
    """Whether the value must never be shown. Names that merely look like a secret count too: they may be mistyped ones."""
    known = dict(fields())
    if path in known:
        annotation = known[path].annotation
        return annotation is SecretStr or SecretStr in get_args(annotation)
    # a section that holds secrets, given as one value
    if any(other[: len(path)] == path and is_secret(other) for other in known):
        return True
    return any(re.search(r"pass|secret|token|key|cred", part, re.IGNORECASE) for part in path)


def _problems(error: ValidationError, merged: Layer) -> list[Problem]:
    """Translate pydantic's findings. A default that could not be derived only repeats an error that is listed anyway."""
    details = [detail for detail in error.errors(include_url=False) if detail["type"] != "default_factory_not_called"]
    return [problem for detail in details for problem in _translate(detail, merged)]


def _translate(detail: ErrorDetails, merged: Layer) -> Iterator[Problem]:
    path = tuple(str(part) for part in detail["loc"])
    if detail["type"] == CROSS_FIELD:
        yield _cross_field(path, detail, merged)
    elif detail["type"] == "extra_forbidden":
        # an unknown section is reported by what was set in it: that is what somebody wrote
        for key, value in merged.items():
            if key[: len(path)] == path:
                yield Problem(".".join(key), _shown(key, value.value), _unknown(key, value.origin), value.origin)
    elif detail["type"] == "missing":
        yield Problem(".".join(path), None, "must be set", "no source sets it")
    else:
        if path[-1:] == ("[key]",):  # pydantic's mark for "the key of the mapping, not its value"
            path = path[:-1]
        key, value = _culprit(path, merged) or (path, Value(detail["input"], DERIVED))
        yield Problem(".".join(key), _shown(key, value.value), _lowered(detail["msg"]), value.origin)


def _cross_field(section: KeyPath, detail: ErrorDetails, merged: Layer) -> Problem:
    """One problem that names all keys of the rule with value and source of each."""
    keys = [(*section, *key.split(".")) for key in detail["ctx"]["keys"]]
    names = " and ".join(".".join(key) for key in keys)
    sources = []
    for key in keys:
        value = merged.get(key)
        shown = f"= {_shown(key, value.value)} from {value.origin}" if value else f"is {DERIVED} or not set"
        sources.append(f"{'.'.join(key)} {shown}")
    return Problem(names, None, detail["msg"], "; ".join(sources))


def _culprit(path: KeyPath, merged: Layer) -> tuple[KeyPath, Value] | None:
    """What somebody set at this path, or around it (a location may point into a list), or else the first thing within."""
    around = (path[:length] for length in range(len(path), 0, -1) if path[:length] in merged)
    within = (key for key in merged if key[: len(path)] == path)
    key = next(around, None) or next(within, None)
    return (key, merged[key]) if key else None


def _unknown(path: KeyPath, origin: str) -> str:
    """Say that a key does not exist, and which one was probably meant."""
    known = {".".join(key): key for key, _ in fields()}
    # HARBINGER_KAFKA_GROUP_ID: single underscores where double ones are needed
    flat = {name.replace(".", "_"): name for name in known}
    dotted = ".".join(path)
    name = flat.get("_".join(path)) or next(iter(get_close_matches(dotted, known, n=1, cutoff=0.75)), None)
    if name is None:
        return "unknown key"
    if origin.startswith("environment variable"):
        name = ENV_PREFIX + name.replace(".", NESTING).upper()
    return f"unknown key; did you mean {name}?"


def _shown(path: KeyPath, value: Any) -> str:
    """The value as a person would type it, or a mask."""
    if is_secret(path):
        return MASK
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, str | bool | list) else str(value)


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]

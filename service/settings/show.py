"""Show the settings in force to a person."""

from typing import Any

import yaml

from service.settings.load import DERIVED, Loaded


def as_yaml(loaded: Loaded, sources: bool = False) -> str:
    """The effective tree as YAML that can be read back, secrets masked; with ``sources``, a comment on each line's origin."""
    tree = loaded.settings.model_dump(mode="json")
    if not sources:
        return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)
    return "\n".join(_lines(tree, (), loaded)) + "\n"


def _lines(branch: dict[str, Any], prefix: tuple[str, ...], loaded: Loaded) -> list[str]:
    lines = []
    for key, value in branch.items():
        indent, path = "  " * len(prefix), (*prefix, key)
        if isinstance(value, dict) and value:
            lines += [f"{indent}{key}:", *_lines(value, path, loaded)]
        else:
            written = yaml.safe_dump({key: value}, allow_unicode=True, width=10_000).strip()
            origin = loaded.origins.get(".".join(path), "not set" if value is None else DERIVED)
            lines.append(f"{indent}{written}  # {origin}")
    return lines

"""The schema of the chart's values: ``helm/values.schema.yaml``, and for ``config`` the service's own settings.

So a mistyped setting is refused by ``helm install``, long before a pod starts with it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from service.settings import Settings
from service.settings.files import SUFFIX

SOURCE: Final = Path(__file__).resolve().parents[1] / "helm" / "values.schema.yaml"

Schema = dict[str, Any]


def values_schema() -> str:
    """helm/harbinger/values.schema.json."""
    schema: Schema = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    shared, required = schema.pop("$component"), schema.pop("$required")
    for component in ("worker", "monitor"):
        properties = schema["properties"][component]["properties"]
        assert properties.pop("$component"), f"{component} has nothing of its own besides"
        properties |= shared
    settings = Settings.model_json_schema()
    sections = {**settings.pop("$defs"), "Settings": settings}
    schema["$defs"] |= {name: _section(section) for name, section in sections.items()}
    for section, keys in required.items():
        node = schema["$defs"]["Settings"]
        if section:
            node = schema["$defs"][node["properties"][section]["$ref"].rpartition("/")[2]]
        node["required"] = keys
        for key in keys:
            node["properties"][key] = _not_null(node["properties"][key])
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _section(section: Mapping[str, Any]) -> Schema:
    """A section of the settings in which everything may be left out, and every text may lie in a file."""
    properties = {name: _setting(node) for name, node in section["properties"].items()}
    files = {
        f"{name}{SUFFIX}": {"type": ["string", "null"], "description": f"File that holds {name}."}
        for name, node in properties.items()
        if node.get("type") == ["string", "null"] and f"{name}{SUFFIX}" not in properties and not name.endswith(SUFFIX)
    }
    return {
        "type": "object",
        "description": _prose(section.get("description", "")),
        "additionalProperties": False,
        "properties": {**properties, **files},
    }


def _setting(node: Mapping[str, Any]) -> Schema:
    """One setting, which null may take back; with plain types, for the messages of anyOf are hard to read."""
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    found = next((choice for choice in node.get("anyOf", ()) if choice.get("type") != "null"), node)
    dropped = ("title", "default", "format", "writeOnly")
    schema = {key: value for key, value in found.items() if key not in dropped}
    if "enum" in schema:
        schema = {"enum": [*schema["enum"], None]}
    elif schema["type"] == "number":  # --set takes 0.5 for a text, and the service reads a number from it
        schema |= {"type": ["number", "string", "null"], "pattern": r"^[0-9]+([.][0-9]+)?$"}
    else:
        schema["type"] = [schema["type"], "null"]
    return schema | {"description": _prose(node.get("description", ""))}


def _not_null(node: Mapping[str, Any]) -> Schema:
    """A setting that the chart looks at."""
    if "type" not in node:
        return dict(node)
    kinds = [kind for kind in node["type"] if kind != "null"]
    return {**node, "type": kinds if len(kinds) > 1 else kinds[0]}


def _prose(docstring: str) -> str:
    return " ".join(docstring.split()).replace("``", "")

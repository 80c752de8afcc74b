"""From the schema of a custom resource to a JSON schema that refuses what the API server would silently drop."""

from typing import Any

Schema = dict[str, Any]

_TEXTS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}

_METADATA: Schema = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "namespace": {"type": "string"},
        "labels": _TEXTS,
        "annotations": _TEXTS,
    },
    "additionalProperties": False,
}
"""The part of a resource's metadata that people write. Definitions leave it to the server."""


def strict_schema(schema: Schema) -> Schema:
    """A JSON schema of a whole resource that knows only the fields of ``openAPIV3Schema``."""
    whole = _strict(schema)
    text = {"type": "string"}
    whole["properties"] = {"apiVersion": text, "kind": text, **whole.get("properties", {}), "metadata": _METADATA}
    whole["required"] = sorted({"apiVersion", "kind", "metadata", *whole.get("required", [])})
    return whole


def _strict(schema: Schema) -> Schema:
    """One node and those below it. What stands in ``allOf`` and the like only adds conditions, and stays as it is."""
    found = dict(schema)
    if "properties" in found:
        found["properties"] = {name: _strict(each) for name, each in found["properties"].items()}
        if not found.get("x-kubernetes-preserve-unknown-fields") and not found.get("x-kubernetes-embedded-resource"):
            found.setdefault("additionalProperties", False)
    for inner in ("additionalProperties", "items"):
        if isinstance(found.get(inner), dict):
            found[inner] = _strict(found[inner])
    if found.get("x-kubernetes-int-or-string"):
        found.pop("anyOf", None)
        found["type"] = ["integer", "string"]
    if found.get("nullable") and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    return found

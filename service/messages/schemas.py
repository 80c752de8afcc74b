"""JSON Schemas (draft 2020-12) of the three messages, made from the models so that they cannot drift.

``python -m service.messages.schemas DIR`` writes them; ``docs/schemas`` holds the current ones, and a test compares.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from service.messages.alert import EscalationAlert
from service.messages.article import Article
from service.messages.enriched import EnrichedArticle

MODELS: dict[str, type[BaseModel]] = {"article": Article, "enriched": EnrichedArticle, "alert": EscalationAlert}
"""The names that the command line and ``docs/schemas`` use."""

_TITLES = {"article": "Article", "enriched": "Enriched article", "alert": "Escalation alert"}


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of ``article``, ``enriched`` or ``alert``, under the contract's field names.

    Raises:
        KeyError: no such message.
    """
    body = _tidied(MODELS[name].model_json_schema(by_alias=True, mode="validation"))
    if name == "article":
        body["anyOf"] = [
            {"properties": {"title": {"pattern": "\\S"}}, "required": ["title"]},
            {"properties": {"body": {"pattern": "\\S"}}, "required": ["body"]},
            {"properties": {"body_html": {"type": "string", "minLength": 1}}, "required": ["body_html"]},
        ]
    else:
        body["required"] = ["schema", *body["required"]]  # a default spares us the argument, never the reader the field
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **body, "title": _TITLES[name]}


def _tidied(node: Any) -> Any:
    """Docstrings as plain descriptions, and no titles that only repeat a field's name."""
    if isinstance(node, list):
        return [_tidied(child) for child in node]
    if not isinstance(node, dict):
        return node
    tidied = {key: _tidied(child) for key, child in node.items()}
    for named in tidied.get("properties", {}).values():
        named.pop("title", None)
    if isinstance(tidied.get("description"), str):
        tidied["description"] = " ".join(tidied["description"].replace("``", "`").split())
    return tidied


def schema_text(name: str) -> str:
    """The schema as it is printed and committed: indented JSON with a newline at its end."""
    return json.dumps(schema(name), indent=2, ensure_ascii=False) + "\n"


def main(directory: str) -> None:
    """Write all schemas into ``directory``."""
    for name in MODELS:
        (Path(directory) / f"{name}.json").write_text(schema_text(name), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])

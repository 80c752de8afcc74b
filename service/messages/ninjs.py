"""IPTC ninjs 2.x and 3.x news items as articles.

ninjs 2 spells its names in lower case (``versioncreated``, ``contenttype``), ninjs 3 in camel case (``versionCreated``,
``contentType``), and both give headlines and bodies as arrays of ``{role, contenttype, value}``. The names of 1.x that are
still met in the wild (``headline``, ``body_text``, ``body_html``, ``body_xhtml``, also as ``bodyText``) are read too.
Source: the schemas of github.com/iptc/newsinjson, versions 2.0 to 3.3.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from service.messages.errors import ValidateError
from service.messages.html import html_to_text

_HTML_TYPES = ("text/html", "application/xhtml+xml")
_MAIN_ROLES = ("main", "headline", "title", "text", "plain", "body", "")
"""Roles of the headline and body that carry the story, best first; ninjs leaves the vocabulary to the provider."""


def is_ninjs(document: Mapping[str, Any]) -> bool:
    """A ninjs item has ``uri`` for its identity, the contract's own article has ``id``."""
    return "id" not in document and "uri" in document


def ninjs_to_article(item: Mapping[str, Any]) -> dict[str, Any]:
    """Map a ninjs item to the fields of :class:`~service.messages.article.Article`, not yet validated.

    ``uri`` is the identity over all versions of a story. The date is ``versioncreated``, the moment of the text at
    hand: roles and relative dates are resolved against it; ``firstcreated`` and ``contentcreated`` stand in for it.

    Raises:
        ValidateError: a field has a type that ninjs does not give it, or an HTML body is too long.
    """
    fields = {name.replace("_", "").lower(): value for name, value in item.items() if value is not None}
    return {
        "id": fields.get("uri"),
        "title": _title(fields),
        "body": _body(fields),
        "published_at": _published_at(fields),
        "url": _url(fields),
        "source": _source(fields),
        "language": fields.get("language"),
    }


def _title(fields: Mapping[str, Any]) -> Any:
    headlines = _objects(fields, "headlines")
    if headlines:
        return min(headlines, key=_rank).get("value", "")
    return fields.get("headline", fields.get("title", ""))


def _body(fields: Mapping[str, Any]) -> Any:
    """Plain text before HTML, the main role before others; formats that are neither (NITF, TTNITF) are not read."""
    bodies = [body for body in _objects(fields, "bodies") if body.get("value")]
    plain = [body for body in bodies if _content_type(body) in ("text/plain", "")]
    html = [body for body in bodies if _content_type(body) in _HTML_TYPES]
    if plain:
        return min(plain, key=_rank)["value"]
    if fields.get("bodytext"):
        return fields["bodytext"]
    if html:
        return html_to_text(min(html, key=_rank)["value"], "bodies")
    for name in ("bodyhtml", "bodyxhtml"):
        if fields.get(name):
            return html_to_text(fields[name], name)
    return ""


def _published_at(fields: Mapping[str, Any]) -> Any:
    for name in ("versioncreated", "contentcreated", "firstcreated"):
        if name in fields:
            return fields[name]
    raise ValidateError("versioncreated: a ninjs item needs it, or contentcreated, or firstcreated")


def _url(fields: Mapping[str, Any]) -> str | None:
    """The item's web page: its first ``url``, ``urls`` entry or link; a ``uri`` that is one itself."""
    for value in (fields.get("url"), *(_first_text(entry, "value", "href", "url") for entry in _list(fields, "urls"))):
        if isinstance(value, str):
            return value
    uri = fields.get("uri")
    return uri if isinstance(uri, str) and uri.startswith(("http://", "https://")) else None


def _source(fields: Mapping[str, Any]) -> str | None:
    """Who the information comes from, else who publishes it, else who owns it."""
    entries = [*_list(fields, "infosources"), *_list(fields, "infosource")]
    for value in (*(_first_text(entry, "name", "literal", "uri") for entry in entries), fields.get("source")):
        if isinstance(value, str):
            return value
    for name in ("provider", "publisher", "copyrightholder"):
        value = _first_text(fields.get(name), "name", "literal")
        if value is not None:
            return value
    return None


def _objects(fields: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """An array of objects with their names in lower case."""
    objects = []
    for entry in _list(fields, name):
        if not isinstance(entry, dict):
            raise ValidateError(f"{name}: ninjs has objects here")
        objects.append({key.replace("_", "").lower(): value for key, value in entry.items()})
    return objects


def _list(fields: Mapping[str, Any], name: str) -> list[Any]:
    value = fields.get(name, [])
    if not isinstance(value, list):
        raise ValidateError(f"{name}: ninjs has an array here")
    return value


def _first_text(value: Any, *names: str) -> str | None:
    """A string as it is, or the first of the named strings of an object."""
    candidates: Iterable[Any] = (value.get(name) for name in names) if isinstance(value, dict) else (value,)
    return next((candidate for candidate in candidates if isinstance(candidate, str) and candidate), None)


def _content_type(body: Mapping[str, Any]) -> str:
    value = body.get("contenttype") or ""
    return value.split(";")[0].strip().lower() if isinstance(value, str) else "?"


def _rank(entry: Mapping[str, Any]) -> int:
    role = entry.get("role") or ""
    role = role.lower() if isinstance(role, str) else "?"
    return _MAIN_ROLES.index(role) if role in _MAIN_ROLES else len(_MAIN_ROLES)

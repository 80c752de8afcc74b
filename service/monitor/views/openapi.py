"""The OpenAPI 3.1 description of the views, made from their models so that it cannot drift."""

from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from service import __version__
from service.monitor.views.models import AlertsQuery, AlertsView, PairsQuery, PairsView, PairView, ProblemDetails, Query
from service.monitor.views.problems import RETRY_AFTER_S

_REFERENCE: Final = "#/components/schemas/{model}"
_ABOUT: Final = (
    "Read-only views of the watch over country pairs. Any member of the group answers for all of them. "
    "Moments and days are article time, in UTC."
)


@dataclass(frozen=True, slots=True)
class Operation:
    """A view that is described."""

    name: str
    path: str
    summary: str
    answer: type[BaseModel]
    query: type[Query] | None = None
    problems: tuple[HTTPStatus, ...] = (HTTPStatus.BAD_REQUEST, HTTPStatus.SERVICE_UNAVAILABLE)


OPERATIONS: Final = (
    Operation("pairs", "/pairs", "Pairs with the highest index or the greatest change", PairsView, PairsQuery),
    Operation(
        "pair",
        "/pairs/{pair}",
        "One pair: daily figures, alerts, and the events behind them with their evidence",
        PairView,
        problems=(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE),
    ),
    Operation("alerts", "/alerts", "Alerts that fire, or all of the kept days", AlertsView, AlertsQuery),
)


@cache
def document() -> dict[str, Any]:
    """The description; do not change what is returned."""
    models: list[type[BaseModel]] = [*(operation.answer for operation in OPERATIONS), ProblemDetails]
    _, definitions = models_json_schema([(model, "serialization") for model in models], ref_template=_REFERENCE)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Harbinger monitor",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "paths": {operation.path: {"get": _operation(operation)} for operation in OPERATIONS},
        "components": {"schemas": definitions["$defs"]},
    }


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": _pair_parameter() if "{pair}" in operation.path else _query_parameters(operation.query),
        "responses": {
            "200": {"description": "The answer", "content": _content("application/json", operation.answer)},
            **{str(status.value): _problem(status) for status in operation.problems},
        },
    }


def _pair_parameter() -> list[dict[str, Any]]:
    return [
        {
            "name": "pair",
            "in": "path",
            "required": True,
            "description": "Two ISO 3166-1 alpha-3 codes, in either order and case",
            "schema": {"type": "string", "pattern": "^[A-Za-z]{3}-[A-Za-z]{3}$"},
            "example": "RUS-USA",
        }
    ]


def _query_parameters(query: type[Query] | None) -> list[dict[str, Any]]:
    fields = query.model_json_schema()["properties"] if query is not None else {}
    return [
        {
            "name": name,
            "in": "query",
            "description": field["description"],
            "schema": {key: value for key, value in field.items() if key not in ("title", "description")},
        }
        for name, field in fields.items()
    ]


def _problem(status: HTTPStatus) -> dict[str, Any]:
    meanings = {
        HTTPStatus.BAD_REQUEST: "Not understood",
        HTTPStatus.NOT_FOUND: "The pair is not under watch: no article has spoken of it lately",
        HTTPStatus.SERVICE_UNAVAILABLE: "The state is being restored or handed over; ask again",
    }
    answer = {"description": meanings[status], "content": _content("application/problem+json", ProblemDetails)}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        schema = {"type": "integer", "example": RETRY_AFTER_S}
        answer["headers"] = {"Retry-After": {"description": "Seconds", "schema": schema}}
    return answer


def _content(kind: str, model: type[BaseModel]) -> dict[str, Any]:
    return {kind: {"schema": {"$ref": _REFERENCE.format(model=model.__name__)}}}

"""Schemas of custom resources that know their own fields and no others."""

from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from tests.kube.strict import strict_schema

DEFINED: dict[str, Any] = {
    "type": "object",
    "required": ["spec"],
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "replicas": {"type": "integer", "nullable": True},
                "port": {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
                "endpoints": {"type": "array", "items": {"type": "object", "properties": {"path": {"type": "string"}}}},
                "config": {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"a": {}}},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        }
    },
}


def refused(spec: dict[str, Any], **others: Any) -> bool:
    resource = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "one"}, "spec": spec, **others}
    return not OAS31Validator(strict_schema(DEFINED)).is_valid(resource)


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"replicas": None},
        {"port": 80},
        {"port": "http"},
        {"endpoints": [{"path": "/metrics"}]},
        {"config": {"whatever": 1}},
        {"labels": {"team": "news"}},
    ],
)
def test_what_the_definition_knows_is_accepted(spec: dict[str, Any]) -> None:
    assert not refused(spec)


@pytest.mark.parametrize(
    "spec",
    [
        {"replica": 1},
        {"replicas": "1"},
        {"port": True},
        {"endpoints": [{"paths": "/metrics"}]},
        {"labels": {"team": 1}},
    ],
)
def test_what_the_server_would_drop_or_refuse_is_refused(spec: dict[str, Any]) -> None:
    assert refused(spec)


def test_metadata_and_the_resource_itself_are_closed_too() -> None:
    assert refused({}, metadata={"name": "one", "label": {}})
    assert refused({}, specs={})


def test_the_definition_is_left_as_it_was() -> None:
    before = repr(DEFINED)
    strict_schema(DEFINED)
    assert repr(DEFINED) == before

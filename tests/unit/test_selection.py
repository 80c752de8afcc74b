"""Which dead letters a filter means."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from service.commands.redrive import SelectionError, select
from service.messages.dead_letter import DeadLetter
from service.worker.selection import Selection


@dataclass
class FakeRecord:
    """A dead letter as it is read."""

    timestamp: int = 1_000
    key: bytes | None = b"a1"
    value: bytes | None = b"{}"
    topic: str = "articles.dlq"
    partition: int = 0
    offset: int = 0
    headers: list[tuple[str, bytes]] = field(default_factory=list)


LETTER = DeadLetter("articles", 0, 0, 0, "harbinger", "service.messages.errors.DecodeError", "not JSON: at 1", "decode")


@pytest.mark.parametrize(
    ("filters", "taken"),
    [
        ({}, True),
        ({"stages": {"decode", "encode"}}, True),
        ({"stages": {"encode"}}, False),
        ({"exception": "errors.Decode"}, True),
        ({"exception": "not JSON"}, True),
        ({"exception": "Validate"}, False),
        ({"since_ms": 1_000}, True),
        ({"since_ms": 1_001}, False),
        ({"until_ms": 1_000}, False),
        ({"until_ms": 1_001}, True),
        ({"ids": ["a1", "a2"]}, True),
        ({"ids": ["a"]}, False),
        ({"stages": {"decode"}, "ids": ["a2"]}, False),
    ],
)
def test_all_filters_must_hold(filters: dict[str, Any], taken: bool) -> None:
    assert Selection(**filters).takes(FakeRecord(), LETTER) is taken


def test_a_letter_without_key_has_no_id() -> None:
    assert not Selection(ids=["a1"]).takes(FakeRecord(key=None), LETTER)


def test_times_are_rfc_3339() -> None:
    selection = select([], None, "1970-01-02", "1970-01-01T01:00:00.5+01:00", [])
    assert (selection.since_ms, selection.until_ms) == (86_400_000, 500)
    with pytest.raises(SelectionError, match=r"--since yesterday: .*RFC 3339"):
        select([], None, "yesterday", None, [])


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(SelectionError, match="--stage analysis: must be one of decode, validate, analyse, encode"):
        select(["decode", "analysis"], None, None, None, [])

"""The committed JSON Schemas are those of the models, under the contract's names."""

from pathlib import Path

import pytest

from service.messages.alert import EscalationAlert, Window, alert_id
from service.messages.codec import encode
from service.messages.schemas import MODELS, main, schema, schema_text

COMMITTED = Path(__file__).parents[2] / "docs" / "schemas"


@pytest.mark.parametrize("name", MODELS)
def test_the_committed_schema_is_current(name: str) -> None:
    assert (COMMITTED / f"{name}.json").read_text("utf-8") == schema_text(name), (
        "the models changed: run `python -m service.messages.schemas docs/schemas`"
    )


def test_main_writes_them_all(tmp_path: Path) -> None:
    main(str(tmp_path))
    assert {path.stem for path in tmp_path.iterdir()} == set(MODELS)


def test_names_are_the_contracts() -> None:
    assert list(schema("article")["properties"]) == ["id", "title", "body", "published_at", "url", "source", "language"]
    assert list(schema("enriched")["properties"]) == [
        "schema", "article", "boilerplate", "entities", "actors", "events", "signals", "escalation", "provenance",
        "unread",
    ]  # fmt: skip
    assert list(schema("alert")["properties"]) == [
        "schema", "alert_id", "pair", "state", "level", "index", "baseline", "zscore", "window", "started_at",
        "updated_at", "articles", "sources", "top_events",
    ]  # fmt: skip
    assert "schema" in schema("enriched")["required"]


def test_an_alert_is_written_in_the_contracts_order_and_its_id_depends_on_pair_window_and_level() -> None:
    window = Window(start="2024-11-12", end="2024-11-19")
    alert = EscalationAlert(
        alert_id=alert_id(("RUS", "USA"), window, "high"), pair=("RUS", "USA"), state="firing", level="high", index=63.1,
        baseline=22.4, zscore=3.2, window=window, started_at="2024-11-18T00:00:00Z", updated_at="2024-11-19T00:00:00Z",
        articles=14, sources=9, top_events=[],
    )  # fmt: skip
    assert encode(alert).startswith(b'{"schema":"harbinger.escalation-alert.v1","alert_id":"')
    assert alert.alert_id == alert_id(("USA", "RUS"), window, "high")
    assert alert.alert_id != alert_id(("RUS", "USA"), window, "severe")
    assert alert.alert_id != alert_id(("RUS", "USA"), Window(start="2024-11-13", end="2024-11-20"), "high")

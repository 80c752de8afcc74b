"""The demo: how the alerts of the topic are compared with the reducer's, and where it refuses to run."""

from typing import Literal

import pytest

from service.commands import demo
from service.commands.demo_alerts import difference, told
from service.commands.demo_crisis import with_alerts
from service.commands.demo_process import DemoError
from service.commands.series import Series
from service.messages.alert import EscalationAlert, Window
from service.settings import load_settings


def alert(
    name: str,
    state: Literal["firing", "resolved"] = "firing",
    pair: tuple[str, str] = ("CUB", "USA"),
    index: float = 50,
) -> EscalationAlert:
    return EscalationAlert(
        alert_id=name,
        pair=pair,
        state=state,
        level="high",
        index=index,
        baseline=2,
        zscore=5,
        window=Window(start="1962-10-16", end="1962-10-23"),
        started_at="1962-10-22T06:00:00Z",
        updated_at="1962-10-22T06:00:00Z",
        articles=4,
        sources=2,
        top_events=[],
    )


FIRES, ENDS = alert("a"), alert("a", "resolved")
ELSEWHERE = alert("b", pair=("CHN", "IND"))


def test_the_same_alerts_do_not_differ_in_whatever_order_the_pairs_come() -> None:
    assert difference([FIRES, ELSEWHERE, ENDS], [ELSEWHERE, FIRES, ENDS]) == []
    assert difference([], []) == []


@pytest.mark.parametrize(
    ("found", "expected", "line"),
    [
        ([FIRES], [FIRES, ENDS], "missing on the topic: CUB-USA: high is resolved"),
        ([FIRES, FIRES], [FIRES], "too many on the topic: CUB-USA: high fires"),
        ([FIRES, ELSEWHERE], [FIRES], "too many on the topic: CHN-IND: high fires"),
        ([ENDS, FIRES], [FIRES, ENDS], "in another order: CUB-USA"),
    ],
)
def test_each_difference_is_told(found: list[EscalationAlert], expected: list[EscalationAlert], line: str) -> None:
    (difference_,) = difference(found, expected)
    assert difference_.startswith(line)


def test_another_identity_is_missing_and_too_many() -> None:
    assert len(difference([alert("c")], [FIRES])) == 2


def test_an_alert_is_told_in_one_line() -> None:
    assert told(alert("a", index=50.04)) == "CUB-USA: high fires, index 50.0, 1962-10-22T06:00:00Z"


def test_what_is_shown_are_the_alerts_of_the_topic() -> None:
    pair = ("CUB", "USA")
    shown = with_alerts({pair: Series(pair, [], [alert("of the reducer")])}, [ELSEWHERE, FIRES])
    assert shown[pair].alerts == [FIRES]


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("ALERTMANAGER__URL", "alertmanager.url"),
        ("WEBHOOK__URL", "webhook.url"),
        ("SLACK__SECRET_URL", "slack.secret_url"),
    ],
)
def test_alerts_of_1962_page_nobody(variable: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"HARBINGER_MONITOR__SINKS__{variable}", "http://localhost:1/desk")
    monkeypatch.setattr(demo, "demo_kafka", None)  # it must not come so far
    with pytest.raises(DemoError, match=rf"monitor\.sinks\.{name} is set") as refused:
        demo.run(load_settings())
    assert "desk" not in str(refused.value), "the address may be a secret"

"""A Slack-compatible incoming webhook: a message that a person reads.

Limits and escapes are those of Slack's Block Kit reference. Chat services that take only ``text`` get all but the evidence.
"""

import re
from datetime import datetime
from typing import Any, ClassVar, Final

from service.messages.alert import EscalationAlert
from service.monitor.sinks.channel import Build, Channel, SinkName
from service.monitor.sinks.posting import Request
from service.monitor.sinks.wording import evidence, figures, pair_name, shorten, summary, to_json

HEADER_CHARACTERS: Final = 150
"""Most characters of a header block's text."""
TEXT_CHARACTERS: Final = 3000
"""Most characters of a text object in a section or context block, escapes included."""
_ERROR_CODE: Final = re.compile(r"[a-z]+(_[a-z]+)*")
"""Slack says ``channel_not_found`` and the like. Anything else could repeat the address, which is a secret."""


class Slack(Channel):
    """Posts one message for each alert."""

    name: ClassVar[SinkName] = "slack"

    def __init__(self, url: str) -> None:
        self._url = url

    def prepare(self, alert: EscalationAlert, now: datetime) -> Build:
        """See :meth:`Channel.prepare`."""
        request = Request(self._url, to_json(message(alert)), {"Content-Type": "application/json"})
        return lambda at: request

    def quote(self, excerpt: str) -> str:
        """Slack's own error codes and nothing else."""
        return excerpt if _ERROR_CODE.fullmatch(excerpt) else ""


def message(alert: EscalationAlert) -> dict[str, Any]:
    """The payload: ``text`` for notifications, ``blocks`` for the channel."""
    sign, state = ("▲", alert.level) if alert.state == "firing" else ("▼", f"{alert.level} is over")
    header = shorten(f"{sign} {pair_name(alert)}: {state}", HEADER_CHARACTERS)
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": header, "emoji": False}},
        {"type": "section", "text": _mrkdwn([figures(alert)])},
    ]
    if lines := evidence(alert):
        blocks.append({"type": "section", "text": _mrkdwn(lines, quoted=True)})
    trace = f"{alert.state} since {alert.started_at}, {shorten(alert.alert_id, 64)}"
    blocks.append({"type": "context", "elements": [_mrkdwn([trace])]})
    return {"text": escape(f"{sign} {summary(alert)}\n{figures(alert)}"), "blocks": blocks}


def escape(text: str) -> str:
    """The three characters that Slack takes for markup of its own: a mention of everybody must not come from a news item."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _mrkdwn(lines: list[str], *, quoted: bool = False) -> dict[str, Any]:
    """As many whole lines as fit. ``verbatim``: names in the text become no links and no mentions."""
    text = ""
    for line in lines:
        longer = text + ("\n" if text else "") + ("> " if quoted else "") + escape(line)
        if len(longer) > TEXT_CHARACTERS:
            break
        text = longer
    return {"type": "mrkdwn", "text": text, "verbatim": True}

"""Where alerts go besides their topic: Alertmanager, a signed webhook, Slack-compatible chat (docs/alerts.md)."""

from service.monitor.sinks.channel import OUTCOMES, SINK_NAMES, Observer, Outcome, SinkName
from service.monitor.sinks.sinks import AlertSinks

__all__ = ["OUTCOMES", "SINK_NAMES", "AlertSinks", "Observer", "Outcome", "SinkName"]

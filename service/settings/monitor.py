"""The settings of the monitor: the watch over country pairs, and where its alerts go besides Kafka."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from service.settings.tree import Count, HttpUrl, Milliseconds, Name, Seconds, Section, TopicName, http_url


class AlertmanagerSink(Section):
    """Prometheus Alertmanager, by its v2 API."""

    url: HttpUrl | None = None
    """Address of the Alertmanager, as ``http://alertmanager:9093``; absent: nothing is sent."""
    resend_s: Seconds
    """Time after which a firing alert is sent again; Alertmanager takes it for resolved when three of these pass in silence."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Labels that every alert gets on top of its own, as ``{team: desk-east}``."""


class WebhookSink(Section):
    """An HTTP endpoint that gets each alert as JSON, signed."""

    url: HttpUrl | None = None
    """Where alerts are posted; absent: nothing is sent."""
    secret: SecretStr | None = None
    """Key of the HMAC-SHA-256 signature in the header ``X-Harbinger-Signature``; absent: unsigned."""


class SlackSink(Section):
    """A Slack-compatible incoming webhook."""

    secret_url: SecretStr | None = None
    """Address of the incoming webhook; who knows it may post, so it is a secret. Absent: nothing is sent."""

    @field_validator("secret_url")
    @classmethod
    def _is_url(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            http_url(url.get_secret_value())
        return url


class Sinks(Section):
    """Where alerts go besides their topic. Each is off until its address is set."""

    timeout_s: Seconds
    """Longest wait for one answer, in seconds."""
    retry_max_s: Seconds
    """Longest wait between two tries, in seconds."""
    queue_max_alerts: Count
    """Alerts that may wait for a sink that does not answer; above it the oldest are given up, which a metric counts."""
    alertmanager: AlertmanagerSink
    """Prometheus Alertmanager."""
    webhook: WebhookSink = WebhookSink()
    """A signed webhook."""
    slack: SlackSink = SlackSink()
    """A Slack-compatible webhook."""


class Monitor(Section):
    """The watch over country pairs: a Faust application, a deployment of its own."""

    group_id: TopicName
    """Consumer group of the monitor, and start of the names of its internal topics."""
    data_dir: Path
    """Directory for Faust's working files. The state itself lies in Kafka."""
    rules_file: Path | None = None
    """Index parameters and alert rules; absent: ``config/alerts.yaml``."""
    advertised_host: Name | None = None
    """Host name or address under which the other monitors reach this one's HTTP server; absent: this machine's own address."""
    settle_s: Seconds
    """An input partition without a new article for so long, which the worker has finished and which was read to its end, holds the
    article time back no more; and a moment counts when all partitions had reached it for so long. In seconds."""
    hold_s: Seconds
    """Longest time that a slow input partition may hold back the judgement of all pairs, in seconds."""
    evaluate_interval_ms: Milliseconds
    """Time between two judgements of the pairs that changed."""
    in_flight_max_records: Count
    """Records that are read and whose consequences are not yet delivered; above it reading waits."""
    recovery_stall_s: Seconds
    """Recovery of the state that makes no progress for so long ends the process, so that it is started again."""
    top_pairs: Annotated[int, Field(ge=0, le=500)]
    """Pairs whose index is exported as a metric: the highest ones."""
    sinks: Sinks
    """Where alerts go besides their topic."""

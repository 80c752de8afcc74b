"""An HTTP endpoint that gets each alert as it stands on the topic, signed."""

import hashlib
import hmac
from datetime import datetime
from typing import ClassVar

from service.messages.alert import EscalationAlert
from service.messages.codec import encode
from service.monitor.sinks.channel import Build, Channel, SinkName
from service.monitor.sinks.posting import Request
from service.settings import WebhookSink


class Webhook(Channel):
    """Posts the alert's JSON, byte for byte."""

    name: ClassVar[SinkName] = "webhook"

    def __init__(self, url: str, settings: WebhookSink) -> None:
        self._url = url
        self._secret = settings.secret

    def prepare(self, alert: EscalationAlert, now: datetime) -> Build:
        """See :meth:`Channel.prepare`."""
        return lambda at: self._request(alert, at)

    def _request(self, alert: EscalationAlert, now: datetime) -> Request:
        body = encode(alert)
        timestamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "X-Harbinger-Delivery": f"{alert.alert_id}-{alert.state}",
            "X-Harbinger-Timestamp": timestamp,
        }
        if self._secret is not None:
            headers["X-Harbinger-Signature"] = signature(self._secret.get_secret_value(), timestamp, body)
        return Request(self._url, body, headers)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """``sha256=`` and the HMAC-SHA-256 (RFC 2104) of ``timestamp.body`` in hexadecimal.

    The timestamp, in seconds since 1970, is signed along, so that a receiver can refuse a request recorded earlier.
    """
    digest = hmac.new(secret.encode("utf-8"), timestamp.encode("ascii") + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"

"""Prometheus Alertmanager, by POST /api/v2/alerts.

To Alertmanager an alert *is* its set of labels, and it forgets what it is not told again. So the labels hold only the pair
and the level, the same from the first firing to the end, and all that changes is an annotation. Each level that a pair
reaches is an alert of its own, here as on the topic; Alertmanager's inhibition is what silences the lower ones.

Every firing alert is sent again each ``resend_s`` with an expiry of three times that: should we be gone, it ends by itself.
An end is repeated for as long, as Prometheus does: Alertmanager disregards an end that lies in the future of its own
clock, if only by a millisecond, and a restarted one has missed it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from service.messages.alert import EscalationAlert
from service.messages.article import parse_rfc3339
from service.messages.enriched import Level
from service.monitor.sinks.channel import Build, Channel, Pair, SinkName
from service.monitor.sinks.posting import Request
from service.monitor.sinks.wording import evidence, figures, summary, to_json
from service.settings import AlertmanagerSink

ALERT_NAME: Final = "HarbingerEscalation"
PATH: Final = "/api/v2/alerts"
EXPIRY_RENEWALS: Final = 3
"""Renewals after which an alert that is no longer renewed ends: two may be lost."""
SEVERITIES: Final[dict[Level, str]] = {"elevated": "info", "high": "warning", "severe": "critical"}
"""Prometheus' customary values; any other level is ``info``."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What Alertmanager is told of one set of labels. ``ended`` is the wall-clock time of the end, None while it fires."""

    alert: EscalationAlert
    ended: datetime | None = None


class Alertmanager(Channel):
    """Remembers what fires and what has just ended, by pair and level."""

    name: ClassVar[SinkName] = "alertmanager"

    def __init__(self, url: str, settings: AlertmanagerSink) -> None:
        self._url = url.rstrip("/") + PATH
        self._labels = settings.labels
        self._expiry = timedelta(seconds=EXPIRY_RENEWALS * settings.resend_s)
        self._entries: dict[tuple[Pair, Level], Entry] = {}
        self.renewal_s = settings.resend_s

    def prepare(self, alert: EscalationAlert, now: datetime) -> Build:
        """See :meth:`Channel.prepare`."""
        entry = Entry(alert, now if alert.state == "resolved" else None)
        self._entries[_identity(alert)] = entry
        return lambda at: self._request([entry], at)

    def renewal(self, now: datetime, waiting: Iterable[EscalationAlert]) -> Request | None:
        """See :meth:`Channel.renewal`."""
        self._entries = {
            identity: entry
            for identity, entry in self._entries.items()
            if entry.ended is None or now - entry.ended < self._expiry
        }
        later = {_identity(alert) for alert in waiting}
        entries = [entry for identity, entry in self._entries.items() if identity not in later]
        return self._request(entries, now) if entries else None

    def restore(self, alerts: Iterable[EscalationAlert]) -> None:
        """See :meth:`Channel.restore`."""
        self._entries.update((_identity(alert), Entry(alert)) for alert in alerts if alert.state == "firing")

    def forget(self, pairs: Collection[Pair]) -> None:
        """See :meth:`Channel.forget`."""
        self._entries = {identity: entry for identity, entry in self._entries.items() if identity[0] not in pairs}

    def _request(self, entries: Sequence[Entry], now: datetime) -> Request:
        body = to_json([self._posted(entry, now) for entry in entries])
        return Request(self._url, body, {"Content-Type": "application/json"})

    def _posted(self, entry: Entry, now: datetime) -> dict[str, Any]:
        """A ``postableAlert``. Article time can run ahead of the clock, and a start after the end would be refused."""
        start = min(parse_rfc3339(entry.alert.started_at), entry.ended or now)
        return {
            "labels": self._labels | labels(entry.alert.pair, entry.alert.level),
            "annotations": {
                "summary": summary(entry.alert),
                "description": "\n".join([figures(entry.alert), *evidence(entry.alert)]),
                "alert_id": entry.alert.alert_id,
            },
            "startsAt": _rfc3339(start),
            "endsAt": _rfc3339(entry.ended or now + self._expiry),
        }


def labels(pair: Pair, level: Level) -> dict[str, str]:
    """The identity of an alert: of pair and level alone."""
    return {
        "alertname": ALERT_NAME,
        "pair": "-".join(pair),
        "country_a": pair[0],
        "country_b": pair[1],
        "level": level,
        "severity": SEVERITIES.get(level, "info"),
    }


def _identity(alert: EscalationAlert) -> tuple[Pair, Level]:
    return alert.pair, alert.level


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

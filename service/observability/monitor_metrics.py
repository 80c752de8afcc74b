"""Every metric that the monitor exports, in one place: docs/metrics.md is made from this file."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Info

from service.observability.catalogue import Catalogue

JUDGE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds. A pair with a quiet day takes a fraction of a millisecond, one in all headlines some ten."""
LEVELS = ("elevated", "high", "severe")
STATES = ("firing", "resolved")
SINKS = ("alertmanager", "webhook", "slack")


class MonitorMetrics(Catalogue):
    """The catalogue. One instance a process, on a registry of its own, so that tests see nothing of each other."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        super().__init__(registry)
        self._reading()
        self._watching()
        self._state()
        self._sinks()

    def _reading(self) -> None:
        self.articles = self._counter(
            "harbinger_monitor_articles",
            "Enriched articles read, by whether they speak of two countries, or were dead-lettered.",
            ["outcome"],
        )
        self.reports = self._counter(
            "harbinger_monitor_reports",
            "Reports on a pair, by what became of them: new, known (a replay or a doubled article), or late "
            "(older than evidence_days, so not counted).",
            ["outcome"],
        )
        self.under_way = self._gauge(
            "harbinger_monitor_under_way", "Records that are read and whose consequences are not yet delivered."
        )
        self.lag_records = self._gauge(
            "harbinger_monitor_lag_records",
            "Records of an assigned partition that are not yet read. Dropped when the partition is revoked.",
            ["topic", "partition"],
        )
        self.lag_seconds = self._gauge(
            "harbinger_monitor_lag_seconds",
            "Age of the latest record that was read of an assigned partition of which more wait, an upper bound for how far we are "
            "behind; 0 when none waits. Dropped when the partition is revoked.",
            ["topic", "partition"],
        )
        self.rebalances = self._counter(
            "harbinger_monitor_rebalances", "Assignments of partitions that this member got from its consumer group."
        )
        self.event_time_lag_seconds = self._gauge(
            "harbinger_monitor_event_time_lag_seconds",
            "Time between the latest publication that was seen and the moment up to which pairs are judged.",
        )
        self.event_time_seconds = self._gauge(
            "harbinger_monitor_event_time_seconds",
            "The moment up to which pairs are judged, in seconds since 1970 of article time.",
        )
        for outcome in ("with_evidence", "without_evidence", "dead_lettered"):
            self.articles.labels(outcome)
        for outcome in ("new", "known", "late"):
            self.reports.labels(outcome)

    def _watching(self) -> None:
        self.pairs = self._gauge("harbinger_monitor_pairs", "Pairs under watch in this process.")
        self.index = self._gauge(
            "harbinger_monitor_index",
            "Escalation index of the highest pairs of this process (monitor.top_pairs of them at most), in points.",
            ["pair"],
        )
        self.zscore = self._gauge(
            "harbinger_monitor_zscore",
            "Spreads that the index of the highest pairs lies above what is usual for them.",
            ["pair"],
        )
        self.alerts_firing = self._gauge(
            "harbinger_monitor_alerts_firing", "Alerts that fire, of the pairs of this process, by level.", ["level"]
        )
        self.alerts_published = self._counter(
            "harbinger_monitor_alerts_published", "Alerts written to their topic.", ["state", "level"]
        )
        self.judge_seconds = self._histogram(
            "harbinger_monitor_judge_seconds", "Time one judgement of a pair takes.", JUDGE_BUCKETS
        )
        self.judge_failures = self._counter(
            "harbinger_monitor_judge_failures", "Judgements that failed; the log says of which pair and why."
        )
        for level in LEVELS:
            self.alerts_firing.labels(level)
            for state in STATES:
                self.alerts_published.labels(state, level)

    def _state(self) -> None:
        self.recovering = self._gauge(
            "harbinger_monitor_recovering", "1 while the state is restored from the changelog, else 0."
        )
        self.recovery_remaining = self._gauge(
            "harbinger_monitor_recovery_remaining_records", "Changelog records that are still to be read."
        )
        self.recovery_idle_seconds = self._gauge(
            "harbinger_monitor_recovery_idle_seconds",
            "Time since the latest changelog record came, while the state is restored, else 0. At monitor.recovery_stall_s the process ends.",
        )
        self.recovery_seconds = self._gauge("harbinger_monitor_recovery_seconds", "Time that the latest recovery took.")
        self.partitions = self._gauge("harbinger_monitor_partitions", "Partitions of pairs that this process owns.")
        self.pair_partitions = self._gauge(
            "harbinger_monitor_pair_partitions",
            "Partitions of pairs that there are, for all members of the group together.",
        )
        self.ledgers_open = self._gauge(
            "harbinger_monitor_ledgers_open", "Owned partitions whose alerts can be published."
        )
        self.ledger_failures = self._counter(
            "harbinger_monitor_ledger_failures",
            "Ledgers (one for each owned partition) that failed, or were fenced by a newer owner, and were opened anew.",
        )
        self.build_info = Info("harbinger_build", "Version of the service.", registry=self.registry)

    def _sinks(self) -> None:
        self.sink_alerts = self._counter(
            "harbinger_monitor_sink_alerts",
            "Alerts for a sink, by what became of them: delivered, failed (refused for good) or given_up (its queue was full, or the process ended).",
            ["sink", "outcome"],
        )
        self.sink_retries = self._counter(
            "harbinger_monitor_sink_retries", "Deliveries to a sink that failed and were tried again.", ["sink"]
        )
        self.sink_waiting = self._gauge("harbinger_monitor_sink_waiting", "Alerts that wait for a sink.", ["sink"])
        for sink in SINKS:
            self.sink_retries.labels(sink)
            self.sink_waiting.labels(sink)
            for outcome in ("delivered", "failed", "given_up"):
                self.sink_alerts.labels(sink, outcome)

    def clear_lag(self) -> None:
        """Forget the lag of all partitions: what is not shown again was revoked."""
        self.lag_records.clear()
        self.lag_seconds.clear()

    def show_lag(self, topic: str, partition: int, records: int, latest: float | None, now: float) -> None:
        """Show the lag of an assigned partition.

        Args:
            topic: of the partition.
            partition: its number.
            records: how many wait.
            latest: Kafka timestamp of the latest record that was read, in seconds since 1970; None: none was. Then the lag
                in seconds is not known, and not shown while records wait.
            now: the time, in seconds since 1970.
        """
        self.lag_records.labels(topic, str(partition)).set(records)
        if not records:
            self.lag_seconds.labels(topic, str(partition)).set(0)
        elif latest is not None:
            self.lag_seconds.labels(topic, str(partition)).set(max(0.0, now - latest))

    def show_pairs(self, indexes: Mapping[str, tuple[float, float]], top: int) -> None:
        """Show index and z-score of the ``top`` pairs with the highest index, and of no other."""
        self.index.clear()
        self.zscore.clear()
        highest = sorted(indexes.items(), key=lambda each: (-each[1][0], each[0]))[:top]
        for name, (index, zscore) in highest:
            self.index.labels(name).set(index)
            self.zscore.labels(name).set(zscore)

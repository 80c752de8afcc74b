"""The dashboard of the monitor: which pairs heat up, what alerts fire, and whether the watch itself is well."""

from pathlib import Path
from typing import Any

import yaml
from grafana_foundation_sdk.models.dashboard import Dashboard

from monitoring.frame import Section, chosen, filled, frame
from monitoring.limits import limit
from monitoring.panels import figure, graph, ranking

RATE = "[$__rate_interval]"
PAIR = 'pair=~"$pair", SELECT'
_ALERT_RULES = Path(__file__).resolve().parents[1] / "config/alerts.yaml"


def escalation() -> Dashboard:
    """The whole of it."""
    made = frame(
        "harbinger-escalation",
        "Harbinger: escalation",
        "The escalation index of country pairs, the alerts that fire, and how the monitor does.",
        hours=48,
        component="monitor",
    )
    made.with_variable(
        chosen("pair", "Pair", 'label_values(harbinger_monitor_index{namespace=~"$namespace", job=~"$job"}, pair)')
    )
    return filled(made, [_now(), _pairs(), _alerts(), _reading(), _state()])


def _thresholds(measure: str) -> list[tuple[float, str]]:
    """Where the levels of the shipped rule for every pair begin, with their colours."""
    levels: dict[str, Any] = yaml.safe_load(_ALERT_RULES.read_text("utf-8"))["rules"][-1]["levels"]
    return [(float(levels[level][measure]), colour) for level, colour in (("high", "orange"), ("severe", "red"))]


def _now() -> Section:
    firing = "sum(namespace_job_level:harbinger_monitor_alerts_firing:sum{level=%r, SELECT})"
    return "Now", [
        figure(
            "Severe",
            "Alerts of level severe that fire: HarbingerPairsSevere.",
            "short",
            firing.replace("%r", '"severe"'),
            (1, "red"),
        ),
        figure(
            "High",
            "Alerts of level high that fire, severe pairs among them: HarbingerPairsHigh.",
            "short",
            firing.replace("%r", '"high"'),
            (1, "orange"),
        ),
        figure(
            "Highest index",
            "Escalation index of the highest pair, in points. Colours: levels high and severe of the shipped rules.",
            "none",
            f"max(harbinger_monitor_index{{{PAIR}}})",
            *_thresholds("index"),
            decimals=1,
        ),
        figure("Pairs", "Pairs under watch.", "short", "sum(harbinger_monitor_pairs{SELECT})"),
        figure(
            "Lag",
            "Age of the latest record that was read, while more wait. Red: HarbingerMonitorLagHigh.",
            "s",
            "max(namespace_job:harbinger_monitor_lag_seconds:max{SELECT})",
            (limit("HarbingerMonitorLagHigh"), "red"),
        ),
        figure(
            "Event-time lag",
            "Time between the latest publication that was seen and the moment up to which pairs are judged. "
            "Red: HarbingerMonitorEventTimeLag.",
            "s",
            "max(namespace_job:harbinger_monitor_event_time_lag_seconds:max{SELECT})",
            (limit("HarbingerMonitorEventTimeLag"), "red"),
        ),
    ]


def _pairs() -> Section:
    return "Pairs", [
        graph(
            "Index by pair",
            "Escalation index of the highest pairs (monitor.top_pairs of each process), in points. The line: level high of the shipped rules.",
            "none",
            (f"max by (pair) (harbinger_monitor_index{{{PAIR}}})", "{{pair}}"),
            width=16,
            limit=_thresholds("index")[0][0],
        ),
        ranking(
            "Highest index now",
            "Escalation index, in points. Colours: levels high and severe of the shipped rules.",
            "none",
            (f"sort_desc(topk(12, max by (pair) (harbinger_monitor_index{{{PAIR}}})))", "{{pair}}"),
            *_thresholds("index"),
        ),
        graph(
            "Z-score by pair",
            "Spreads that the index lies above what is usual for the pair. The line: level high of the shipped rules.",
            "none",
            (f"max by (pair) (harbinger_monitor_zscore{{{PAIR}}})", "{{pair}}"),
            width=16,
            limit=_thresholds("zscore")[0][0],
        ),
        ranking(
            "Highest z-score now",
            "Spreads above the usual. Colours: levels high and severe of the shipped rules; both index and z-score must reach them.",
            "none",
            (f"sort_desc(topk(12, max by (pair) (harbinger_monitor_zscore{{{PAIR}}})))", "{{pair}}"),
            *_thresholds("zscore"),
        ),
    ]


def _alerts() -> Section:
    return "Alerts and their receivers", [
        graph(
            "Alerts that fire",
            "By level. A pair at level severe has alerts of the levels below, too.",
            "short",
            ("sum by (level) (namespace_job_level:harbinger_monitor_alerts_firing:sum{SELECT})", "{{level}}"),
        ),
        graph(
            "Alerts published",
            "Alerts written to their topic, in an hour.",
            "short",
            (
                "sum by (state, level) (increase(harbinger_monitor_alerts_published_total{SELECT}[1h]))",
                "{{level}} {{state}}",
            ),
        ),
        graph(
            "Alerts by receiver",
            "What became of alerts for each receiver, in 15 minutes. Any that failed or were given up: HarbingerSinkLosesAlerts.",
            "short",
            (
                "sum by (sink, outcome) (increase(harbinger_monitor_sink_alerts_total{SELECT}[15m]))",
                "{{sink}} {{outcome}}",
            ),
        ),
        graph(
            "Alerts that wait",
            "For each receiver. For 10 minutes: HarbingerSinkWaiting.",
            "short",
            ("sum by (sink) (harbinger_monitor_sink_waiting{SELECT})", "{{sink}}"),
            width=12,
        ),
        graph(
            "Deliveries tried again",
            "For each receiver, in 15 minutes. The line: HarbingerSinkUnavailable.",
            "short",
            ("sum by (sink) (increase(harbinger_monitor_sink_retries_total{SELECT}[15m]))", "{{sink}}"),
            width=12,
            limit=limit("HarbingerSinkUnavailable"),
        ),
    ]


def _reading() -> Section:
    return "Reading and time", [
        graph(
            "Enriched articles",
            "Articles in a second, by whether they speak of two countries, or could not be read.",
            "ops",
            ("sum by (outcome) (namespace_job_outcome:harbinger_monitor_articles:rate5m{SELECT})", "{{outcome}}"),
            stacked=True,
        ),
        graph(
            "Reports on pairs",
            "Reports in a second: new, known (a replay), or too late to be counted.",
            "ops",
            ("sum by (outcome) (namespace_job_outcome:harbinger_monitor_reports:rate5m{SELECT})", "{{outcome}}"),
            stacked=True,
        ),
        graph(
            "Unreadable articles",
            "Share of enriched articles that became dead letters of the monitor, over 15 minutes. "
            "The line: HarbingerMonitorDeadLetterRatioHigh.",
            "percentunit",
            ("max(namespace_job:harbinger_monitor_dead_letters:ratio_rate15m{SELECT})", "dead letters"),
            limit=limit("HarbingerMonitorDeadLetterRatioHigh"),
        ),
        graph(
            "Lag in seconds",
            "Age of the latest record that was read of each partition, while more wait. The line: HarbingerMonitorLagHigh.",
            "s",
            ("max by (topic, partition) (harbinger_monitor_lag_seconds{SELECT})", "{{topic}}-{{partition}}"),
            limit=limit("HarbingerMonitorLagHigh"),
        ),
        graph(
            "Lag in records",
            "Records by topic that are not yet read, and those that are read and whose consequences are not yet delivered.",
            "short",
            ("sum by (topic) (harbinger_monitor_lag_records{SELECT})", "{{topic}}"),
            ("sum(harbinger_monitor_under_way{SELECT})", "under way"),
        ),
        graph(
            "Event-time lag",
            "Time between the latest publication that was seen and the moment up to which pairs are judged, in article time; "
            "and how long ago that moment was. The line: HarbingerMonitorEventTimeLag.",
            "s",
            ("max(harbinger_monitor_event_time_lag_seconds{SELECT})", "behind the latest article"),
            ("time() - min(harbinger_monitor_event_time_seconds{SELECT} > 0)", "behind the clock"),
            limit=limit("HarbingerMonitorEventTimeLag"),
        ),
    ]


def _state() -> Section:
    return "State and judgement", [
        graph(
            "Partitions",
            "Partitions of pairs that there are, that have an owner, and whose alerts can be published.",
            "short",
            ("max(harbinger_monitor_pair_partitions{SELECT})", "there are"),
            ("sum(harbinger_monitor_partitions{SELECT})", "owned"),
            ("sum(harbinger_monitor_ledgers_open{SELECT})", "ledger open"),
        ),
        graph(
            "Ledgers and rebalances",
            "Ledgers that failed, and assignments that each member got, in 15 minutes. The line: HarbingerMonitorRebalanceStorm.",
            "short",
            ("sum(increase(harbinger_monitor_ledger_failures_total{SELECT}[15m]))", "ledger failures"),
            ("max by (instance) (increase(harbinger_monitor_rebalances_total{SELECT}[15m]))", "{{instance}}"),
            limit=limit("HarbingerMonitorRebalanceStorm"),
        ),
        graph(
            "Recovery",
            "Changelog records that are still to be read while the state is restored.",
            "short",
            ("sum by (instance) (harbinger_monitor_recovery_remaining_records{SELECT})", "{{instance}}"),
        ),
        graph(
            "Recovery without progress",
            "Time since the latest changelog record came, and how long the latest recovery took. The line: HarbingerMonitorRecoveryStalled.",
            "s",
            ("max by (instance) (harbinger_monitor_recovery_idle_seconds{SELECT})", "idle {{instance}}"),
            ("max by (instance) (harbinger_monitor_recovery_seconds{SELECT})", "latest {{instance}}"),
            limit=limit("HarbingerMonitorRecoveryStalled"),
        ),
        graph(
            "Time of a judgement",
            "Of one pair, over 5 minutes.",
            "s",
            ("max(namespace_job:harbinger_monitor_judge_seconds:p50_rate5m{SELECT})", "half are faster"),
            ("max(namespace_job:harbinger_monitor_judge_seconds:p99_rate5m{SELECT})", "99 % are faster"),
        ),
        graph(
            "Judgements that failed",
            "In 15 minutes. Any: HarbingerMonitorJudgeFailures.",
            "short",
            ("sum by (instance) (increase(harbinger_monitor_judge_failures_total{SELECT}[15m]))", "{{instance}}"),
        ),
        graph(
            "Being restored",
            "1 while a process restores its state; its pairs are not judged meanwhile. For 10 minutes: HarbingerMonitorRecoveryLong.",
            "short",
            ("max by (instance) (harbinger_monitor_recovering{SELECT})", "{{instance}}"),
            width=24,
        ),
    ]

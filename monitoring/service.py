"""The dashboard of the service: are articles enriched, how fast, and what stands in the way."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from monitoring.frame import Section, filled, frame
from monitoring.limits import limit
from monitoring.panels import figure, graph

RATE = "[$__rate_interval]"


def service() -> Dashboard:
    """The whole of it."""
    made = frame(
        "harbinger-service",
        "Harbinger: service",
        "Workers of Harbinger: articles, lag, transactions, analysis, knowledge, and the processes of workers and monitors.",
        hours=6,
        component="(worker|monitor)",
    )
    return filled(made, [_now(), _articles(), _input(), _output(), _analysis(), _processes()])


def _now() -> Section:
    late, dead, aborted = (
        limit("HarbingerLagHigh"),
        limit("HarbingerDeadLetterRatioHigh"),
        limit("HarbingerTransactionsAborted"),
    )
    return "Now", [
        figure(
            "Enriched",
            "Articles enriched in a second, over 5 minutes.",
            "ops",
            'sum(namespace_job_outcome:harbinger_articles_processed:rate5m{outcome="enriched", SELECT})',
            decimals=1,
        ),
        figure(
            "Lag",
            "Age of the oldest article that is not yet enriched. Red: HarbingerLagHigh.",
            "s",
            "max(namespace_job:harbinger_consumer_lag_seconds:max{SELECT})",
            (late, "red"),
        ),
        figure(
            "Within a minute",
            "Share of articles whose enriched form was committed at most 60 s after their Kafka timestamp, over 30 minutes.",
            "percentunit",
            "min(namespace_job:harbinger_end_to_end_within_1m:ratio_rate30m{SELECT})",
            decimals=1,
        ),
        figure(
            "Dead letters",
            "Share of articles that could not be enriched, over 15 minutes. Red: HarbingerDeadLetterRatioHigh.",
            "percentunit",
            "max(namespace_job:harbinger_dead_letters:ratio_rate15m{SELECT})",
            (dead, "red"),
            decimals=1,
        ),
        figure(
            "Aborted transactions",
            "Share of transactions that were aborted, over 10 minutes. Red: HarbingerTransactionsAborted.",
            "percentunit",
            "max(namespace_job:harbinger_transactions_aborted:ratio_rate10m{SELECT})",
            (aborted, "red"),
            decimals=1,
        ),
        figure(
            "Circuits not closed",
            "Workers that have stopped reading because most articles fail. Red: HarbingerCircuitOpen, after 2 minutes.",
            "short",
            'sum(1 - harbinger_circuit_state{state="closed", SELECT})',
            (1, "red"),
        ),
    ]


def _articles() -> Section:
    return "Articles", [
        graph(
            "Articles by outcome",
            "Articles in a second whose transaction was committed.",
            "ops",
            ("sum by (outcome) (namespace_job_outcome:harbinger_articles_processed:rate5m{SELECT})", "{{outcome}}"),
            stacked=True,
        ),
        graph(
            "Dead letters by stage",
            "Articles in a second that could not be enriched, by the stage that failed. docs/redrive.md says what to do with each.",
            "ops",
            (f"sum by (stage) (rate(harbinger_dead_letters_total{{SELECT}}{RATE}))", "{{stage}}"),
            stacked=True,
        ),
        graph(
            "From Kafka to Kafka",
            "Time from an article's Kafka timestamp to the commit of its enriched form, over 5 minutes.",
            "s",
            ("max(namespace_job:harbinger_end_to_end_seconds:p50_rate5m{SELECT})", "half are faster"),
            ("max(namespace_job:harbinger_end_to_end_seconds:p99_rate5m{SELECT})", "99 % are faster"),
        ),
    ]


def _input() -> Section:
    return "Input", [
        graph(
            "Lag in seconds",
            "Age of the oldest article of each partition that is not yet enriched. The line: HarbingerLagHigh.",
            "s",
            ("max by (topic, partition) (harbinger_consumer_lag_seconds{SELECT})", "{{topic}}-{{partition}}"),
            limit=limit("HarbingerLagHigh"),
        ),
        graph(
            "Lag in articles",
            "Articles of each partition that are not yet enriched.",
            "short",
            ("max by (topic, partition) (harbinger_consumer_lag_records{SELECT})", "{{topic}}-{{partition}}"),
            stacked=True,
        ),
        graph(
            "Partitions",
            "Lanes by state, and how many partitions there are. Where the lanes do not reach that line, partitions have no worker.",
            "short",
            ("sum by (state) (harbinger_lanes{SELECT})", "{{state}}"),
            ("max(harbinger_input_partitions{SELECT})", "partitions"),
            ("sum(harbinger_partitions_paused{SELECT})", "paused, for the analysis is behind"),
        ),
        graph(
            "In flight",
            "Articles that were read and are not yet committed.",
            "short",
            ("sum by (instance) (harbinger_in_flight_articles{SELECT})", "{{instance}}"),
        ),
        graph(
            "In flight, bytes",
            "Their size; worker.in_flight_max_bytes bounds it in each worker.",
            "bytes",
            ("sum by (instance) (harbinger_in_flight_bytes{SELECT})", "{{instance}}"),
        ),
        graph(
            "Rebalances",
            "Assignments that each member got in 15 minutes, and batches that were read in vain because of one. "
            "The line: HarbingerRebalanceStorm.",
            "short",
            ("max by (instance) (increase(harbinger_rebalances_total{SELECT}[15m]))", "{{instance}}"),
            ("sum(increase(harbinger_batches_dropped_total{SELECT}[15m]))", "batches dropped"),
            limit=limit("HarbingerRebalanceStorm"),
        ),
    ]


def _output() -> Section:
    return "Output", [
        graph(
            "Transactions by outcome",
            "Transactions in a second: committed, aborted, or fenced by a newer owner of the partition.",
            "ops",
            (f"sum by (outcome) (rate(harbinger_transactions_total{{SELECT}}{RATE}))", "{{outcome}}"),
        ),
        graph(
            "Time of a transaction",
            "From its begin to its commit.",
            "s",
            (
                f"histogram_quantile(0.5, sum by (le) (rate(harbinger_transaction_seconds_bucket{{SELECT}}{RATE})))",
                "half are faster",
            ),
            (
                f"histogram_quantile(0.99, sum by (le) (rate(harbinger_transaction_seconds_bucket{{SELECT}}{RATE})))",
                "99 % are faster",
            ),
        ),
        graph(
            "Calls tried again",
            "Calls to Kafka that failed and were made again, in 10 minutes. The line: HarbingerKafkaCallsFail.",
            "short",
            ("sum by (operation) (increase(harbinger_retries_total{SELECT}[10m]))", "{{operation}}"),
            limit=limit("HarbingerKafkaCallsFail"),
        ),
    ]


def _analysis() -> Section:
    return "Analysis and knowledge", [
        graph(
            "Time of an article",
            "Time in its analysis process, from bytes to bytes, over 5 minutes.",
            "s",
            ("max(namespace_job:harbinger_analysis_seconds:p50_rate5m{SELECT})", "half are faster"),
            ("max(namespace_job:harbinger_analysis_seconds:p99_rate5m{SELECT})", "99 % are faster"),
        ),
        graph(
            "Time by stage",
            "Seconds that all analysis processes spend in each stage in a second: their sum is the number of processes at work.",
            "short",
            (f"sum by (stage) (rate(harbinger_analysis_stage_seconds_total{{SELECT}}{RATE}))", "{{stage}}"),
            stacked=True,
        ),
        graph(
            "Analysis processes",
            "Processes that have loaded the model and take work.",
            "short",
            ("sum by (instance) (harbinger_pool_processes{SELECT})", "{{instance}}"),
            stacked=True,
        ),
        graph(
            "Analysis processes replaced",
            "Processes that died or hung, in 15 minutes. The line: HarbingerPoolCrashLoop.",
            "short",
            ("sum by (reason) (increase(harbinger_pool_restarts_total{SELECT}[15m]))", "{{reason}}"),
            limit=limit("HarbingerPoolCrashLoop"),
        ),
        graph(
            "Knowledge in use",
            "Workers by the set of knowledge and lexicon that they read with. Two sets for long: HarbingerKnowledgeDiffers.",
            "short",
            ("count by (version) (harbinger_knowledge_info{SELECT})", "{{version}}"),
            stacked=True,
        ),
        graph(
            "Knowledge reloaded",
            "Changed sets that were loaded or refused, in 15 minutes, and workers that refuse what lies on their disk now.",
            "short",
            ("sum by (result) (increase(harbinger_knowledge_reloads_total{SELECT}[15m]))", "{{result}}"),
            ("sum(harbinger_knowledge_refused{SELECT})", "refusing now"),
        ),
    ]


def _processes() -> Section:
    return "Processes", [
        graph(
            "Answer to scrapes",
            "1 for each process that answers Prometheus. Workers and monitors.",
            "short",
            ("up{SELECT}", "{{job}} {{instance}}"),
            width=6,
        ),
        graph(
            "Age",
            "Time since the process started. A saw is a process that keeps ending: HarbingerRestarting.",
            "s",
            ("time() - process_start_time_seconds{SELECT}", "{{job}} {{instance}}"),
            width=6,
        ),
        graph(
            "Memory",
            "Resident memory of the parent process, without analysis processes.",
            "bytes",
            ("process_resident_memory_bytes{SELECT}", "{{job}} {{instance}}"),
            width=6,
        ),
        graph(
            "Versions",
            "Processes by version of the service. Two for long: HarbingerVersionsDiffer.",
            "short",
            ("count by (version) (harbinger_build_info{SELECT})", "{{version}}"),
            width=6,
            stacked=True,
        ),
    ]

"""Every metric that the worker exports, in one place: docs/metrics.md is made from this file.

The analysis processes keep no metrics. They hand counts and timings home with their results and the parent alone
exports, because prometheus-client's multiprocess mode keeps a file for every process that ever lived.
"""

from typing import Literal

from prometheus_client import CollectorRegistry, Info

from service.observability.catalogue import Catalogue

ANALYSIS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds. A short item takes some 20 ms and an essay a second; the last bound is the default time limit of an article."""
END_TO_END_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
"""Seconds. Milliseconds when the worker keeps up, half an hour when it works off a backlog."""
TRANSACTION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds. A commit takes a few round trips to the broker."""

Outcome = Literal["enriched", "dead_lettered"]
TransactionOutcome = Literal["committed", "aborted", "fenced"]
LaneState = Literal["opening", "open", "closing", "failed"]
LANE_STATES: tuple[LaneState, ...] = ("opening", "open", "closing", "failed")
CircuitState = Literal["closed", "half_open", "open"]
CIRCUIT_STATES: tuple[CircuitState, ...] = ("closed", "half_open", "open")
OUTCOMES: tuple[Outcome, ...] = ("enriched", "dead_lettered")
TRANSACTION_OUTCOMES: tuple[TransactionOutcome, ...] = ("committed", "aborted", "fenced")
RetriedOperation = Literal["topics", "connect", "session", "poll", "lane"]
RETRIED_OPERATIONS: tuple[RetriedOperation, ...] = ("topics", "connect", "session", "poll", "lane")
ReloadResult = Literal["loaded", "refused"]
RELOAD_RESULTS: tuple[ReloadResult, ...] = ("loaded", "refused")


class Metrics(Catalogue):
    """The catalogue. One instance a process, on a registry of its own, so that tests see nothing of each other.

    Labels whose values are known in advance are there from the start with zero: an absent series cannot raise an alarm.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        super().__init__(registry)
        self._articles()
        self._input()
        self._output()
        self._pool()
        self._knowledge()
        self._health()

    def _articles(self) -> None:
        self.articles_processed = self._counter(
            "harbinger_articles_processed",
            "Articles whose transaction was committed, by what became of them.",
            ["outcome"],
        )
        self.dead_letters = self._counter(
            "harbinger_dead_letters",
            "Articles written to the dead letter topic, by the stage that failed (decode, validate, analyse, encode).",
            ["stage"],
        )
        self.analysis_seconds = self._histogram(
            "harbinger_analysis_seconds",
            "Time one article spends in its analysis process, from bytes to bytes.",
            ANALYSIS_BUCKETS,
        )
        self.end_to_end_seconds = self._histogram(
            "harbinger_end_to_end_seconds",
            "Time from the article's Kafka timestamp to the commit of its enriched form.",
            END_TO_END_BUCKETS,
        )
        self.stage_seconds = self._counter(
            "harbinger_analysis_stage_seconds",
            "Time spent in each stage of the analysis, summed over all analysis processes.",
            ["stage"],
        )
        self.articles_other_language = self._counter(
            "harbinger_articles_other_language",
            "Articles that were not read because they are not in English, by ISO 639-1 code; other: a language without one. They "
            "are enriched with empty lists, or dead letters, as analysis.other_languages says, and count there, too.",
            ["language"],
        )
        self.articles_other_language.labels("other")
        for outcome in OUTCOMES:
            self.articles_processed.labels(outcome)
        for stage in ("decode", "validate", "analyse", "encode"):
            self.dead_letters.labels(stage)

    def _input(self) -> None:
        self.lag_records = self._gauge(
            "harbinger_consumer_lag_records",
            "Records of an assigned partition that are not yet committed. Dropped when the partition is revoked.",
            ["topic", "partition"],
        )
        self.lag_seconds = self._gauge(
            "harbinger_consumer_lag_seconds",
            "Age of the oldest record of an assigned partition that is not yet committed; 0 when there is none. "
            "Dropped when the partition is revoked.",
            ["topic", "partition"],
        )
        self.input_partitions = self._gauge(
            "harbinger_input_partitions",
            "Partitions of the topic of articles, for all members of the group together; 0 until the worker has looked at it.",
        )
        self.in_flight_articles = self._gauge(
            "harbinger_in_flight_articles", "Articles that were read and are not yet committed."
        )
        self.in_flight_bytes = self._gauge(
            "harbinger_in_flight_bytes", "Bytes of articles that were read and are not yet committed."
        )
        self.partitions_paused = self._gauge(
            "harbinger_partitions_paused", "Assigned partitions that are paused because the analysis is behind."
        )
        self.batches_dropped = self._counter(
            "harbinger_batches_dropped",
            "Batches that were dropped and sought back, because the lane changed hands while they were fetched.",
        )
        self.rebalances = self._counter(
            "harbinger_rebalances", "Assignments of partitions that this member got from its consumer group."
        )

    def _output(self) -> None:
        self.transactions = self._counter(
            "harbinger_transactions",
            "Kafka transactions by outcome: committed, aborted, or fenced by a newer owner of the partition.",
            ["outcome"],
        )
        self.transaction_seconds = self._histogram(
            "harbinger_transaction_seconds", "Time from the begin of a transaction to its commit.", TRANSACTION_BUCKETS
        )
        self.retries = self._counter(
            "harbinger_retries", "Calls that failed and were tried again, by operation.", ["operation"]
        )
        self.lanes = self._gauge("harbinger_lanes", "Lanes (one for each assigned partition) by state.", ["state"])
        for outcome in TRANSACTION_OUTCOMES:
            self.transactions.labels(outcome)
        for operation in RETRIED_OPERATIONS:
            self.retries.labels(operation)
        for state in LANE_STATES:
            self.lanes.labels(state)

    def _pool(self) -> None:
        self.pool_processes = self._gauge(
            "harbinger_pool_processes", "Analysis processes that are warm: the model is loaded and work is taken."
        )
        self.pool_restarts = self._counter(
            "harbinger_pool_restarts",
            "Analysis processes that were replaced, by reason: died, or hung over the time limit of an article.",
            ["reason"],
        )
        for reason in ("died", "hung"):
            self.pool_restarts.labels(reason)

    def _knowledge(self) -> None:
        self.knowledge_reloads = self._counter(
            "harbinger_knowledge_reloads",
            "Changed sets of knowledge and lexicon that were loaded, or refused because something is wrong in them.",
            ["result"],
        )
        self.knowledge_refused = self._gauge(
            "harbinger_knowledge_refused",
            "1 while the overrides that lie on disk are refused and an older set stays in use, else 0.",
        )
        self.knowledge_info = Info(
            "harbinger_knowledge",
            "Version of the knowledge and lexicon in use, overrides included, as in provenance.knowledge.",
            registry=self.registry,
        )
        for result in RELOAD_RESULTS:
            self.knowledge_reloads.labels(result)

    def _health(self) -> None:
        self.circuit_state = self._gauge(
            "harbinger_circuit_state",
            "State of the circuit breaker: 1 for the state it is in, 0 for the others.",
            ["state"],
        )
        self.build_info = Info(
            "harbinger_build", "Version of the service, the language model and the knowledge.", registry=self.registry
        )
        self.set_circuit("closed")

    def set_circuit(self, current: CircuitState) -> None:
        """Show the circuit in this state and in no other."""
        for state in CIRCUIT_STATES:
            self.circuit_state.labels(state).set(state == current)

    def set_lanes(self, counts: dict[LaneState, int]) -> None:
        """Show how many lanes are in each state; a state that is left out has none."""
        for state in LANE_STATES:
            self.lanes.labels(state).set(counts.get(state, 0))

    def set_lag(self, topic: str, partition: int, records: int, seconds: float) -> None:
        """Show the lag of an assigned partition. A clock that runs ahead of ours counts as no lag, not as a negative one."""
        self.lag_records.labels(topic, str(partition)).set(max(0, records))
        self.lag_seconds.labels(topic, str(partition)).set(max(0.0, seconds))

    def drop_lag(self, topic: str, partition: int) -> None:
        """Forget a revoked partition: its last value would stand for ever, and its new owner reports it."""
        for gauge in (self.lag_records, self.lag_seconds):
            gauge.remove(topic, str(partition))

    def add_other_language(self, language: str) -> None:
        """Count an article that is not in English. A code that a sender made up must not make a series: two ASCII letters, or ``other``."""
        known = len(language) == 2 and language.isascii() and language.isalpha()
        self.articles_other_language.labels(language if known else "other").inc()

    def add_stages(self, seconds: dict[str, float]) -> None:
        """Add what one batch spent in each stage of the analysis, as its process reports it."""
        for stage, spent in seconds.items():
            self.stage_seconds.labels(stage).inc(spent)

    def set_build(self, version: str, model: str, knowledge: str) -> None:
        """Say what is running; alarms join on it to tell a bad deploy."""
        self.build_info.info({"version": version, "model": model, "knowledge": knowledge})
        self.knowledge_info.info({"version": knowledge})

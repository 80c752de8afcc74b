"""What the catalogues of worker and monitor have in common."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.metrics import MetricWrapperBase


class Catalogue:
    """Metrics on a registry of their own, so that tests see nothing of each other. One instance a process.

    The client library's own ``process_*`` are there, too: the start time tells of a process that keeps dying, which no counter
    of that process can.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        ProcessCollector(registry=self.registry)
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a series with the birth of each counter, which nobody asks for

    def catalogue(self) -> list[MetricWrapperBase]:
        """Every metric, in the order in which they were made."""
        return [value for value in vars(self).values() if isinstance(value, MetricWrapperBase)]

    def _counter(self, name: str, text: str, labels: Iterable[str] = ()) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, labels: Iterable[str] = ()) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, text, buckets=buckets, registry=self.registry)

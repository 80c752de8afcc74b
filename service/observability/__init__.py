"""Metrics, logs, traces and health. A leaf: analysis, knowledge and messages never import it."""

from service.observability.health import Health, HealthServer
from service.observability.logs import configure_logs, log_context
from service.observability.metrics import Metrics

__all__ = ["Health", "HealthServer", "Metrics", "configure_logs", "log_context"]

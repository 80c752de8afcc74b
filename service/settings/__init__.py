"""One typed tree of settings, from ``config/default.yaml``, a file of the operator and ``HARBINGER_`` variables.

A leaf: analysis, knowledge and messages never import it.
"""

from service.settings.errors import Problem, SettingsError
from service.settings.load import Loaded, load, load_settings
from service.settings.monitor import AlertmanagerSink, Monitor, Sinks, SlackSink, WebhookSink
from service.settings.root import Settings
from service.settings.show import as_yaml
from service.settings.tree import (
    Analysis,
    Circuit,
    Http,
    Kafka,
    Log,
    OAuth,
    Retry,
    Sasl,
    Security,
    TopicRole,
    Topics,
    Tracing,
    Worker,
)

__all__ = [
    "AlertmanagerSink",
    "Analysis",
    "Circuit",
    "Http",
    "Kafka",
    "Loaded",
    "Log",
    "Monitor",
    "OAuth",
    "Problem",
    "Retry",
    "Sasl",
    "Security",
    "Settings",
    "SettingsError",
    "Sinks",
    "SlackSink",
    "TopicRole",
    "Topics",
    "Tracing",
    "WebhookSink",
    "Worker",
    "as_yaml",
    "load",
    "load_settings",
]

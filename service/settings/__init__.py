"""One typed tree of settings, from ``config/default.yaml``, a file of the operator and ``HARBINGER_`` variables.

A leaf: analysis, knowledge and messages never import it.
"""

from service.settings.errors import Problem, SettingsError
from service.settings.load import Loaded, load, load_settings
from service.settings.show import as_yaml
from service.settings.tree import (
    Circuit,
    Http,
    Kafka,
    Log,
    OAuth,
    Retry,
    Sasl,
    Security,
    Settings,
    TopicRole,
    Topics,
    Tracing,
    Worker,
)

__all__ = [
    "Circuit",
    "Http",
    "Kafka",
    "Loaded",
    "Log",
    "OAuth",
    "Problem",
    "Retry",
    "Sasl",
    "Security",
    "Settings",
    "SettingsError",
    "TopicRole",
    "Topics",
    "Tracing",
    "Worker",
    "as_yaml",
    "load",
    "load_settings",
]

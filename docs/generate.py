"""Write the pages that are made from the code: configuration.md and metrics.md. A test holds them current."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from prometheus_client.metrics import MetricWrapperBase

from docs.values_schema import values_schema
from service.observability.metrics import Metrics
from service.observability.monitor_metrics import MonitorMetrics
from service.paths import config_dir
from service.settings import Settings
from service.settings.load import fields, is_secret
from service.settings.sources import ENV_PREFIX, NESTING, read_yaml

HERE = Path(__file__).resolve().parent
_NOTICE = "<!-- Made by `make docs`. Edit {source}, not this page. -->\n"

_CONFIGURATION = """# Configuration

Settings come from four places; a later one wins:

1. `config/default.yaml`, which is part of the package;
2. a YAML file of yours: `harbinger --config FILE worker`, or the variable `HARBINGER_CONFIG`;
3. environment variables: `kafka.group_id` is `HARBINGER_KAFKA__GROUP_ID`, with two underscores between the parts.
   An empty variable counts as not set. A value that starts with `{` is read as JSON.
4. options of the command line, where a command has one.

A key that does not exist, in a file or in the environment, is an error; so is a value out of range, and so are values that
do not fit each other. The message names the key, the value (secrets are masked), the rule and the place:

```console
$ HARBINGER_KAFKA__BOOTSTAP=kafka:9092 harbinger worker
harbinger: configuration:
  kafka.bootstap = "kafka:9092": unknown key; did you mean HARBINGER_KAFKA__BOOTSTRAP_SERVERS? [environment variable HARBINGER_KAFKA__BOOTSTAP]
```

Variables that Kubernetes makes for a Service called `harbinger...` (`HARBINGER_PORT_8080_TCP_ADDR`) are left alone.

`harbinger config` prints the settings in force; `harbinger config --sources` adds where each one came from.

Any setting can lie in a file of its own: `kafka.security.sasl.password_file` (or `HARBINGER_KAFKA__SECURITY__SASL__PASSWORD_FILE`)
names one, and its content, without line ends at its end, is the password. That is how secrets that are mounted into a container are
taken; they are read once, at the start.

A default of *follows* is worked out from other settings; *none* means absent. `null` in a file brings either back.
"""

_METRICS = """# Metrics

`GET /metrics` has these, in Prometheus' text format or OpenMetrics, whichever is asked for. Durations are in seconds, sizes in bytes.
Beside them are prometheus-client's `process_*` (start, processor time, memory, files), without the analysis processes.
What to make of them: [observability.md](observability.md).
"""

_METRICS_SECTION = """
## {title}

{text}

| metric | type | labels | meaning |
|---|---|---|---|
"""

_WORKER = "The analysis processes hand their counts to the parent, which alone exports."
_MONITOR = (
    "The index is exported for the highest pairs only, so that the number of series is bounded; `GET /pairs` has all."
)

_WORKER_INFO = {"harbinger_build": "`version`, `model`, `knowledge`", "harbinger_knowledge": "`version`"}
_MONITOR_INFO = {"harbinger_build": "`version`"}
"""prometheus-client keeps the labels of an info metric with its values, which these instances do not have yet."""


def configuration_page() -> str:
    """docs/configuration.md: one table a section, one row a setting."""
    schema = Settings.model_json_schema()
    defaults = {path: value.value for path, value in read_yaml(config_dir() / "default.yaml").items()}
    lines = [_NOTICE.format(source="service/settings/tree.py and config/default.yaml"), _CONFIGURATION]
    section: tuple[str, ...] = ()
    for path, field in fields():
        if path[:-1] != section:
            section = path[:-1]
            about = _prose(_walk(schema, section).get("description", ""))
            lines += [
                f"\n## `{'.'.join(section)}`\n",
                f"{about}\n",
                "| setting | default | rule | meaning |",
                "|---|---|---|---|",
            ]
        absent = "*follows*" if field.default_factory else "*none*"
        default = f"`{_plain(defaults[path])}`" if path in defaults else absent
        if path == ("topics", "config"):
            default = "see the file"
        rule = "secret" if is_secret(path) else _rule(_walk(schema, path))
        name = f"`{path[-1]}`<br><sub>`{ENV_PREFIX}{NESTING.join(path).upper()}`</sub>"
        meaning = _prose(field.description or "")
        lines.append(f"| {name} | {default} | {rule} | {meaning} |")
    return "\n".join(lines) + "\n"


def _walk(schema: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """The JSON Schema of one setting or section; what is said at the reference wins over what is said at its target."""
    node = schema
    for part in path:
        node = node["properties"][part]
        if "$ref" in node:
            node = {**schema["$defs"][node["$ref"].rsplit("/", 1)[1]], **node}
    return node


def _rule(node: dict[str, Any]) -> str:
    """Type and range, in words."""
    for choice in node.get("anyOf", []):
        if choice.get("type") != "null":
            return _rule(choice)
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    low = node.get("minimum", node.get("exclusiveMinimum"))
    high = node.get("maximum")
    bounds = []
    if low is not None:
        bounds.append(f"{'above' if 'exclusiveMinimum' in node else 'from'} {low:,}")
    if high is not None:
        bounds.append(f"to {high:,}")
    kind = {"object": "mapping", "string": "text", "path": "path", "boolean": "true or false"}.get(
        node["type"], node["type"]
    )
    return " ".join([kind, *bounds])


def _prose(docstring: str) -> str:
    """A docstring as one line of Markdown."""
    return " ".join(docstring.split()).replace("``", "`")


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def metrics_page() -> str:
    """docs/metrics.md: one row a metric."""
    return (
        _NOTICE.format(source="service/observability/metrics.py and monitor_metrics.py")
        + "\n"
        + _METRICS
        + _METRICS_SECTION.format(title="harbinger worker", text=_WORKER)
        + "\n".join(_metric_rows(Metrics().catalogue(), _WORKER_INFO))
        + "\n"
        + _METRICS_SECTION.format(title="harbinger monitor", text=_MONITOR)
        + "\n".join(_metric_rows(MonitorMetrics().catalogue(), _MONITOR_INFO))
        + "\n"
    )


def _metric_rows(catalogue: Sequence[MetricWrapperBase], info_labels: Mapping[str, str]) -> Iterator[str]:
    for metric in catalogue:
        description = next(iter(metric.describe()))
        suffix = {"counter": "_total", "info": "_info"}.get(description.type, "")
        labels = ", ".join(f"`{label}`" for label in metric._labelnames) or ""
        if description.type == "info":
            labels = info_labels[description.name]
        yield f"| `{description.name}{suffix}` | {description.type} | {labels} | {description.documentation} |"


PAGES = {
    "configuration.md": configuration_page,
    "metrics.md": metrics_page,
    "../helm/harbinger/values.schema.json": values_schema,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
        print(f"docs: wrote {HERE / name}", file=sys.stderr)

"""Structured logs on standard error: JSON for machines, colours for people, and the libraries' own lines in the same form.

Standard output is left to what a command is asked for.
"""

import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

SECRET_KEYS = ("password", "secret", "token", "authorization", "credential")
"""A field whose name holds one of these is masked, should somebody ever log one."""
NORMAL_REBALANCE = "because it is rebalancing"
"""Part of aiokafka's warnings and errors about heartbeats in a rebalance, which is no fault."""

REPEAT_AFTER_S = 5.0
"""Seconds: with eight lanes, aiokafka says some 150 times a second that a broker cannot be reached."""
MAX_REMEMBERED = 1000
"""Messages that are remembered; a library that puts its arguments into the text must not fill the memory."""

_traceback = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
"""No local variables in tracebacks, here or on the console: they hold articles, and passwords."""


def configure_logs(
    format: Literal["json", "console"] = "json",
    level: Literal["debug", "info", "warning", "error"] = "info",
    stream: TextIO | None = None,
) -> None:
    """Route structlog and the standard library's logging through one list of processors. May be called again.

    Args:
        format: ``json``, one object a line, or ``console``.
        level: least level of our own lines; the libraries' start at warning unless it is ``debug``.
        stream: standard error when None.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_secrets,
    ]
    out = stream if stream is not None else sys.stderr
    last: list[Processor] = (
        [structlog.processors.ExceptionRenderer(_traceback), structlog.processors.JSONRenderer(ensure_ascii=True)]
        if format == "json"
        else [structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # so that a second call, and a test's capture, take effect
    )
    handler = logging.StreamHandler(out)
    handler.addFilter(is_news)
    handler.addFilter(Repetitions())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    threshold = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(threshold if level == "debug" else max(threshold, logging.WARNING))
    logging.getLogger("service").setLevel(threshold)
    logging.captureWarnings(True)


@contextmanager
def log_context(
    topic: str | None = None,
    partition: int | None = None,
    offset: int | None = None,
    article_id: str | None = None,
) -> Iterator[None]:
    """Give every line written inside, in this task and those it starts, the position it is about."""
    fields: Mapping[str, Any] = {"topic": topic, "partition": partition, "offset": offset, "article_id": article_id}
    with structlog.contextvars.bound_contextvars(**{key: value for key, value in fields.items() if value is not None}):
        yield


def mask_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Last line of defence: mask fields that are named like secrets, nested ones too."""
    return _masked(event)


def _masked(fields: MutableMapping[str, Any]) -> dict[str, Any]:
    return {
        key: "**********"
        if any(word in str(key).lower() for word in SECRET_KEYS)
        else _masked(value)
        if isinstance(value, dict)
        else value
        for key, value in fields.items()
    }


class Repetitions(logging.Filter):
    """Lets a library say the same thing once in :data:`REPEAT_AFTER_S` seconds: a dead broker is worth a line, and no more.

    The same thing is the same message before its arguments are filled in, at the same level. Our own lines always pass.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._latest: dict[tuple[str, int, object], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if record.name.startswith("service") or record.levelno < logging.WARNING:
            return True
        key = (record.name, record.levelno, record.msg)
        now = self._clock()
        if now - self._latest.get(key, -REPEAT_AFTER_S) < REPEAT_AFTER_S:
            return False
        if len(self._latest) >= MAX_REMEMBERED:
            self._latest.clear()
        self._latest[key] = now
        return True


def is_news(record: logging.LogRecord) -> bool:
    """False for aiokafka's lines about heartbeats during a rebalance, which it logs as warnings and which are no fault."""
    return NORMAL_REBALANCE not in record.getMessage()

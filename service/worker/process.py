"""What runs in an analysis process: bytes of an article in, bytes of an enriched article, or a reason, out.

The event loop of the worker never parses an article: a body of a million code points would hold up its heartbeats. The
child decodes, validates, analyses and encodes, and answers each article before it takes the next, so that the parent
always knows which article a child that died or hangs was at.
"""

import os
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from service.knowledge.errors import SetError
from service.knowledge.overrides import NO_OVERRIDES, Overrides
from service.messages.errors import ArticleError, LanguageError, qualified_name

if TYPE_CHECKING:
    from service.analysis.pipeline import Analysis, OtherLanguages
    from service.messages.article import Article


@dataclass(frozen=True, slots=True)
class Task:
    """One record of the articles topic; with an empty ``topic`` an article that came from elsewhere (a file)."""

    topic: str
    partition: int
    offset: int
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Enriched:
    """The article went through. ``seconds`` are wall-clock seconds by stage of the work (decode, analyse, encode);
    ``other_language`` is the language of an article that passed unread, for it is not in English."""

    article_id: str
    value: bytes
    seconds: Mapping[str, float] = field(default_factory=dict)
    other_language: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The article cannot be enriched: a dead letter's stage, exception (fully qualified class name) and message;
    ``other_language`` is the language of an article that was refused because it is not in English."""

    stage: str
    exception: str
    message: str
    seconds: Mapping[str, float] = field(default_factory=dict)
    other_language: str | None = None


Outcome = Enriched | Rejected


@dataclass(frozen=True, slots=True)
class Ready:
    """A child's first word: the model and the knowledge that it works with."""

    model: str
    knowledge: str


@dataclass(frozen=True, slots=True)
class CannotStart:
    """A child's first word when its analysis does not load (a broken lexicon, missing weights).

    ``file`` and ``place`` (a line, or rule and field) are of a set of knowledge and lexicon that cannot be used, else empty."""

    reason: str
    file: str = ""
    place: str = ""


def serve(
    connection: Connection,
    config_dir: Path,
    overrides: Overrides = NO_OVERRIDES,
    other_languages: "OtherLanguages" = "pass",
) -> None:
    """Work off tasks from ``connection`` until the parent closes it or dies.

    A process has one set of knowledge and lexicon for all its life: where that changes, another process takes its place.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C and SIGTERM go to the whole process group;
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the parent drains first and then closes the pipe.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        from service.analysis.proofs import load_proved

        analysis = load_proved(config_dir, overrides, other_languages)
    except SetError as error:
        connection.send(CannotStart(error.reason, str(error.file), error.place))
        return
    except Exception as error:
        connection.send(CannotStart(f"{qualified_name(error)}: {error}"))
        return
    connection.send(Ready(analysis.model, analysis.knowledge_digest))
    tasks: SimpleQueue[Task | None] = SimpleQueue()
    threading.Thread(target=_read, args=(connection, tasks), daemon=True).start()
    while (task := tasks.get()) is not None:
        outcome = enrich(analysis, task)
        try:
            connection.send(outcome)
        except BrokenPipeError:
            return


def _read(connection: Connection, tasks: "SimpleQueue[Task | None]") -> None:
    """Read ahead of the work: if both sides wrote at once into full pipes, each would wait for the other for ever."""
    try:
        while True:
            tasks.put(connection.recv())
    except (EOFError, OSError):
        tasks.put(None)


def enrich(analysis: "Analysis", task: Task) -> Outcome:
    """Decode, validate, analyse and encode one article. Never raises: whatever goes wrong is the dead letter's reason."""
    from service.messages.codec import encode, read_article
    from service.messages.enriched import InputPosition

    watch = _Watch()
    stage = "decode"
    try:
        article: Article = read_article(task.value)
        watch.lap("decode")
        stage = "analyse"
        enriched = analysis.analyse(
            article,
            enriched_at=rfc3339_now(),
            position=InputPosition(topic=task.topic, partition=task.partition, offset=task.offset)
            if task.topic
            else None,
        )
        watch.lap("analyse")
        stage = "encode"
        value = encode(enriched)
        watch.lap("encode")
    except ArticleError as error:
        language = error.language if isinstance(error, LanguageError) else None
        return Rejected(error.stage, qualified_name(error), str(error), watch.seconds, language)
    except Exception as error:  # a fault of ours, or of a library, on this one article
        return Rejected(stage, qualified_name(error), f"{error}"[:2000], watch.seconds)
    return Enriched(article.id, value, watch.seconds, enriched.unread.language if enriched.unread is not None else None)


def rfc3339_now() -> str:
    """The time in UTC to the millisecond, as messages and headers carry it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Watch:
    """Wall-clock seconds between laps."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] = now - self._last
        self._last = now


def _end_with_parent() -> None:
    """A parent that was killed cannot close the pipe while an article is being analysed: end without it, at once."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

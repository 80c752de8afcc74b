"""``harbinger enrich``: articles from a file or a pipe, without a broker.

The same code as the worker's runs on each line, so that what comes out here is what the topic would carry, except that
``provenance.input`` is null.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, ClassVar

from service.commands.overrides import overrides_of
from service.errors import HarbingerError
from service.paths import config_dir
from service.settings import Settings
from service.worker.errors import FatalError
from service.worker.pool import Job, Pool
from service.worker.process import Enriched, Outcome, Rejected, Task, enrich, serve

AHEAD_PER_PROCESS = 8
"""Articles that are read ahead for each process: enough that none waits, few enough that memory does not matter."""

SIGPIPE_STATUS = 141
"""Exit status when the reader of our output went away, as a shell reports it (128 + 13)."""


class InputError(HarbingerError):
    """The input cannot be opened."""

    exit_status: ClassVar[int] = 2


Numbered = tuple[int, bytes]
"""A line and its number, from 1."""

Deliver = Callable[[int, Outcome], int]
"""Takes the number of a line and what became of it, and says which exit status that makes."""

_Read = Numbered | InputError | None
"""What comes from the thread that reads: a line, what went wrong, or the end."""


@dataclass(frozen=True, slots=True)
class TextArticle:
    """What a plain text does not say about itself; ``id`` absent: the SHA-256 sum of the text."""

    published_at: str
    title: str = ""
    id: str | None = None
    source: str | None = None


def run(
    settings: Settings,
    file: str = "-",
    text: TextArticle | None = None,
    *,
    pretty: bool = False,
    processes: int = 1,
) -> int:
    """Enrich everything in ``file`` (``-``: standard input) to standard output, in order.

    Returns 0, or 1 when a line was invalid (each is a JSON object ``{"line", "reason"}`` on standard error), after all
    lines were handled; 141 when the reader of standard output went away.

    Raises:
        InputError: the file cannot be opened.
        FatalError: the analysis does not load.
    """
    with opened(file) as stream:
        lines = text_line(stream.read(), text) if text else numbered_lines(stream)
        deliver = partial(_deliver, write=_write_pretty if pretty else _write_json)
        try:
            return enrich_lines(settings, lines, deliver, processes)
        except BrokenPipeError:
            return reader_is_gone()


def enrich_lines(settings: Settings, lines: Iterator[Numbered], deliver: Deliver, processes: int = 1) -> int:
    """Enrich each line and deliver what became of it, in order; the exit statuses that ``deliver`` gave, laid over each other (or).

    With several processes ``lines`` are drawn on a thread of their own.

    Raises:
        InputError: reading fails.
        FatalError: the analysis does not load.
    """
    if processes == 1:
        return _alone(settings, lines, deliver)
    return asyncio.run(_in_pool(settings, lines, deliver, processes))


def reader_is_gone() -> int:
    """What to do when standard output is closed: what is still in Python's buffer must go nowhere, or it fails once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return SIGPIPE_STATUS


def numbered_lines(stream: BinaryIO) -> Iterator[Numbered]:
    """The lines of a JSONL stream that are not blank. Lines end with ``\\n`` alone: U+2028 may stand inside JSON.

    Raises:
        InputError: reading fails (a disk, a network file system).
    """
    try:
        yield from ((number, line) for number, line in enumerate(stream, start=1) if line.strip())
    except OSError as error:
        raise InputError(f"cannot read on: {error.strerror}") from None


def text_line(content: bytes, about: TextArticle) -> Iterator[Numbered]:
    """A plain text as the one line of JSONL that it amounts to. Text that is not UTF-8 passes as it is, to be refused."""
    try:
        body = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return iter([(1, content)])
    article = {
        "id": about.id if about.id is not None else "sha256:" + hashlib.sha256(content).hexdigest(),
        "title": about.title,
        "body": body,
        "published_at": about.published_at,
        "source": about.source,
    }
    return iter([(1, json.dumps(article).encode())])


@contextlib.contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """The file, or standard input for ``-``.

    Raises:
        InputError: it cannot be opened.
    """
    if file == "-":
        yield open(0, "rb", closefd=False)  # noqa: SIM115  never closed: a thread may be waiting in it at the end
        return
    try:
        stream = open(file, "rb")  # noqa: SIM115  closed below; an error while reading is not an error of opening
    except OSError as error:
        raise InputError(f"cannot open {file}: {error.strerror}") from None
    with stream:
        yield stream


def _alone(settings: Settings, lines: Iterator[Numbered], deliver: Deliver) -> int:
    """In this process: nothing to start but the model."""
    from service.analysis.proofs import load_proved

    try:
        analysis = load_proved(config_dir(), overrides_of(settings), settings.analysis.other_languages)
    except Exception as error:
        raise FatalError(f"the analysis cannot start: {error}") from error
    status = 0
    for number, line in lines:
        status |= deliver(number, enrich(analysis, _task(number, line)))
    return status


async def _in_pool(settings: Settings, lines: Iterator[Numbered], deliver: Deliver, processes: int) -> int:
    """In processes of their own; an article that kills or blocks its process is an invalid line."""
    ahead = processes * AHEAD_PER_PROCESS
    limit_s = settings.worker.article_time_limit_s
    arguments = [config_dir(), overrides_of(settings), settings.analysis.other_languages]
    pool = Pool(processes, target=serve, arguments=arguments, time_limit_s=limit_s)
    read: asyncio.Queue[_Read] = asyncio.Queue(maxsize=1)
    pending: deque[tuple[int, Job]] = deque()
    status = 0
    try:
        await pool.start()
        broken = asyncio.create_task(pool.watch())
        _read_on_thread(lines, read)
        line: asyncio.Task[_Read] | None = asyncio.create_task(read.get())
        while line or pending:
            waited: set[asyncio.Future[Any]] = {broken}
            if line and len(pending) < ahead:
                waited.add(line)
            if pending:
                waited.add(pending[0][1].future)
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if broken.done():
                broken.result()
            if line and line.done():
                numbered = line.result()
                if isinstance(numbered, InputError):
                    raise numbered
                line = asyncio.create_task(read.get()) if numbered else None
                if numbered:
                    pending.append((numbered[0], pool.submit(_task(*numbered))))
            while pending and pending[0][1].future.done():
                number, job = pending.popleft()
                status |= deliver(number, job.future.result())
    finally:
        await pool.stop()
    return status


def _read_on_thread(lines: Iterator[Numbered], read: "asyncio.Queue[_Read]") -> None:
    """Move lines, and None after the last, to the queue. A pipe may stay silent for ever: the thread dies with the process."""
    loop = asyncio.get_running_loop()

    def put(item: _Read) -> None:
        asyncio.run_coroutine_threadsafe(read.put(item), loop).result()

    def work() -> None:
        # once the loop has ended, nobody wants the lines any more
        with contextlib.suppress(RuntimeError, ValueError, CancelledError):
            try:
                for line in lines:
                    put(line)
                put(None)
            except InputError as error:
                put(error)

    threading.Thread(target=work, name="lines", daemon=True).start()


def _task(number: int, line: bytes) -> Task:
    return Task(topic="", partition=0, offset=number, value=line)


def _deliver(number: int, outcome: Outcome, write: Callable[[Enriched], None]) -> int:
    if isinstance(outcome, Rejected):
        print(json.dumps({"line": number, "reason": outcome.message}), file=sys.stderr, flush=True)
        return 1
    write(outcome)
    return 0


def _write_json(outcome: Enriched) -> None:
    sys.stdout.buffer.write(outcome.value + b"\n")
    sys.stdout.buffer.flush()


def _write_pretty(outcome: Enriched) -> None:
    from service.commands.render import console_for_any_text, read_enriched, render_article

    console_for_any_text().print(render_article(read_enriched(outcome.value)))
    sys.stdout.flush()

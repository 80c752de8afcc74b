"""Knowledge and lexicon are taken up anew when their overrides change, without a restart and without a pause.

The folders are looked at again and again and compared by content. That works on every mount: kubelet exchanges a ConfigMap by
a link, editors write beside and rename, network file systems report nothing (docs/decisions/0008).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from service.knowledge.errors import SetError
from service.knowledge.overrides import Overrides, read_overrides
from service.observability.metrics import Metrics
from service.settings import Analysis
from service.worker.errors import NotRenewedError
from service.worker.pool import Pool
from service.worker.process import Ready

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why what lies on disk cannot be used: the file, the line or rule there, the reason."""

    file: str
    place: str
    reason: str


Look = Overrides | Refusal
"""What a look at the folders shows."""


class KnowledgeReload:
    """Renews the pool when the overrides have changed; what cannot be used is refused once, and the old set stays.

    Args:
        settings: names the folders and how often they are looked at.
        pool: whose processes load the set.
        overrides: what the pool was started with.
        arguments: what an analysis process is started with, for these overrides.
        metrics: where it shows.
        on_loaded: takes the first word of a process with the new set.
    """

    def __init__(
        self,
        settings: Analysis,
        pool: Pool,
        overrides: Overrides,
        arguments: Callable[[Overrides], Sequence[Any]],
        metrics: Metrics,
        on_loaded: Callable[[Ready], None],
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._in_use = overrides
        self._arguments = arguments
        self._metrics = metrics
        self._on_loaded = on_loaded

    async def run(self) -> None:
        """Look for ever. A change counts when two looks in a row show the same: it may be written file by file.

        Raises:
            FatalError: the pool cannot go on.
        """
        latest: Look = self._in_use
        judged: Look = self._in_use
        while True:
            await asyncio.sleep(self._settings.reload_interval_s)
            before, latest = latest, await asyncio.to_thread(look, self._settings)
            if latest == before and latest != judged:
                judged = latest
                await self._judge(latest)

    async def _judge(self, seen: Look) -> None:
        if isinstance(seen, Refusal):
            self._refuse(seen)
        elif seen == self._in_use:
            self._show_refused(False)
            log.info("knowledge_restored")  # what was refused is gone, and what is in use lies there again
        else:
            try:
                ready = await self._pool.renew(self._arguments(seen))
            except NotRenewedError as error:
                self._refuse(Refusal(error.file, error.place, error.reason))
                return
            self._in_use = seen
            self._metrics.knowledge_reloads.labels("loaded").inc()
            self._show_refused(False)
            self._on_loaded(ready)
            log.info("knowledge_loaded", knowledge=ready.knowledge, files=[*seen.knowledge, *seen.lexicon])

    def _refuse(self, refusal: Refusal) -> None:
        self._metrics.knowledge_reloads.labels("refused").inc()
        self._show_refused(True)
        log.error("knowledge_refused", file=refusal.file, place=refusal.place, reason=refusal.reason)

    def _show_refused(self, refused: bool) -> None:
        self._metrics.knowledge_refused.set(refused)


def look(settings: Analysis) -> Look:
    """What the folders hold now."""
    try:
        return read_overrides(settings.knowledge_overrides, settings.lexicon_overrides)
    except SetError as error:
        return Refusal(str(error.file), error.place, error.reason)

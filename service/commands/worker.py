"""``harbinger worker``: run one member of the consumer group until SIGTERM."""

import asyncio

import structlog

from service.errors import HarbingerError
from service.paths import config_dir
from service.settings import Settings
from service.worker.worker import Worker

log = structlog.get_logger(__name__)


def run(settings: Settings) -> int:
    """Run the worker; 0 when it was told to end.

    Raises:
        FatalError: what ended it otherwise.
    """
    try:
        asyncio.run(_run(settings))
    except HarbingerError as error:
        log.error("worker_failed", reason=str(error))
        raise
    return 0


async def _run(settings: Settings) -> None:
    await Worker(settings, config_dir()).run()

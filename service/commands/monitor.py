"""``harbinger monitor``: watch country pairs until SIGTERM."""

import uvloop

from service.monitor.monitor import Monitor
from service.paths import config_dir
from service.settings import Settings


def run(settings: Settings) -> int:
    """Run the monitor; 0 when it was told to end.

    Raises:
        HarbingerError: what ended it otherwise.
    """
    uvloop.install()  # for Faust's consumer thread, too
    uvloop.run(_run(settings))
    return 0


async def _run(settings: Settings) -> None:
    await Monitor(settings, config_dir()).run()

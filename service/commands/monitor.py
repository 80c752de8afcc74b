"""``harbinger monitor``: watch country pairs until SIGTERM."""

import os
import sys
import threading
from typing import Final

import uvloop

from service.monitor.monitor import Monitor
from service.paths import config_dir
from service.settings import Settings

LEAVE_WITHIN_S: Final = 3.0
"""Seconds after the monitor's end in which the process ends, too, whatever its threads still wait for."""

SWITCH_INTERVAL_S: Final = 0.0005
"""Seconds after which a thread that wants the interpreter gets it. With Python's 5 ms, each write to a socket in one of Faust's two
threads waits as long for the other one."""


def run(settings: Settings) -> int:
    """Run the monitor; 0 when it was told to end. The process ends soon after, by itself or not.

    Raises:
        HarbingerError: what ended it otherwise.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    uvloop.install()  # for Faust's consumer thread, too
    uvloop.run(_run(settings))
    return 0


async def _run(settings: Settings) -> None:
    status = 1
    try:
        await Monitor(settings, config_dir()).run()
        status = 0
    finally:
        _leave(status)


def _leave(status: int) -> None:
    """End the process: with a broker that is away, threads of Faust can wait for ever, and a process with it."""
    leaving = threading.Timer(LEAVE_WITHIN_S, os._exit, [status])
    leaving.daemon = True
    leaving.start()

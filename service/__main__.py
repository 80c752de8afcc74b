"""The command ``harbinger``, and ``python -m service`` where no script is installed."""

import os
import signal
import sys

UNTIL_SIGTERM = frozenset({"worker", "monitor"})
"""Commands whose ordinary end is SIGTERM."""


def main() -> None:
    """Make SIGTERM end the long-running commands from here on, with status 0, and only then import all the rest.

    As process 1 of a container Python ignores SIGTERM until a handler stands: a pod that is deleted while the imports
    run, for seconds on a busy machine, would go on and be killed at the end of its grace period. Nothing is under way
    yet, so the process ends on the spot; a SystemExit could get lost in a callback of the import system.
    """
    if UNTIL_SIGTERM.intersection(sys.argv[1:]):
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    from service.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()

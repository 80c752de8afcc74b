"""The base of every error that a person sees as one line instead of a traceback. A leaf."""

from typing import ClassVar


class HarbingerError(Exception):
    """A fault that is named and understood. The command line prints its text and ends with ``exit_status``."""

    exit_status: ClassVar[int] = 1

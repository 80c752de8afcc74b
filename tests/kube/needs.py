"""What tests ask for a tool: the program, or the reason why the test is skipped (with ``CI=true``: fails)."""

from pathlib import Path

from tests.kube.cache import FetchError
from tests.kube.tools import tool
from tests.support.requirements import lacks


def needs(name: str) -> Path:
    """The tool's program. Skips or fails the test where it cannot be had."""
    try:
        return tool(name)
    except FetchError as error:
        lacks(f"{name}: {error}")

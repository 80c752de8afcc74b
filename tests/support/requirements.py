"""Tests that need something of the machine skip where it lacks it, and fail where nothing may be left out."""

import os
from typing import NoReturn

import pytest


def lacks(reason: str) -> NoReturn:
    """Skip the test, or with ``CI=true`` fail it: a pipeline that skips quietly proves nothing."""
    if os.environ.get("CI", "").lower() in {"true", "1"}:
        pytest.fail(f"CI must have it: {reason}", pytrace=False)
    pytest.skip(reason)

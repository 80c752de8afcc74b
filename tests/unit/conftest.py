"""What unit tests share."""

import logging
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture
def logging_restored() -> Iterator[None]:
    """Undo what ``configure_logs`` does to the process, so that no test writes into another one's stream."""
    root = logging.getLogger()
    handlers, level, service_level = root.handlers[:], root.level, logging.getLogger("service").level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("service").setLevel(service_level)
    logging.captureWarnings(False)
    structlog.reset_defaults()

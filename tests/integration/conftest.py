"""A real broker for the integration tests, and names of topics that no other test uses."""

import uuid

import pytest

from tests.support.broker import kafka as kafka


@pytest.fixture
def topics() -> str:
    """A prefix for topics, groups and transactional ids that is this test's alone."""
    return f"test-{uuid.uuid4().hex[:12]}"

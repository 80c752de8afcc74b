"""The image, built before the first test that needs it, and a broker for what runs from it."""

from pathlib import Path

import pytest

from tests.image.build import image as build
from tests.image.engine import Engine, find_engine
from tests.kube.cache import FetchError
from tests.support.broker import kafka as kafka
from tests.support.requirements import lacks

BUILD_LIMIT_S = 1800
"""Seconds a test: the first one waits for the image."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of this folder their own limit, which a limit of a test's own still replaces."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(BUILD_LIMIT_S))


@pytest.fixture(scope="session")
def engine() -> Engine:
    """podman or docker."""
    try:
        return find_engine()
    except FetchError as error:
        lacks(str(error))


@pytest.fixture(scope="session")
def image(engine: Engine, request: pytest.FixtureRequest) -> str:
    """Its name. The steps of building it are shown, since the first time takes minutes."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled():
            print()
            return build()
    except FetchError as error:
        lacks(str(error))

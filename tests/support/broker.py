"""The fixture of a real broker. A folder of tests has it when its conftest.py imports it."""

import os
from collections.abc import Iterator

import pytest

from service.broker import Broker, RequirementMissingError
from tests.support.requirements import lacks


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """Bootstrap servers: ``KAFKA_BOOTSTRAP_SERVERS`` when that is set, else of a broker started for this process.

    Parallel test processes have one each: sharing would need somebody to know which of them is the last.
    ``KAFKA_VERSION`` chooses the release, for the compatibility run.
    """
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if given:
        yield given
        return
    broker = Broker(os.environ.get("KAFKA_VERSION") or "4.4.0")
    try:
        broker.start()
    except RequirementMissingError as error:
        lacks(str(error))
    try:
        yield broker.bootstrap_servers
    finally:
        broker.stop()

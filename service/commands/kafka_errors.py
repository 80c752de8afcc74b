"""What Kafka's errors are to somebody at a terminal: one line that says where and what, instead of a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.errors import KafkaError

from service.errors import HarbingerError


class KafkaFailed(HarbingerError):
    """Kafka cannot be reached, denies access, or failed in the middle."""


@contextmanager
def kafka_errors(servers: str) -> Iterator[None]:
    """Give Kafka's errors a name and an address.

    Raises:
        KafkaFailed: for any error of aiokafka's.
    """
    try:
        yield
    except KafkaError as error:
        raise KafkaFailed(f"Kafka at {servers}: {error}") from error

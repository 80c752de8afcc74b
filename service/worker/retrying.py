"""Calls to a broker that may be away for a while."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from aiokafka.errors import KafkaError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential_jitter

from service.settings import Retry
from service.worker.errors import fatal

log = structlog.get_logger(__name__)
T = TypeVar("T")


async def until_answered(
    operation: str, call: Callable[[], Awaitable[T]], retry: Retry, on_retry: Callable[[], None] = lambda: None
) -> T:
    """Call until it works: a broker that is away comes back.

    Args:
        operation: what is done, for the log and for the error.
        call: the call.
        retry: the waits between two tries; they go on for as long as it takes.
        on_retry: is told of every try that failed.

    Raises:
        FatalError: what no retry mends; the message names it.
    """

    def note(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        on_retry()
        log.warning("retrying", operation=operation, reason=repr(error), attempt=state.attempt_number)

    retrying = AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, KafkaError) and not fatal(error, operation)),
        wait=wait_exponential_jitter(initial=retry.initial_s, max=retry.max_s, jitter=retry.initial_s),
        before_sleep=note,
        reraise=True,
    )
    try:
        async for attempt in retrying:
            with attempt:
                return await call()
    except Exception as error:
        raise fatal(error, operation) or error from error
    raise AssertionError("tenacity neither returned nor raised")

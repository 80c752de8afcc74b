"""What ends a worker, as opposed to what it retries."""

from aiokafka import errors

from service.errors import HarbingerError


class WorkerError(HarbingerError):
    """Base of the worker's own errors."""


class FatalError(WorkerError):
    """Something that no retry mends: a wrong password, a missing permission, an analysis that does not load.

    The message says what and where; the process ends with a non-zero exit status.
    """


FATAL_KAFKA_ERRORS = (
    errors.AuthenticationFailedError,
    errors.AuthenticationMethodNotSupported,
    errors.SaslAuthenticationFailed,
    errors.TopicAuthorizationFailedError,
    errors.GroupAuthorizationFailedError,
    errors.ClusterAuthorizationFailedError,
    errors.TransactionalIdAuthorizationFailed,
    errors.UnsupportedVersionError,
    errors.IncompatibleBrokerVersion,
    errors.InvalidTransactionTimeout,
    errors.InvalidSessionTimeoutError,
    errors.InvalidGroupIdError,
    errors.InconsistentGroupProtocolError,
)
"""Answers of the broker that stay the same however often one asks."""


def fatal(error: BaseException, doing: str) -> FatalError | None:
    """The :class:`FatalError` that ``error`` amounts to, or None when it is worth another try."""
    if isinstance(error, FatalError):
        return error
    if isinstance(error, FATAL_KAFKA_ERRORS):
        return FatalError(f"{doing}: {type(error).__name__}: {error}")
    return None

"""What ends a worker, as opposed to what it retries."""

from aiokafka import errors

from service.errors import HarbingerError


class WorkerError(HarbingerError):
    """Base of the worker's own errors."""


class FatalError(WorkerError):
    """Something that no retry mends: a wrong password, a missing permission, an analysis that does not load.

    The message says what and where; the process ends with a non-zero exit status.
    """


class AnalysisCannotStartError(FatalError):
    """An analysis process says that its analysis does not load.

    ``file`` and ``place`` (a line, or rule and field) are of the set of knowledge and lexicon that cannot be used, else empty.
    """

    def __init__(self, reason: str, file: str = "", place: str = "") -> None:
        where = f"{file}, {place}: " if place else f"{file}: " if file else ""
        super().__init__(f"the analysis cannot start: {where}{reason}")
        self.reason, self.file, self.place = reason, file, place


class NotRenewedError(WorkerError):
    """No process starts with the new set of knowledge and lexicon; the pool goes on with the old one."""

    def __init__(self, reason: str, file: str = "", place: str = "") -> None:
        super().__init__(reason)
        self.reason, self.file, self.place = reason, file, place


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

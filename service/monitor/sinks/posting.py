"""One HTTP request to a receiver of alerts, and what its answer means: done, try again, or never."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import aiohttp

from service import __version__

EXCERPT_BYTES: Final = 300
"""Bytes of a refusal that are read: the reason stands at its beginning."""
RETRY_AFTER_MAX_S: Final = 900.0
"""Seconds that a receiver may ask us to wait. Chat services ask for a minute; a day would be a mistake of theirs."""


class UnavailableError(Exception):
    """The receiver may take it later; ``retry_after_s`` is the wait that it asked for, in seconds."""

    def __init__(self, reason: str, retry_after_s: float = 0.0) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class RefusedError(Exception):
    """The receiver will not take it, however often it is asked."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is posted. The address is left out of the representation: it can be a secret."""

    url: str = field(repr=False)
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, the header ``Retry-After``, and the beginning of the body unless all is well."""

    status: int
    retry_after: str | None = None
    excerpt: str = ""


Post = Callable[[Request], Awaitable[Answer]]
"""Sends a request; raises :class:`UnavailableError` when no answer came."""


def judge(answer: Answer, now: datetime, quote: Callable[[str], str]) -> None:
    """Return when the receiver took it. A redirect is a refusal: alerts go where the operator said and nowhere else.

    Args:
        answer: what came back.
        now: wall-clock time, for a ``Retry-After`` that is a date.
        quote: says what of the answer's text may show.

    Raises:
        UnavailableError: status 429 or 5xx.
        RefusedError: any other status outside 2xx.
    """
    if 200 <= answer.status < 300:
        return
    phrase = next((each.phrase for each in HTTPStatus if each == answer.status), "")
    reason = f"{answer.status} {phrase}".strip()
    if said := quote(answer.excerpt):
        reason = f"{reason}: {said}"
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= 500:
        raise UnavailableError(reason, _retry_after_s(answer.retry_after, now))
    raise RefusedError(reason)


def _retry_after_s(value: str | None, now: datetime) -> float:
    """Seconds asked for by ``Retry-After`` (RFC 9110, section 10.2.3: seconds or a date), 0 when it is absent or unreadable."""
    if value is None:
        return 0.0
    try:
        seconds = float(int(value)) if value.strip().isdecimal() else _until(value, now)
    except (ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), RETRY_AFTER_MAX_S)


def _until(date: str, now: datetime) -> float:
    then = parsedate_to_datetime(date)
    return ((then if then.tzinfo else then.replace(tzinfo=UTC)) - now).total_seconds()


class HttpPost:
    """Posts over one aiohttp session, opened at the first use; proxies as the environment names them.

    Args:
        timeout_s: longest wait for one answer, in seconds.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, request: Request) -> Answer:
        """Send, and read as much of the answer as tells what it means.

        Raises:
            UnavailableError: no connection, no answer in time, a broken one. The text names no address beyond what
                the operating system says: aiohttp's own texts can hold the whole URL.
        """
        try:
            async with self._open().post(
                request.url, data=request.body, headers=request.headers, allow_redirects=False
            ) as response:
                well = 200 <= response.status < 300
                excerpt = b"" if well else await response.content.read(EXCERPT_BYTES)
                return Answer(response.status, response.headers.get("Retry-After"), excerpt.decode("utf-8", "replace"))
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            said = getattr(error, "strerror", None)
            raise UnavailableError(f"{type(error).__name__}: {said}" if said else type(error).__name__) from None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": f"harbinger/{__version__}"},
                trust_env=True,
            )
        return self._session

"""Who owns which pairs, and how the members of the group ask each other."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import aiohttp
from aiokafka.partitioner import DefaultPartitioner

from service.monitor.rules import Pair
from service.monitor.wire import pair_name

ANSWER_WITHIN_S: Final = 2.0
"""Seconds that another member may take."""
FORWARDED: Final = "X-Harbinger-Forwarded"
"""Says that a member asks. It gets an answer of this member alone, so that two that take each other for the owner do not
send a request to and fro."""
PASSED_ON: Final = ("Content-Location", "Retry-After")
"""Headers of an owner's answer that belong to ours."""

Distribution = Callable[[], Mapping[str, Collection[int]]]
"""Partitions of the state by the address of the member that owns them, as of the latest assignment."""


@dataclass(frozen=True, slots=True)
class Members:
    """The group as this member sees it."""

    own: str
    """Our address."""
    partitions: int
    """Of pairs."""
    distribution: Distribution

    def partition_of(self, pair: Pair) -> int:
        """Where the pair is kept: the producers' partitioner over its name."""
        every = list(range(self.partitions))
        return int(DefaultPartitioner()(pair_name(pair).encode(), every, every))

    def owner(self, partition: int) -> str | None:
        """Who keeps a partition; None when nobody does just now."""
        return next((member for member, owned in self.distribution().items() if partition in owned), None)

    def owners(self) -> dict[str, set[int]]:
        """Every member that keeps partitions, with these."""
        return {member: set(owned) for member, owned in self.distribution().items() if owned}

    def unowned(self) -> list[int]:
        """Partitions that nobody keeps just now."""
        owned = {partition for partitions in self.owners().values() for partition in partitions}
        return sorted(set(range(self.partitions)) - owned)


def member_address(host: str, port: int) -> str:
    """Where a member's HTTP server is. An IPv6 address, which pods may have, stands in brackets (RFC 3986, section 3.2.2)."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def members_of(app: Any, changelog: str, partitions: int) -> Members:
    """The group of a Faust application, as its assignor hands it to every member with each assignment.

    Args:
        app: the application.
        changelog: topic of the state.
        partitions: of pairs, and so of the state.
    """

    def distribution() -> Mapping[str, Collection[int]]:
        owners = app.assignor.table_metadata(changelog)
        return {str(url): set(topics.get(changelog, ())) for url, topics in owners.items()}

    return Members(str(app.conf.canonical_url), partitions, distribution)  # spelled as the assignor spells it


@dataclass(frozen=True, slots=True)
class Reply:
    """What another member said."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    """Those of ``PASSED_ON`` that it has."""


class UnansweredError(Exception):
    """A member cannot be reached or took too long; the message says what happened."""


Ask = Callable[[str], Awaitable[Reply]]
"""Fetches the address of a view of another member; raises UnansweredError."""


class Peers:
    """Asks other members over HTTP, without a proxy, a redirect or a cookie."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={FORWARDED: "1"},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(self, url: str) -> Reply:
        """What stands at an address of another member.

        Raises:
            UnansweredError: no answer within ``ANSWER_WITHIN_S``.
        """
        assert self._session is not None, "enter the peers first"
        try:
            async with self._session.get(url, allow_redirects=False) as answer:
                body = await answer.read()
                headers = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
                return Reply(answer.status, answer.content_type, body, headers)
        except TimeoutError:
            raise UnansweredError(f"no answer within {ANSWER_WITHIN_S:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise UnansweredError(f"cannot be reached: {error}") from None

"""What is fed: good articles, later versions of them under the same id, and messages that are no articles."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.news import article

WORDS = (20, 45)
"""Shortest and longest body: short, because chaos is about records, not about sentences."""

_AGAIN = 0.22
"""Share of the messages that are a later version of a recent article."""

_RECENT = 200
"""A later version comes within about so many messages, so that versions meet in the same lane, batch or rebalance."""


@dataclass(frozen=True, slots=True)
class Message:
    """One record to be fed. ``version`` counts from 1 within the key; ``good`` says whether it must be enriched."""

    number: int
    key: bytes
    value: bytes | None
    good: bool
    version: int


def messages(seed: int, count: int, malformed_every: int = 100) -> Iterator[Message]:
    """``count`` messages, the same for the same seed; about one in ``malformed_every`` is malformed."""
    chooser = random.Random(f"articles-{seed}")
    versions: dict[str, int] = {}
    recent: list[str] = []
    for number in range(count):
        if chooser.random() < 1 / malformed_every:
            key = f"broken-{number}"
            yield Message(number, key.encode(), _malformed(chooser, key), good=False, version=1)
            continue
        if recent and chooser.random() < _AGAIN:
            identity = chooser.choice(recent)
        else:
            identity = f"article-{number}" if number % 7 else f"статья-{number}-🕊"
            recent = [*recent[1 - _RECENT :], identity]
        version = versions[identity] = versions.get(identity, 0) + 1
        document = article(chooser, identity, chooser.randint(*WORDS))
        document["title"] = titled(document["title"], version)
        value = json.dumps(document, ensure_ascii=number % 3 == 0).encode()
        yield Message(number, identity.encode(), value, good=True, version=version)


def titled(title: str, version: int) -> str:
    """A title that tells the version, so that it can be read off the output."""
    return f"{title} (version {version})"


def version_of(title: str) -> int:
    """The inverse of :func:`titled`."""
    return int(title.rpartition("(version ")[2].rstrip(")"))


def _malformed(chooser: random.Random, identity: str) -> bytes | None:
    """A message that the contract calls invalid, each time of another kind."""
    document: dict[str, object] = dict(article(chooser, identity, 15))
    text = json.dumps(document)
    kinds: list[bytes | None] = [
        None,
        b"",
        b"not JSON at all",
        text[: len(text) // 2].encode(),
        text.encode() + b"}",
        b"[" + text.encode() + b"]",
        b"null",
        b"[" * 100_000,
        text.replace("benchmark", "caf\xe9").encode("latin-1"),
        text.encode("utf-16"),
        json.dumps(document | {"score": float("nan")}).encode(),
        *(json.dumps({k: v for k, v in document.items() if k != name}).encode() for name in ("id", "title", "published_at")),
        *(
            json.dumps(document | change).encode()
            for change in (
                {"id": ""},
                {"id": 17},
                {"id": "x" * 513},
                {"title": None},
                {"title": ["a"]},
                {"body": {"text": "nested"}},
                {"title": "", "body": ""},
                {"published_at": "yesterday"},
                {"published_at": 1732000000},
            )
        ),
    ]  # fmt: skip
    return chooser.choice(kinds)

"""Short articles, and messages that are none."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.chaos.plan import Plan

COUNTRIES = ("Russia", "Ukraine", "China", "Iran", "Israel", "Turkey", "Japan", "India", "Pakistan", "Egypt")
DEEDS = (
    "warned {b} that it would answer any attack on its forces",
    "held talks with {b} about an exchange of prisoners",
    "imposed sanctions on two banks in {b}",
    "said that troops from {b} had crossed the border at night",
    "called on {b} to withdraw from the disputed town",
)

MALFORMED: tuple[bytes | None, ...] = (
    None,
    b"",
    b"{",
    b"[1, 2]",
    b"\xff\xfe\x00",
    b'{"id": "n", "title": NaN, "published_at": "2024-11-19"}',
    b'{"id": 3, "title": "t", "published_at": "2024-11-19"}',
    b'{"title": "without an id", "published_at": "2024-11-19"}',
    b'{"id": "x", "title": "", "body": "", "published_at": "2024-11-19"}',
    b'{"id": "x", "title": "t", "published_at": "yesterday"}',
    b'"a string"',
    b"[" * 100_000,
)
"""One of each way to be no article: no value, no JSON, no object, not UTF-8, fields that are missing or wrong."""


@dataclass(frozen=True)
class Input:
    """One record to produce."""

    key: bytes
    value: bytes | None
    good: bool


def articles(plan: Plan) -> Iterator[Input]:
    """The plan's articles; a third of the ids come more than once, as later versions of a story do."""
    rng = random.Random(plan.seed + 1)
    for number in range(plan.articles):
        article_id = f"article-{rng.randrange(max(1, plan.articles * 2 // 3))}"
        good = rng.random() >= plan.malformed_share
        value = _article(article_id, number, rng) if good else rng.choice(MALFORMED)
        yield Input(article_id.encode(), value, good)


def _article(article_id: str, version: int, rng: random.Random) -> bytes:
    sentences = []
    for _ in range(rng.randint(2, 4)):
        actor, other = rng.sample(COUNTRIES, 2)
        sentences.append(f"On Tuesday {actor} {rng.choice(DEEDS).format(b=other)}.")
    document = {
        "id": article_id,
        "title": f"{rng.choice(COUNTRIES)} in the news, version {version}",
        "body": " ".join(sentences),
        "published_at": "2024-11-19T08:00:00Z",
    }
    return json.dumps(document).encode()

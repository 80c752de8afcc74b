"""The stream of enriched articles that is fed: made up, valid by the contract, two months, the same for the same seed.

What matters to the monitor is in it: one deed told by several sources in their own words, deeds dated to the day before,
hostile articles that arrive some hours late, articles that arrive twice, articles about no pair at all, and what is no article.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from tests.chaos.monitor.deeds import PAIRS, Occurrence, Pair, occurrences
from tests.chaos.monitor.enriched import enriched_article

FIRST_DAY = datetime(2024, 3, 1, tzinfo=UTC)

_SOURCES = tuple(
    f"{place} {kind}" for kind in ("Courier", "Post", "Radio") for place in ("Aden", "Bern", "Lima", "Oslo")
)

_TOLD_AGAIN, _TELLING_MINUTES = 0.45, (5, 300)
"""Chance that one more source tells a deed (1.8 articles a deed), and how long after the one before."""

_SECOND_DEED = 0.15
"""Share of the articles that tell of another deed besides."""

_IDLE = 0.08
"""Share of the articles that tell of no pair."""

_DOUBLED, _SOON = 0.03, 200
"""Share of the messages that are second copies, and within how many messages of the first they come."""

LATE_PAIRS: frozenset[Pair] = frozenset(PAIRS[::2])
"""Pairs of which some articles arrive late. An alert cannot be taken back, and it says what was known when it fired. So that
both ways must raise the same alerts, late articles tell of hostile deeds only and still arrive on their own day: they can make
an alert fire earlier that day, but not undo it. What an alert of these pairs says besides may differ; of other pairs it may not."""

_BROKEN = 0.005
"""Share of the messages that are no enriched articles, and must be dead-lettered."""

_LATE, _LATE_MINUTES = 0.4, 240
"""Share of the articles that may arrive late and do, behind younger ones, and by how much at most."""


@dataclass(frozen=True, slots=True)
class Message:
    """One record to be fed, in the order of arrival."""

    key: bytes
    value: bytes | None
    good: bool = True
    """Whether it is an enriched article."""
    again: bool = False
    """Whether it is the second of two copies."""


def messages(seed: int, count: int) -> list[Message]:
    """``count`` messages in the order in which they arrive: that of their time, but for latecomers."""
    chooser = random.Random(f"monitor-articles-{seed}")
    arrivals = [
        (_arrival(chooser, moment, told), document["article"]["id"], document)
        for moment, told, document in islice(_articles(chooser), round(count * (1 - _DOUBLED - _BROKEN)))
    ]
    queue = [
        Message(identity.encode(), json.dumps(document).encode())
        for _, identity, document in sorted(arrivals, key=lambda arrival: arrival[:2])
    ]
    whole = tuple(queue)
    for number in range(round(count * _BROKEN)):
        broken = Message(f"broken-{number}".encode(), _broken(chooser, chooser.choice(whole)), good=False)
        queue.insert(chooser.randrange(len(queue)), broken)
    while len(queue) < count:
        place = chooser.randrange(len(queue))
        queue.insert(place + chooser.randint(1, _SOON), replace(queue[place], again=True))
    return queue


def _broken(chooser: random.Random, message: Message) -> bytes | None:
    """Something that comes near to an enriched article."""
    assert message.value is not None
    document = json.loads(message.value)
    return chooser.choice(
        [
            None,
            b"",
            message.value[:-1],
            b"[" + message.value + b"]",
            json.dumps(document | {"schema": "harbinger.enriched-article.v9"}).encode(),
            json.dumps(document | {"article": document["article"] | {"published_at": "soon"}}).encode(),
            json.dumps({name: part for name, part in document.items() if name != "events"}).encode(),
        ]
    )


def _arrival(chooser: random.Random, moment: datetime, told: list[Occurrence]) -> datetime:
    """When an article arrives that was published at ``moment``."""
    may_wait = all(each.deed.points > 0 and each.pair in LATE_PAIRS for each in told)
    if not may_wait or chooser.random() > _LATE:
        return moment
    late = moment + timedelta(minutes=chooser.uniform(0, _LATE_MINUTES))
    return late if late.date() == moment.date() else moment


def _articles(chooser: random.Random) -> Iterator[tuple[datetime, list[Occurrence], dict[str, Any]]]:
    """Articles without end, when they were published and what they tell of, in no order of time."""
    deeds = occurrences(chooser)
    number = 0
    while True:
        occurrence = next(deeds)
        moment = FIRST_DAY + timedelta(days=occurrence.day, minutes=occurrence.minute)
        idle = chooser.random() < _IDLE
        while True:
            told: list[Occurrence] = [] if idle else [occurrence]
            if told and chooser.random() < _SECOND_DEED:
                told.append(next(deeds))
            source = chooser.choice(_SOURCES)
            yield moment, told, enriched_article(chooser, f"article-{number}", source, moment, told)
            number += 1
            if idle or chooser.random() > _TOLD_AGAIN:
                break
            moment += timedelta(minutes=chooser.randint(*_TELLING_MINUTES))

"""What a run consists of: how many articles, how many of which deed, in which order."""

import random
from dataclasses import dataclass
from typing import Literal

Deed = Literal["kill", "stop", "term", "child", "broker", "join"]
"""SIGKILL of a worker's process group; SIGSTOP of it beyond the session timeout; SIGTERM; SIGKILL of an analysis process;
SIGKILL and restart of the broker; another worker that joins for a while and leaves by SIGTERM."""


@dataclass(frozen=True)
class Plan:
    """One run. Times are seconds; ``session_timeout_s`` is the consumer group's."""

    seed: int = 1
    articles: int = 20_000
    workers: int = 3
    partitions: int = 8
    malformed_share: float = 0.01
    kills: int = 12
    stops: int = 5
    terms: int = 1
    children: int = 2
    brokers: int = 1
    joins: int = 1
    session_timeout_s: float = 6.0
    pause_s: tuple[float, float] = (1.5, 6.0)
    warm_up_s: float = 8.0
    settle_s: float = 420.0

    def deeds(self) -> list[Deed]:
        """The deeds in this seed's order."""
        counts: dict[Deed, int] = {
            "kill": self.kills,
            "stop": self.stops,
            "term": self.terms,
            "child": self.children,
            "broker": self.brokers,
            "join": self.joins,
        }
        deeds = [deed for deed, count in counts.items() for _ in range(count)]
        random.Random(self.seed).shuffle(deeds)
        return deeds

    def expected_seconds(self) -> float:
        """About how long the deeds take: articles are produced over as long, so that they come in while it goes on."""
        return self.warm_up_s + len(self.deeds()) * (sum(self.pause_s) / 2 + 0.5)


SMALL = Plan(
    articles=1_000, workers=2, partitions=4, malformed_share=0.02, kills=2, stops=1, terms=1, children=1, joins=0,
    pause_s=(1.0, 2.5), settle_s=90.0,
)  # fmt: skip
"""What the integration tests have time for."""

"""The worked example of docs/monitor.md: a few reports of one pair, and what the shipped rules make of them day by day.

``python -m benchmarks.index_example`` prints it; ``--write FILE`` puts it between the markers of a page.
"""

from typing import Final

from benchmarks.pages import print_or_put
from service.knowledge.lexicon import SignalCategory
from service.knowledge.weights import Weights
from service.messages.article import parse_rfc3339
from service.messages.enriched import PloverRoot
from service.monitor.report import Deed, Kind, Report, encode, report_key
from service.monitor.rules import Pair, Rules, load_rules
from service.monitor.similarity import signature, similarity
from service.monitor.times import date_of, day_of, milliseconds, start_of
from service.monitor.watch import PairWatch
from service.paths import config_dir

PAIR: Final[Pair] = ("CUB", "USA")
DAYS: Final = 24
"""Days that are shown."""
Told = tuple[str, str, str, SignalCategory, PloverRoot, float]
TOLD: Final[list[Told]] = [
    ("1962-10-22T23:00:00Z", "wire", "Navy will quarantine Cuba over Soviet missiles, President tells nation", "blockade", "COERCE", 0.8),
    ("1962-10-22T23:40:00Z", "London desk", "Kennedy tells nation that navy will quarantine Cuba over missiles", "blockade", "COERCE", 0.7),
    ("1962-10-23T15:00:00Z", "Miami desk", "Troop trains and convoys pour into southern Florida, facing the island", "troop_deployment", "MOBILIZE", 0.8),
    ("1962-10-23T21:00:00Z", "Havana desk", "Castro puts militia on war footing and vows to sink any landing craft", "escalation_warning", "THREATEN", 0.8),
    ("1962-10-26T13:00:00Z", "wire", "Destroyers halt freighter bound for Havana and search its holds", "seizure", "COERCE", 0.8),
    ("1962-10-27T16:00:00Z", "Havana desk", "Cuban guns open fire on low American reconnaissance planes", "war_escalation", "ASSAULT", 0.8),
    ("1962-10-27T20:00:00Z", "wire", "American reconnaissance planes met by fire of Cuban guns", "war_escalation", "ASSAULT", 0.9),
    ("1962-10-28T14:00:00Z", "wire", "Washington pledges not to invade once rockets are shipped home", "agreement", "AGREE", 0.9),
]  # fmt: skip
"""When, who, the headline, and what the analysis would make of it. Invented after the event, in words of our own."""


def report(told: Told, weights: Weights) -> Report:
    """The report that an article of these words would give."""
    at, source, text, category, root, confidence = told
    published = milliseconds(parse_rfc3339(at))
    points = weights.signals[category]
    kind: Kind = "relief" if points < 0 else "threat" if root == "THREATEN" else "act"
    deed = Deed("v0", root, kind, abs(points), confidence, day_of(published), text)
    return Report(f"{source} {at}", source, published, signature(text, ""), [deed])


def judged(reports: list[Report], rules: Rules) -> PairWatch:
    """The pair after ``DAYS`` days."""
    watch = PairWatch(PAIR, rules)
    for each in reports:
        watch.add(report_key(each.article_id), encode(each), each.published)
    watch.judge(start_of(day_of(reports[0].published) + DAYS))
    return watch


def example() -> str:
    """The example as Markdown."""
    config = config_dir()
    rules, weights = load_rules(config / "alerts.yaml", config / "knowledge"), Weights.load(config / "scoring.yaml")
    reports = [report(told, weights) for told in TOLD]
    lines = ["| published | source | headline | kind | points | confidence |", "|---|---|---|---|---|---|"]
    for (at, source, text, *_), each in zip(TOLD, reports, strict=True):
        (deed,) = each.deeds
        lines.append(f"| {at[5:16]} | {source} | {text} | {deed.kind} | {deed.points:g} | {deed.confidence:g} |")
    watch = judged(reports, rules)
    lines += ["", "| day | index | threat | act | baseline | z-score | level | articles | alerts |"]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    for day, row in watch.rows.items():
        alerts = ", ".join(f"{alert.level} {alert.state}" for when, alert in watch.alerts if when == day)
        lines.append(
            f"| {date_of(day)} | {row.index:.2f} | {row.threat:.2f} | {row.act:.2f} | {row.baseline:.2f} "
            f"| {row.zscore:.2f} | {row.level} | {row.articles} | {alerts} |"
        )
    alike = [similarity(reports[a].signature, reports[a + 1].signature) for a in (0, 5)]
    lines += [
        "",
        f"The two headlines on the quarantine are alike by {alike[0]:.2f}, those on the guns by {alike[1]:.2f}.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print_or_put(__doc__, "index-example", example)

"""``harbinger alerts check``: whether the alert rules can be used, and what they come to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.commands.overrides import overrides_of
from service.commands.pairs import country_names, pair_code, pair_title, parse_pair
from service.monitor.rules import Pair, Rule, Rules, Silence, load_rules
from service.monitor.times import rfc3339
from service.paths import config_dir
from service.settings import Settings

SIDES_SHOWN: Final = 3
"""Countries for which all partners are listed; a rule that is about more is summed up."""
PARTNERS_SHOWN: Final = 12
"""Partners of one country that are named; the others are counted."""


def run(settings: Settings, file: Path | None = None, pair: str | None = None, console: Console | None = None) -> int:
    """Print the rules of a file, or what they say of one pair; 0 when they can be used.

    Without a file: the rules in force.

    Raises:
        RulesError: the rules cannot be used; names each field and the reason.
        PairError: ``pair`` is no pair of countries.
    """
    file = file or settings.monitor.rules_file or config_dir() / "alerts.yaml"
    rules = load_rules(file, config_dir() / "knowledge", overrides_of(settings).knowledge)
    console = console or Console()
    if pair is not None:
        _print_pair(console, rules, parse_pair(pair))
        return 0
    pairs: list[Pair] = list(combinations(sorted(country_names()), 2))
    taken = taken_pairs(rules, pairs)
    console.print(Text(f"{file} can be used."), soft_wrap=True)
    console.print(rules_table(rules, taken))
    unruled = len(pairs) - sum(map(len, taken))
    if unruled:
        console.print(Text(f"{unruled:,} of {_count(len(pairs), 'pair')} raise no alert, for no rule names them"))
    silences = silenced_pairs(rules, pairs)
    if silences:
        console.print(silences_table(silences))
    return 0


def taken_pairs(rules: Rules, pairs: Iterable[Pair]) -> Sequence[Sequence[Pair]]:
    """The pairs that each rule takes, rule by rule: those that it names and that no rule above it has taken."""
    taken: dict[int, list[Pair]] = {id(rule): [] for rule in rules.rules}
    for pair in pairs:
        rule = rules.rule_for(pair)
        if rule is not None:
            taken[id(rule)].append(pair)
    return list(taken.values())


def silenced_pairs(rules: Rules, pairs: Iterable[Pair]) -> Sequence[tuple[Silence, Sequence[Pair]]]:
    """The silences, in order of time, each with its pairs."""
    found: dict[int, tuple[Silence, list[Pair]]] = {}
    for pair in pairs:
        for silence in rules.silences_for(pair):
            found.setdefault(id(silence), (silence, []))[1].append(pair)
    return sorted(found.values(), key=lambda each: (each[0].start, each[0].until))


def describe_pairs(pairs: Sequence[Pair]) -> str:
    """Who is meant: each country with its partners, or how many countries where that would be a long list."""
    left, parts = list(pairs), []
    while left:
        counts = Counter(code for pair in left for code in pair)
        hub = min(counts, key=lambda code: (-counts[code], code))
        partners = sorted(a if b == hub else b for a, b in left if hub in (a, b))
        left = [pair for pair in left if hub not in pair]
        parts.append(f"{hub} with {_listed(partners)}")
        if len(parts) > SIDES_SHOWN:
            return f"{len({code for pair in pairs for code in pair})} countries among each other"
    return "; ".join(parts) or "none: the rules above it have taken them all"


def rules_table(rules: Rules, taken: Sequence[Sequence[Pair]]) -> Table:
    """The rules in the order in which they are asked, with the pairs that each of them is left with."""
    table = Table(
        "rule", "pairs", "fires from", "ends below, needs", title="Rules", title_justify="left", show_lines=True
    )
    for rule, pairs in zip(rules.rules, taken, strict=True):
        cells = (
            rule.name,
            f"{', '.join(rule.pairs)}\n{_resolved(pairs)}",
            "\n".join(thresholds(rule)),
            f"{_end(rule)}\n{_needs(rule)}",
        )
        table.add_row(*map(Text, cells))
    return table


def silences_table(silences: Sequence[tuple[Silence, Sequence[Pair]]]) -> Table:
    """When which pairs raise no alert."""
    table = Table("pairs", "from, until", "reason", title="Silences", title_justify="left", show_lines=True)
    for silence, pairs in silences:
        cells = (
            f"{', '.join(silence.pairs)}\n{_resolved(pairs)}",
            f"{rfc3339(silence.start)}\n{rfc3339(silence.until)}",
            silence.reason,
        )
        table.add_row(*map(Text, cells))
    return table


def thresholds(rule: Rule) -> list[str]:
    """``high: index 45, z-score 3``, from the lowest level."""
    return [f"{level}: index {step.index:g}, z-score {step.zscore:g}" for level, step in rule.steps]


def _print_pair(console: Console, rules: Rules, pair: Pair) -> None:
    rule = rules.rule_for(pair)
    console.print(Text(f"{pair_code(pair)} ({pair_title(pair)})", "bold"))
    facts = (
        [f"rule: {rule.name}", *thresholds(rule), f"ends below: {_end(rule)}", f"needs: {_needs(rule)}"]
        if rule
        else ["no rule takes it: it is watched and raises no alert"]
    )
    facts += [
        f"silent from {rfc3339(silence.start)} until {rfc3339(silence.until)}: {silence.reason}"
        for silence in rules.silences_for(pair)
    ]
    for fact in facts:
        console.print(Text(f"  {fact}"), soft_wrap=True)


def _resolved(pairs: Sequence[Pair]) -> str:
    return f"= {_count(len(pairs), 'pair')}: {describe_pairs(pairs)}"


def _end(rule: Rule) -> str:
    _, lowest = rule.steps[0]
    below = f"index {rule.clear * lowest.index:g} or z-score {rule.clear * lowest.zscore:g}"
    return below if rule.clear_days == 1 else f"{below} for {rule.clear_days} days"


def _needs(rule: Rule) -> str:
    return f"{_count(rule.minimum_sources, 'source')}, {_count(rule.minimum_events, 'event')}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _listed(codes: Sequence[str]) -> str:
    if len(codes) <= PARTNERS_SHOWN:
        return ", ".join(codes)
    return f"{len(codes)} countries"

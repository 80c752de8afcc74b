"""How wide the lexicon is: which labelled trigger words some rule matches, and why those that match give no event.

    HARBINGER_DATA=/path/to/data python -m benchmarks.accuracy_triggers

Rules are written on four fifths of ``events-own``; the held-out fifth is only counted. The words that no rule knows and the
causes are listed of the four fifths alone.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from spacy.tokens import Token

from benchmarks.accuracy_events import WHEN_UNDATED, Span, read, rows, share, touch
from service.analysis.matching import holds, matching_rules
from service.analysis.participants import Participants
from service.analysis.pipeline import Analysis
from service.analysis.reading import Reading
from service.analysis.syntax import arguments
from service.analysis.topic import is_figure_of_speech, is_off_topic
from service.knowledge.lexicon import Lexicon
from service.messages.article import Article
from service.paths import config_dir
from training.events import is_held_out, nth

LISTED: Final = 30
"""Words of each root that are listed."""
CAUSES: Final = (
    "no rule has its words",
    "the text is off topic",
    "its sentence names no actor",
    "no rule's conditions hold",
    "its sides are not known, or another word tells it",
)
"""Why a trigger gives no event, from the first thing that is looked for to the last."""


def coverage(analysis: Analysis, folder: Path) -> Iterator[tuple[str, str]]:
    """Shares of matched triggers and of those that became events; then the commonest unmatched words of each root."""
    counts: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    causes: Counter[str] = Counter()
    unmatched: dict[str, Counter[str]] = {}
    for path in sorted((folder / "events-own").glob("*.jsonl")):
        for row in rows(path):
            count = counts[is_held_out(row["id"])]
            article = Article(id=row["id"], title="", body=row["text"], published_at=row["date"] or WHEN_UNDATED)
            kept = (Counter[str](), {}) if is_held_out(row["id"]) else (causes, unmatched)
            read(analysis, article, partial(_look, row, analysis.lexicon, count, *kept))
    for name, count in (("four fifths", counts[False]), ("held-out fifth", counts[True])):
        yield f"triggers that a rule matches, {name}", share(count["matched"], count["triggers"])
        yield f"a rule of the right root, {name}", share(count["right root"], count["triggers"])
        yield f"matched ones that became events, {name}", share(count["events"], count["matched"])
    for cause in CAUSES:
        yield f"no event: {cause}", share(causes[cause], counts[False]["triggers"])
    for root, words in sorted(unmatched.items()):
        yield f"unmatched {root}", ", ".join(f"{word} {n}" for word, n in words.most_common(LISTED))


def _look(
    row: Mapping[str, Any],
    lexicon: Lexicon,
    count: Counter[str],
    causes: Counter[str],
    unmatched: dict[str, Counter[str]],
    reading: Reading,
) -> None:
    for gold in row["events"]:
        span = nth(row["text"], gold["trigger"], gold.get("trigger_n", 1))
        tokens = list(_tokens(reading, span))
        roots = {pattern.rule.root for _, token in tokens for pattern in matching_rules(token, lexicon)}
        count["triggers"] += 1
        count["matched"] += bool(roots)
        count["right root"] += gold["root"] in roots
        if any(touch((event.trigger.start, event.trigger.end), span) for event in reading.events):
            count["events"] += bool(roots)
            continue
        causes[
            max(
                (_cause(token, named, reading, lexicon) for named, token in tokens), default=CAUSES[0], key=CAUSES.index
            )
        ] += 1
        if not roots:
            unmatched.setdefault(gold["root"], Counter())[gold["trigger"].lower()] += 1


def _tokens(reading: Reading, span: Span) -> Iterator[tuple[Participants, Token]]:
    """The tokens of a stretch of the body, each with the actors of its passage."""
    before: Participants | None = None
    for passage in reading.passages:
        before = Participants.of(reading, passage, before)
        for token in passage.doc:
            if touch(passage.offsets(token), span):
                yield before, token


def _cause(token: Token, named: Participants, reading: Reading, lexicon: Lexicon) -> str:
    patterns = matching_rules(token, lexicon)
    if not patterns:
        return CAUSES[0]
    if is_off_topic(reading, lexicon.signals) or is_figure_of_speech(token.sent, lexicon.signals):
        return CAUSES[1]
    if not any(i in named.by_token for i in range(token.sent.start, token.sent.end)):
        return CAUSES[2]
    roles = arguments(token, lexicon.modality)
    return CAUSES[4] if any(holds(pattern.rule, token, roles) for pattern in patterns) else CAUSES[3]


def main() -> None:
    """Print all of it."""
    folder = os.environ.get("HARBINGER_DATA")
    if not folder:
        sys.exit("HARBINGER_DATA must name the folder of labelled texts")
    table = Table(show_header=False)
    for label, value in coverage(Analysis.load(config_dir()), Path(folder)):
        table.add_row(label, value)
    Console().print(table)


if __name__ == "__main__":
    main()

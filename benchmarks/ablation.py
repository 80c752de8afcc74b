"""What the rules and the model's event layers are worth alone and together, by the measures of `accuracy_events`.

    HARBINGER_DATA=/path/to/data python -m benchmarks.ablation

*Rules alone*: the model proposes nothing of events; it still tags and parses. *Model alone*: no rule, so that every event is ``learned.<root>``.
"""

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.accuracy_events import articles, own, zsp
from service.analysis.events import extract_events
from service.analysis.pipeline import Analysis
from service.analysis.proofs import rules_alone
from service.paths import config_dir

SHOWN: Final = {
    articles: (
        "events found",
        "with right root, source, target",
        "modality right on found",
        "signals",
        "articles of no relevance quiet",
    ),
    own: (
        "events found (trigger)",
        "found, right root",
        "false acts of quad class 4",
        "texts without event, no act of quad 4",
    ),
    zsp: ("root macro-F1, all, missing counted wrong", "quad macro-F1, all, missing counted wrong"),
}
"""Set by set, the figures that the table shows."""


def model_alone(analysis: Analysis) -> Analysis:
    """The analysis without the rules of the lexicon."""
    bare = replace(analysis.lexicon, rules=(), verbs={}, nouns={})
    stages = tuple(
        partial(stage.func, **{**stage.keywords, "lexicon": bare})
        if isinstance(stage, partial) and stage.func is extract_events
        else stage
        for stage in analysis.stages
    )
    return replace(analysis, stages=stages, lexicon=bare)


def main() -> None:
    """Print the table."""
    folder = os.environ.get("HARBINGER_DATA")
    if not folder:
        sys.exit("HARBINGER_DATA must name the folder of labelled texts")
    both = Analysis.load(config_dir())
    variants = (rules_alone(both), model_alone(both), both)
    table = Table("set", "measure", "rules alone", "model alone", "both")
    for measure, shown in SHOWN.items():
        columns = [dict(measure(analysis, Path(folder))) for analysis in variants]
        for name in shown:
            table.add_row(measure.__name__, name, *(column[name].partition(" (")[0] for column in columns))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()

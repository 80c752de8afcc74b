"""Every accuracy figure of the service, in one command.

    python -m benchmarks.evaluate --data DIR [--write docs/scoreboard.txt] [--processes 2]

The folder holds labelled texts that may not be redistributed (:data:`NEEDED`). ``docs/evaluation.md`` says what the
figures mean. The same code and data give the same figures, so a difference in the written copy is a difference in the analysis.
"""

import io
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Final

import typer
from rich import box
from rich.console import Console
from rich.table import Table

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported: the processes give the parallelism
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks import accuracy_events, accuracy_triggers
from benchmarks.accuracy_actors import ActorMeasure, CountryWords, phrases_table
from benchmarks.accuracy_boilerplate import BoilerplateMeasure, lines_table
from benchmarks.accuracy_names import NameMeasure
from benchmarks.accuracy_roles import answers, roles_table
from benchmarks.explains import explanations
from service import __version__
from service.analysis.pipeline import Analysis
from service.knowledge import Knowledge
from service.paths import config_dir
from training.evaluate import parttable, syntax_table

WIDTH: Final = 130
"""Columns of the tables, on a pipe and in the written copy."""

NEEDED: Final = {
    "gold-dev/real-articles.jsonl": "names, boilerplate, actors, events and signals of the beginnings of real articles",
    "gold-dev/zsp_plv_train.jsonl": "sentences with source, target and PLOVER root",
    "gold-dev/conflibert_cameo_train.jsonl": "sentences of five classes, with phrases for source and target",
    "events-own/": "our own sentences with events, modality and signals",
    "boilerplate-own/lines.jsonl": "our own lines, labelled body or boilerplate",
    "news/": "the real articles themselves",
    "treebank/ewt-test.conllu.gz": "test part of UD English EWT",
    "treebank/gum-open-test.conllu.gz": "test part of UD English GUM, open genres",
}
"""What the data folder must hold, by path."""


@cache
def analysis() -> Analysis:
    """The whole analysis, loaded once a process."""
    return Analysis.load(config_dir())


def real_articles(data: Path) -> list[Table]:
    """Names, boilerplate, actors and events of real articles; each article is read once, and every measure sees that reading."""
    gold = {row["id"]: row for row in accuracy_events.rows(data / "gold-dev" / "real-articles.jsonl")}
    measures = NameMeasure(gold), BoilerplateMeasure(gold), ActorMeasure(gold)
    watched = replace(analysis(), stages=(*analysis().stages, *measures))
    events = _events("Events, real articles", accuracy_events.articles(watched, data))
    return [*(measure.table() for measure in measures), events]


def boilerplate_lines(data: Path) -> list[Table]:
    """Boilerplate among lines of our own."""
    return [lines_table(analysis().boilerplate, data / "boilerplate-own" / "lines.jsonl")]


def country_phrases(data: Path) -> list[Table]:
    """Countries in source and target phrases."""
    words = CountryWords.of(Knowledge.load(config_dir() / "knowledge"))
    return [phrases_table(analysis(), words, data / "gold-dev")]


def roles(_: Path) -> list[Table]:
    """Who a name is on a day: questions of our own."""
    return [roles_table(answers(analysis(), Knowledge.load(config_dir() / "knowledge")))]


def explained(data: Path) -> list[Table]:
    """Whether all that is said of real articles can be followed in their text."""
    return [explanations(analysis(), data, [])]


def own_events(data: Path) -> list[Table]:
    """Events, modality and signals in sentences of our own, and how many of their triggers the rules know."""
    return [
        _events("Events, our own sentences, a held-out fifth", accuracy_events.own(analysis(), data)),
        _events("Width of the lexicon, our own sentences", accuracy_triggers.coverage(analysis(), data)),
    ]


def plover_roots(data: Path) -> list[Table]:
    """PLOVER roots between a given source and target."""
    return [_events("Events, source and target given (zsp_plv_train)", accuracy_events.zsp(analysis(), data))]


def five_classes(data: Path) -> list[Table]:
    """Statement, verbal or material, cooperation or conflict: nothing given but the sentence."""
    return [
        _events(
            "Events, sentences of five classes (conflibert_cameo_train)", accuracy_events.five_classes(analysis(), data)
        )
    ]


def syntax(data: Path) -> list[Table]:
    """Tags, lemmas and parse of the language model."""
    return [syntax_table(analysis().nlp, data)]


def model_names(data: Path) -> list[Table]:
    """Names by the language model alone."""
    table = parttable(analysis().nlp, data)
    table.title = "Names by the language model alone, trimmed span F1, percent"
    return [table]


def _events(title: str, figures: Iterator[tuple[str, str]]) -> Table:
    """The figures of ``accuracy_events``; the lists of missed words are for whoever writes rules, and no figures."""
    table = Table("measure", "figure", title=title)
    for name, figure in figures:
        if not name.startswith(("most missed", "unmatched")):
            table.add_row(name, figure)
    return table


MEASURES: Final[tuple[Callable[[Path], list[Table]], ...]] = (
    real_articles,
    boilerplate_lines,
    country_phrases,
    roles,
    own_events,
    plover_roots,
    five_classes,
    syntax,
    model_names,
    explained,
)
"""In the order of the scoreboard."""


def measure(number: int, data: Path) -> list[Table]:
    """One of :data:`MEASURES`, in a process of the pool."""
    return MEASURES[number](data)


def report(data: Path, processes: int) -> Iterator[str | Table]:
    """What was measured, then the tables, each as soon as it and those before it are there."""
    loaded = analysis()
    yield f"Accuracy of harbinger {__version__}: model {loaded.model}, knowledge and rules {loaded.knowledge_digest[:19]}"
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for future in [pool.submit(measure, number, data) for number in range(len(MEASURES))]:
            for table in future.result():
                table.box, table.title_justify, table.title_style = box.SIMPLE_HEAD, "left", "bold"
                yield table


def missing(data: Path) -> list[str]:
    """Those of :data:`NEEDED` that the folder lacks."""
    return [path for path in NEEDED if not (data / path).exists()]


def main(
    data: Annotated[Path | None, typer.Option(envvar="HARBINGER_DATA", help="Folder of the labelled texts.")] = None,
    write: Annotated[Path | None, typer.Option(help="Write the tables to this file as well.")] = None,
    processes: Annotated[int, typer.Option(min=1, help="Measure this many sets at once.")] = 2,
) -> None:
    """Print every accuracy figure of the service."""
    absent = list(NEEDED) if data is None else missing(data)
    if data is None or absent:
        where = "no folder of labelled texts is given" if data is None else f"{data} does not hold all that is needed"
        wanted = "".join(f"\n  {path:40}{NEEDED[path]}" for path in absent)
        print(f"evaluate: {where}: set HARBINGER_DATA, or --data, to a folder with{wanted}", file=sys.stderr)
        raise typer.Exit(2)
    screen, copy = Console(), Console(file=io.StringIO(), width=WIDTH)
    if not screen.is_terminal:
        screen = Console(width=WIDTH)
    for item in report(data, processes):
        for console in (screen, copy):
            console.print(item, highlight=False, soft_wrap=isinstance(item, str))
    if write is not None:
        assert isinstance(copy.file, io.StringIO)
        lines = (line.rstrip() for line in copy.file.getvalue().splitlines())
        write.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)

"""Whom a name means on a day: questions of our own, asked of the look-up and of a sentence dated that day.

    python -m benchmarks.accuracy_roles [--misses]

``role_questions.csv`` has a question a row: ``name``, the day ``on``, and the right ``country`` (ISO 3166-1 alpha-3, ``-``
for an international body) and ``sector`` (PLOVER), where ``|`` separates answers that are equally right. Who is out of office or dead is ``ELI``.
``sentence`` has the name in words of a newspaper where a bare surname could be anybody's. All questions of a round were
written before the knowledge was looked at; what a round missed was mended, and the next asks of other people.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.accuracy_actors import best, mentions
from benchmarks.accuracy_events import Span, read
from benchmarks.accuracy_names import percent
from service.analysis.actor_cast import Cast
from service.analysis.pipeline import Analysis
from service.analysis.reading import Reading
from service.knowledge import Knowledge
from service.knowledge.names import fold
from service.messages.article import Article
from service.messages.enriched import Actor
from service.paths import config_dir

QUESTIONS: Final = Path(__file__).with_name("role_questions.csv")
SENTENCE: Final = "{name} said on Monday that the talks would go on."
NO_COUNTRY: Final = "-"
AFTER: Final = "2021-01-01"
"""The first day after 2020."""

Answer = tuple[str | None, str | None]
"""Country and sector; both None: nobody."""


@dataclass(frozen=True, slots=True)
class Question:
    """Whom ``name`` means on the day ``on`` (YYYY-MM-DD); one of ``countries`` (None: none) and of ``sectors`` is right."""

    round: int
    name: str
    on: str
    countries: tuple[str | None, ...]
    sectors: tuple[str, ...]
    about: str
    sentence: str

    @property
    def kinds(self) -> Iterator[str]:
        """The rows of the table that the question counts in."""
        yield "all"
        if self.on >= AFTER:
            yield "after 2020"
        if self.sectors == ("ELI",):
            yield "out of office"

    def is_right(self, answer: Answer) -> bool:
        """Whether this country and sector is a right answer."""
        country, sector = answer
        return country in self.countries and sector in self.sectors


def questions(path: Path = QUESTIONS) -> list[Question]:
    """All questions of the file, in its order."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Question(
                round=int(row["round"]),
                name=row["name"],
                on=row["on"],
                countries=tuple(None if code == NO_COUNTRY else code for code in row["country"].split("|")),
                sectors=tuple(row["sector"].split("|")),
                about=row["about"],
                sentence=row["sentence"] or SENTENCE.format(name=row["name"]),
            )
            for row in csv.DictReader(file)
        ]


def looked_up(knowledge: Knowledge, question: Question) -> Answer:
    """Country and sector of the person whom ``harbinger knowledge lookup`` names first; both None when it names nobody."""
    people = knowledge.people_called(fold(question.name), question.on)
    if not people:
        return None, None
    figure = Cast(knowledge, question.on).person(people[0])
    return figure.country, figure.sector


def read_in_sentence(analysis: Analysis, question: Question) -> Answer:
    """Country and sector of the actor whom the product finds under the name, in an article of that day that says nothing else."""
    start = question.sentence.index(question.name)
    span = start, start + len(question.name)
    found: list[Actor | None] = []
    article = Article(id="question", title="", body=question.sentence, published_at=question.on)
    read(analysis, article, lambda reading: found.append(_named(reading, span)))
    actor = found[0]
    return (actor.country, actor.sector) if actor is not None else (None, None)


def _named(reading: Reading, span: Span) -> Actor | None:
    return best(span, mentions(reading))


def answers(analysis: Analysis, knowledge: Knowledge) -> Iterator[tuple[str, Question, Answer]]:
    """Each question with what comes out, by the look-up and in the sentence."""
    for question in questions():
        yield "look-up", question, looked_up(knowledge, question)
        yield "sentence", question, read_in_sentence(analysis, question)


def roles_table(given: Iterable[tuple[str, Question, Answer]]) -> Table:
    """A row a round, way and kind of question."""
    asked: Counter[tuple[int, str, str]] = Counter()
    right: Counter[tuple[int, str, str]] = Counter()
    for way, question, answer in given:
        for kind in question.kinds:
            asked[question.round, way, kind] += 1
            right[question.round, way, kind] += question.is_right(answer)
    table = Table("round", "asked of", "questions", "percent", "count", "of", title="Roles: who a name is on a day")
    for key, whole in asked.items():
        number, way, kind = key
        table.add_row(f"{number}", way, kind, percent(right[key], whole), f"{right[key]}", f"{whole}")
    return table


def main(
    misses: Annotated[bool, typer.Option(help="Print each question that is answered wrongly, too.")] = False,
) -> None:
    """Print how many questions are answered rightly."""
    given = list(answers(Analysis.load(config_dir()), Knowledge.load(config_dir() / "knowledge")))
    for way, question, answer in given:
        if misses and not question.is_right(answer):
            print(f"{way}: {question.name} on {question.on} ({question.about}): {answer}")
    Console().print(roles_table(given))


if __name__ == "__main__":
    typer.run(main)

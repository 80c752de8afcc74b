"""How right the names are that leave the service, on the annotated beginnings of real articles."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.table import Table

from benchmarks.accuracy_events import Span, touch
from service.analysis.reading import Reading
from training.names import LABELS, trim

Name = tuple[int, int, str]
"""Half-open offsets into the body, and the label."""

Tally = Counter[str]
"""``correct``, ``found`` and ``gold``: how many names the two sides share, and how many each has."""

ALL: Final = "all"
WITH_BOILERPLATE: Final = "all, names in boilerplate too"


class NameMeasure:
    """A last stage of the analysis that changes nothing: it compares the names of each article with the gold.

    DATE is no name and has no gold. A name in what the annotator calls boilerplate is not looked for, since the service
    is to leave it out: such names, on either side, count in the row :data:`WITH_BOILERPLATE` only.
    """

    def __init__(self, gold: Mapping[str, dict[str, Any]]) -> None:
        """``gold``: the annotation of each article, by the article's id."""
        self.gold = gold
        self.tallies: dict[str, Tally] = defaultdict(Counter)

    def __call__(self, reading: Reading) -> None:
        """Compare one article."""
        gold, body = self.gold[reading.article.id], reading.article.body
        left_out = [(start, end) for start, end in gold["boilerplate"]]
        compare(self.tallies, trimmed(body, map(tuple, gold["spans"])), trimmed(body, names(reading)), left_out)

    def table(self) -> Table:
        """A row a label, and one for all."""
        table = Table(
            "names", "in the gold", "found", "precision", "recall", "F1", title="Names, real articles, percent"
        )
        for row in (ALL, *LABELS, WITH_BOILERPLATE):
            tally = self.tallies[row]
            table.add_row(row, str(tally["gold"]), str(tally["found"]), *percentages(tally))
        return table


def names(reading: Reading) -> Iterable[Name]:
    """The named entities of the body, dates aside."""
    for mention in reading.mentions:
        passage = reading.passages[mention.passage]
        if passage.field == "body" and mention.label != "DATE":
            yield (*passage.offsets(passage.doc[mention.start : mention.end]), mention.label)


def trimmed(text: str, spans: Iterable[Name]) -> set[Name]:
    """The names without leading article and trailing possessive, on which annotators differ."""
    return {(*trim(text, start, end), label) for start, end, label in spans}


def compare(tallies: dict[str, Tally], gold: set[Name], found: set[Name], left_out: list[Span]) -> None:
    """Add one article's names: right are those of the same offsets and label."""
    for kind, spans in (("correct", gold & found), ("found", found), ("gold", gold)):
        for start, end, label in spans:
            tallies[WITH_BOILERPLATE][kind] += 1
            if not any(touch((start, end), span) for span in left_out):
                tallies[label][kind] += 1
                tallies[ALL][kind] += 1


def percentages(tally: Tally) -> tuple[str, str, str]:
    """Precision, recall and F1 in percent; a dash where there is nothing to divide by."""
    correct, found, gold = tally["correct"], tally["found"], tally["gold"]
    return percent(correct, found), percent(correct, gold), percent(2 * correct, found + gold)


def percent(part: int, whole: int) -> str:
    """With one decimal; a dash of nothing."""
    return f"{100 * part / whole:.1f}" if whole else "-"

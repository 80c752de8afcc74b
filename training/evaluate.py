"""Measure the shipped language model. usage: python -m training.evaluate --data DIR [--weights DIR]

Prints tags, lemmas and parse on the test parts of both treebanks, and names on the held-out tenth of our passages (and on annotated
articles, where DIR has them). How fast it is, `benchmarks.speed` says.
"""

import argparse
import gzip
import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from spacy.language import Language
from spacy.scorer import Scorer
from spacy.training import Example

from service.analysis.language import WEIGHTS, load_language, model_name
from training import corpus, names, treebank

SYNTAX = {
    "tag_acc": "tag",
    "pos_acc": "UPOS",
    "lemma_acc": "lemma",
    "dep_uas": "UAS",
    "dep_las": "LAS",
    "sents_f": "sentence F1",
}
Tally = Counter[str]  # "correct", "found", "gold"


def measure_syntax(nlp: Language, path: Path) -> dict[str, float]:
    """Scores in percent on a treebank file, the model's own tokens aligned with the gold ones."""
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in treebank.documents(path, nlp.vocab)]
    for example, doc in zip(examples, nlp.pipe(example.predicted for example in examples), strict=True):
        example.predicted = doc
    scores: dict[str, Any] = {}
    for attribute in ("tag", "pos", "lemma"):
        scores |= Scorer.score_token_attr(examples, attribute)
    scores |= Scorer.score_deps(examples, "dep", ignore_labels=("punct",))
    scores |= Scorer.score_spans(examples, "sents", getter=lambda doc, _: doc.sents)
    return {name: 100 * float(scores[key]) for key, name in SYNTAX.items()}


def count_names(nlp: Language, passages: Iterable[names.Passage]) -> dict[str, Tally]:
    """Exact spans and labels, leading articles and trailing possessives trimmed; by label and "all"."""
    tallies: dict[str, Tally] = defaultdict(Counter)
    passages = list(passages)
    for passage, doc in zip(passages, nlp.pipe(passage.text for passage in passages), strict=True):
        text = passage.text
        gold = {(*names.trim(text, start, end), label) for start, end, label in passage.spans}
        found = {(*names.trim(text, ent.start_char, ent.end_char), ent.label_) for ent in doc.ents}
        for kind, spans in (("correct", gold & found), ("found", found), ("gold", gold)):
            for _, _, label in spans:
                tallies[label][kind] += 1
                tallies["all"][kind] += 1
    return tallies


def f1(tally: Tally) -> float:
    """F1 in percent; 0 when there is nothing at all."""
    return 200 * tally["correct"] / max(1, tally["found"] + tally["gold"])


def articles(data: Path) -> Iterator[names.Passage]:
    """The annotated beginnings of real articles, a paragraph a passage, names across paragraphs left out."""
    gold = data / "gold-dev" / "real-articles.jsonl"
    bodies: dict[str, str] = {}
    for path in sorted((data / "news").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            bodies |= {f"{path.name}:{record['id']}": record["body"] for record in map(json.loads, file)}
    for record in map(json.loads, gold.read_text(encoding="utf-8").splitlines()):
        body = bodies[f"{record['file']}.jsonl.gz:{record['id']}"][: record["end"]]
        at = 0
        for paragraph in body.split("\n"):
            end = at + len(paragraph)
            spans = [(s - at, e - at, label) for s, e, label in record["spans"] if at <= s and e <= end]
            yield names.Passage(record["id"], paragraph, spans)
            at = end + 1


def syntax_table(nlp: Language, data: Path) -> Table:
    """Tags, lemmas and parse for each treebank."""
    table = Table("treebank, test", *SYNTAX.values(), title="Words and syntax, percent")
    for bank in corpus.TREEBANKS:
        scores = measure_syntax(nlp, data / "treebank" / f"{bank}-test.conllu.gz")
        table.add_row(bank, *(f"{score:.1f}" for score in scores.values()))
    return table


def parttable(nlp: Language, data: Path) -> Table:
    """F1 of names for each kind of passage and label."""
    groups: dict[str, list[names.Passage]] = defaultdict(list)
    for path in sorted((corpus.HERE / "ner-own").glob("*.tsv")):
        kind = "voa" if path.stem.startswith("voa") else path.stem
        groups[kind] += [passage for passage in names.read_marked(path) if names.is_dev(passage.id)]
    if (data / "gold-dev" / "real-articles.jsonl").exists():
        groups["real articles"] = list(articles(data))
    table = Table("held out", "names", "all", *names.LABELS, title="Names, trimmed span F1, percent")
    for kind, passages in groups.items():
        tallies = count_names(nlp, passages)
        row = [f"{f1(tallies[label]):.1f}" if tallies[label]["gold"] else "-" for label in ("all", *names.LABELS)]
        table.add_row(kind, str(tallies["all"]["gold"]), *row)
    return table


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("HARBINGER_DATA"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    if arguments.data is None:
        parser.error("--data or HARBINGER_DATA must name the folder of the treebanks")
    data, console = Path(arguments.data), Console(width=120)
    nlp = load_language(arguments.weights)
    console.print(f"{model_name(nlp)}: {', '.join(nlp.pipe_names)}")
    for table in (syntax_table, parttable):
        console.print(table(nlp, data))


if __name__ == "__main__":
    main()

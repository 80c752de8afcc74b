"""Trains the two models that judge lines, and writes ``service/analysis/line_model.json``.

    pip install 'scikit-learn>=1.7'   # nothing else needs it
    HARBINGER_DATA=... python -m training.boilerplate.train

Labelled lines come from ``boilerplate-own``; short, listed and tabulated body lines from ``body.txt`` and further boilerplate
from ``boilerplate.txt`` beside this file; at a lower weight sentences of news from ``ner-own``, and sentences of the web and of
other genres from ``treebank`` (EWT, CC BY-SA 4.0; the open genres of GUM, CC BY and CC BY-SA), so that names, figures and a reader who is addressed do
not speak for boilerplate. The rest is ours or in the public domain. The second model learns from scores of the first that were
cross-fitted, and the threshold is chosen on scores of both that were cross-fitted once more, always by record. Takes a minute
on one core; no random number is drawn but by fixed seeds.
"""

import gzip
import json
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from benchmarks.accuracy_boilerplate import kept_aside
from service.analysis.boilerplate import BoilerplateRules
from service.analysis.line_model import BODY, WEIGHTS, LineModel, features, surroundings
from service.paths import config_dir

HERE = Path(__file__).parent
SENTENCES, SENTENCE_WEIGHT = 1_500, 0.8
"""So many of each kind."""
EXTRA_WEIGHT = 1.0
STRENGTH = 4.0
"""Inverse of the regularisation of the first model."""
THRESHOLD = 1.25
"""Chosen from the figures that :func:`validated` gives and from reading what was flagged on real pages: half of our own lines are
boilerplate, of a page few are, so that precision there must be well above what is asked for."""
THRESHOLDS = [0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0]
ALONE, BOTH, ASIDE = "model alone", "rules and model", "rules and model, the quarter kept aside"
LEAST_WEIGHT = 0.03
LEAST_RECORDS = 2
"""A word or pair that fewer lines have is no evidence."""

Scores = NDArray[np.float64]
_MARKUP = re.compile(r"\[[A-Z]+ ([^\[\]]*)\]")


class Data:
    """Lines of all records in order, their labels and records; and the lines beside them that belong to no record."""

    def __init__(self, root: Path) -> None:
        with (root / "boilerplate-own" / "lines.jsonl").open(encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        records = [row["lines"] for row in rows]
        self.ids = [row["id"] for row in rows]
        self.lines = [line["text"] for record in records for line in record]
        self.labels = np.array([line["label"] == "boilerplate" for record in records for line in record])
        self.records = np.array([index for index, record in enumerate(records) for _ in record])
        self.found = [dict.fromkeys(features(line), 1.0) for line in self.lines]
        body, boilerplate, sentences = own("body"), own("boilerplate"), sample(news(root)) + sample(web(root))
        self.extra = [dict.fromkeys(features(line), 1.0) for line in (*body, *boilerplate, *sentences)]
        self.extra_labels = np.array([False] * len(body) + [True] * len(boilerplate) + [False] * len(sentences))
        self.extra_weights = np.array(
            [EXTRA_WEIGHT] * (len(body) + len(boilerplate)) + [SENTENCE_WEIGHT] * len(sentences)
        )


def own(name: str) -> list[str]:
    """Lines of a file beside this one, without its comments."""
    text = (HERE / f"{name}.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("# ")]


def news(root: Path) -> list[str]:
    """Annotated sentences, without the annotation."""
    rows = [row for path in sorted((root / "ner-own").glob("*.tsv")) for row in path.read_text("utf-8").splitlines()]
    return [_MARKUP.sub(r"\1", row.split("\t", 1)[1]) for row in rows if "\t" in row]


def web(root: Path) -> list[str]:
    """Sentences of the treebanks' training parts."""
    paths = sorted((root / "treebank").glob("*-train.conllu.gz"))
    rows = [row for path in paths for row in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()]
    return [row.removeprefix("# text = ") for row in rows if row.startswith("# text = ") and row.count(" ") > 8]


def sample(sentences: list[str]) -> list[str]:
    """Some of them, the same every time."""
    return random.Random(0).sample(sentences, SENTENCES)


class Content:
    """The first model."""

    def __init__(self, data: Data, chosen: Sequence[int] | NDArray[np.intp]) -> None:
        counts = Counter(feature for index in chosen for feature in data.found[index])
        counts.update(
            feature for found, label in zip(data.extra, data.extra_labels, strict=True) if label for feature in found
        )
        known = {feature for feature, count in counts.items() if count >= LEAST_RECORDS}
        rows = [data.found[index] for index in chosen] + data.extra
        self.vectorizer = DictVectorizer()
        matrix = self.vectorizer.fit_transform([{f: 1.0 for f in row if f in known} for row in rows])
        matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
        weights = np.r_[np.ones(len(chosen)), data.extra_weights]
        self.model = LogisticRegression(C=STRENGTH, solver="liblinear", random_state=0)
        self.model.fit(matrix, np.r_[data.labels[chosen], data.extra_labels], sample_weight=weights)

    def scores(self, rows: list[dict[str, float]]) -> Scores:
        scores: Scores = np.clip(self.model.decision_function(self.vectorizer.transform(rows)), BODY, -BODY)
        return scores


def seen(data: Data, contents: Scores) -> Scores:
    """What the second model sees of every line."""
    rows: list[tuple[float, ...]] = []
    for record in range(data.records[-1] + 1):
        chosen = np.flatnonzero(data.records == record)
        rows.extend(surroundings([data.lines[i] for i in chosen], [float(contents[i]) for i in chosen]))
    return np.array(rows)


def cross_fitted(data: Data, chosen: NDArray[np.intp], seed: int) -> Scores:
    """Content scores of the chosen lines, each by a model that did not see its record; 0 elsewhere."""
    scores = np.zeros(len(data.lines))
    folds = GroupKFold(3, shuffle=True, random_state=seed)
    for train, test in folds.split(chosen, groups=data.records[chosen]):
        scores[chosen[test]] = Content(data, chosen[train]).scores([data.found[i] for i in chosen[test]])
    return scores


def context_model(data: Data, chosen: NDArray[np.intp]) -> LogisticRegression:
    """The second model, from cross-fitted scores of the first."""
    rows = seen(data, cross_fitted(data, chosen, seed=2))
    return LogisticRegression(max_iter=5_000).fit(rows[chosen], data.labels[chosen])


def exported(content: Content, context: LogisticRegression, threshold: float) -> LineModel:
    """Both models as the service uses them, rounded as they are stored."""
    names = content.vectorizer.get_feature_names_out()
    grams = {
        name: round(float(weight), 2)
        for name, weight in sorted(zip(names, content.model.coef_[0], strict=True))
        if abs(weight) >= LEAST_WEIGHT
    }
    weights = tuple(round(float(weight), 3) for weight in context.coef_[0])
    return LineModel(
        round(float(content.model.intercept_[0]), 3), grams, round(float(context.intercept_[0]), 3), weights, threshold
    )


def validated(data: Data) -> dict[tuple[str, float], tuple[float, float]]:
    """Precision and recall of the model and of rules and model together, the latter also on the quarter that the author of the rules did
    not read, at every threshold; each record is judged by models that did not see it."""
    rules = BoilerplateRules.load(config_dir() / "lexicon" / "boilerplate.yaml")
    tallies: dict[tuple[str, float], Counter[str]] = {}
    everything = np.arange(len(data.lines))
    for train, test in GroupKFold(5, shuffle=True, random_state=1).split(everything, groups=data.records):
        model = exported(Content(data, train), context_model(data, train), 0.0)
        for record in sorted(set(data.records[test])):
            chosen = np.flatnonzero(data.records == record)
            lines, labels = [data.lines[index] for index in chosen], data.labels[chosen]
            for limit in THRESHOLDS:
                limited = replace(model, threshold=limit)
                alone = limited.judge(lines, [False] * len(lines))
                both = [reason is not None for reason in replace(rules, model=limited).reasons(lines)]
                _add(tallies.setdefault((ALONE, limit), Counter()), alone, labels)
                _add(tallies.setdefault((BOTH, limit), Counter()), both, labels)
                if kept_aside(data.ids[record]):
                    _add(tallies.setdefault((ASIDE, limit), Counter()), both, labels)
    return {row: (t["right"] / max(1, t["found"]), t["right"] / t["wanted"]) for row, t in sorted(tallies.items())}


def _add(tally: Counter[str], verdicts: Sequence[bool], labels: NDArray[np.bool_]) -> None:
    found = np.array(verdicts)
    tally["found"] += int(found.sum())
    tally["right"] += int((found & labels).sum())
    tally["wanted"] += int(labels.sum())


def main() -> None:
    """Validate, train on everything, write."""
    data = Data(Path(os.environ["HARBINGER_DATA"]))
    for (row, limit), (precision, recall) in validated(data).items():
        print(f"{row}, threshold {limit:.2f}: precision {precision:.1%}, recall {recall:.1%}")
    everything = np.arange(len(data.lines))
    model = exported(Content(data, everything), context_model(data, everything), THRESHOLD)
    WEIGHTS.write_text(json.dumps(asdict(model), ensure_ascii=False, indent=0) + "\n", "utf-8")
    print(f"{len(model.grams)} weights, in {WEIGHTS}", file=sys.stderr)


if __name__ == "__main__":
    main()

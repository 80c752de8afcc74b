"""Make the language model that Harbinger ships. usage: python -m training.make_model --data DIR [--steps N] [--only STAGE...]

Stages: `data` (corpora from DIR), `syntax` (tagger, morphologizer, parser on one tok2vec), `names` (NER with a tok2vec of its own:
a shared one costs names more than the time it saves) and `package` (both, with the rule lemmatizer, into the package).
`syntax` and `names` need nothing of each other and can run side by side, one core each.
"""

import argparse
import json
import os
import shutil
from pathlib import Path

os.environ.setdefault(
    "OMP_NUM_THREADS", "1"
)  # more threads gain nothing at these widths, and one makes runs repeatable

import spacy
from spacy.language import Language
from spacy.lookups import Lookups
from spacy.tokens import DocBin
from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from spacy.util import load_config
from thinc.api import NumpyOps, set_current_ops

from training import augment, build_data, names, tokenizer  # noqa: F401  (augment registers what configs name)

HERE = Path(__file__).parent
WEIGHTS = HERE.parent / "service" / "analysis" / "weights"
STAGES = ("data", "syntax", "names", "package")
NAME, VERSION = "harbinger", "0.1.0"
LICENSE = "CC-BY-SA-4.0"  # the treebanks' share-alike; the names' part would allow more


def train_syntax(work: Path, overrides: dict[str, object]) -> None:
    """Train tagger, morphologizer and parser; the best of the evaluations stays in `work/syntax/model-best`."""
    corpus = work / "corpus"
    paths = {"paths.train": str(corpus / "syntax-train.spacy"), "paths.dev": str(corpus / "syntax-dev.spacy")}
    _train("syntax", work, paths | overrides)


def train_names(work: Path, overrides: dict[str, object]) -> None:
    """Train the NER; the best of the evaluations stays in `work/names/model-best`."""
    corpus = work / "corpus"
    labels = work / "names-labels.json"
    labels.write_text(json.dumps(_actions(corpus / "names-train.spacy")), encoding="utf-8")
    paths = {
        "paths.train": str(corpus / "names-train.spacy"),
        "paths.dev": str(corpus / "names-dev.spacy"),
        "paths.pool": str(corpus / "pool.json.gz"),
        "paths.labels": str(labels),
    }
    _train("names", work, paths | overrides)


def _train(name: str, work: Path, overrides: dict[str, object]) -> None:
    """What `spacy train` does, but with numpy's OpenBLAS, which is up to twice as fast as spaCy's BLIS."""
    config = load_config(HERE / "configs" / f"{name}.cfg", overrides=overrides, interpolate=False)
    set_current_ops(NumpyOps(use_blis=False))
    nlp = init_nlp(config)
    (work / name).mkdir(parents=True, exist_ok=True)
    train(nlp, work / name)


def _actions(corpus: Path) -> dict[str, dict[str, int]]:
    """The NER's transitions, which a streamed corpus cannot tell in advance (actions: 1 B, 2 I, 3 L, 4 U, 5 O)."""
    nlp = spacy.blank("en")
    counts = dict.fromkeys(names.LABELS, 0)
    for doc in DocBin().from_disk(corpus).get_docs(nlp.vocab):
        for span in doc.ents:
            counts[span.label_] += 1
    return {"0": {}, **{action: dict(counts) for action in "123"}, "4": {"": 1} | counts, "5": {"": 1}}


def package(work: Path, weights: Path) -> None:
    """Join both models and the lemmatizer, and replace `weights` with the result."""
    nlp = spacy.load(work / "syntax" / "model-best")
    tokenizer.customize(nlp)
    lookups = Lookups().from_disk(work / "corpus", filename="lemmas.bin")
    nlp.add_pipe("lemmatizer", config={"mode": "rule"}).initialize(lookups=lookups)  # type: ignore[attr-defined]
    nlp.add_pipe("ner", source=spacy.load(work / "names" / "model-best"))
    _describe(nlp)
    fresh = weights.with_name(weights.name + ".new")
    nlp.to_disk(fresh)
    strings = fresh / "vocab" / "strings.json"
    strings.write_text(json.dumps(_needed_strings(nlp), ensure_ascii=False, indent=0), encoding="utf-8")
    shutil.rmtree(weights, ignore_errors=True)
    fresh.rename(weights)
    size = sum(path.stat().st_size for path in weights.rglob("*") if path.is_file())
    print(f"{weights}: {size / 1e6:.1f} MB")


def _needed_strings(nlp: Language) -> list[str]:
    """The language's own strings and the labels. The words of the training texts, which spaCy saves too, do nothing at
    work (rows are found by hash) but cost each process 15 MB."""
    labels = {label for pipe in nlp.pipe_names for label in getattr(nlp.get_pipe(pipe), "labels", ())}
    return sorted({*spacy.blank("en").vocab.strings, *labels})


def _describe(nlp: Language) -> None:
    """State name, version and licence, and drop what only training needs (paths, corpora, registered functions)."""
    nlp.meta.update(
        name=NAME,
        version=VERSION,
        license=LICENSE,
        description="English tagger, morphologizer, parser, lemmatizer and names for news about states and conflicts",
        sources=[
            {"name": "Universal Dependencies English EWT", "license": "CC BY-SA 4.0"},
            {"name": "Universal Dependencies English GUM, open genres", "license": "CC BY 4.0, CC BY-SA"},
            {"name": "Re-DocRED", "license": "MIT"},
            {"name": "Universal NER English EWT", "license": "CC BY-SA 4.0"},
            {"name": "Harbinger's annotated names", "license": "Apache-2.0"},
            {"name": "WordNet 3.0 through spacy-lookups-data", "license": "WordNet, MIT"},
        ],
    )
    nlp.meta.pop("performance", None)
    blank = spacy.blank("en").config
    for section in ("paths", "corpora", "training", "initialize"):
        nlp.config[section] = blank[section]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("HARBINGER_DATA"), help="folder with treebank/ and ner/"
    )
    parser.add_argument("--work", type=Path, default=Path("build/model"), help="scratch folder")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="where the finished model goes")
    parser.add_argument("--steps", type=int, help="fewer steps than the configs say, for a trial")
    parser.add_argument("--only", nargs="+", choices=STAGES, default=STAGES)
    arguments = parser.parse_args()
    overrides: dict[str, object] = {}
    if arguments.steps:
        overrides = {"training.max_steps": arguments.steps, "training.eval_frequency": arguments.steps}
    if "data" in arguments.only:
        if arguments.data is None:
            parser.error("--data or HARBINGER_DATA must name the folder of the treebanks")
        build_data.build(Path(arguments.data), arguments.work / "corpus")
    if "syntax" in arguments.only:
        train_syntax(arguments.work, overrides)
    if "names" in arguments.only:
        train_names(arguments.work, overrides)
    if "package" in arguments.only:
        package(arguments.work, arguments.weights)


if __name__ == "__main__":
    main()

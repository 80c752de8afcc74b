"""How many layers: short trainings of encoders of different depth, accuracy beside cost. usage: python -m training.compare --data DIR

Each variant is trained for the same share of the usual passes, exported as what ships, and measured as `training.evaluate` measures. The
bare `tok2vec` of spaCy's small default is timed in the same process. Takes hours on one core; nothing of it ships.
"""

import argparse
import os
import pickle
import shutil
import time
from pathlib import Path

import spacy
from rich.console import Console
from rich.table import Table
from spacy.language import Language

from benchmarks.speed import TOK2VEC
from service.analysis.language import WEIGHTS, load_language
from training import corpus, evaluate, export, learn, names
from training.make_model import build, encoder_folder


def variant(work: Path, layers: int, passes: float) -> Language:
    """The shipped pipeline with a reader of so many layers in it."""
    folder = work / f"layers-{layers}"
    encoder = encoder_folder()
    network = folder / "network.pt"
    if not network.exists():
        folder.mkdir(parents=True, exist_ok=True)
        learn.learn(work / "corpus.pickle", encoder / "model.safetensors", network, passes, layers)
    with (work / "corpus.pickle").open("rb") as file:
        labels, _ = pickle.load(file)
    shutil.copytree(WEIGHTS, folder / "weights", dirs_exist_ok=True)
    export.export_reading(network, labels, encoder, folder / "weights" / "reader", layers)
    return load_language(folder / "weights")


def seconds(nlp: Language, texts: list[str]) -> float:
    """Processor time, after a few texts to warm up."""
    for _ in nlp.pipe(texts[:50]):
        pass
    started = time.process_time()
    with nlp.memory_zone():
        for _ in nlp.pipe(texts, batch_size=32):
            pass
    return time.process_time() - started


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("HARBINGER_DATA"))
    parser.add_argument("--work", type=Path, default=Path("build/compare"))
    parser.add_argument("--layers", type=int, nargs="+", default=[2, 3, 5])
    parser.add_argument("--passes", type=float, default=0.33)
    arguments = parser.parse_args()
    if arguments.data is None:
        parser.error("--data or HARBINGER_DATA must name the folder of the treebanks")
    data = Path(arguments.data)
    if not (arguments.work / "corpus.pickle").exists():
        build(data, arguments.work)
    held_out = [passage for passage in corpus.own_passages() if names.is_dev(passage.id)]
    bare = spacy.blank("en")
    bare.add_pipe("tok2vec", config=TOK2VEC)
    bare.initialize()
    table = Table("shared layers", "names", "names, articles", "LAS EWT", "LAS GUM", "tok2vec : reading")
    for layers in arguments.layers:
        nlp = variant(arguments.work, layers, arguments.passes)
        texts = [passage.text for passage in evaluate.articles(data) if passage.text.strip()]
        las = [
            evaluate.measure_syntax(nlp, data / "treebank" / f"{bank}-test.conllu.gz")["LAS"]
            for bank in corpus.TREEBANKS
        ]
        ratio = seconds(nlp, texts) / seconds(bare, texts)
        table.add_row(
            str(layers),
            f"{evaluate.f1(evaluate.count_names(nlp, held_out)['all']):.1f}",
            f"{evaluate.f1(evaluate.count_names(nlp, evaluate.articles(data))['all']):.1f}",
            *(f"{figure:.1f}" for figure in las),
            f"1 : {ratio:.1f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()

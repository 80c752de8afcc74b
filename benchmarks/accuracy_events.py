"""How right events, modality, signals and the score are, on labelled texts that lie outside of the repository.

    HARBINGER_DATA=/path/to/data python -m benchmarks.accuracy_events [zsp] [five] [own] [articles]

The folder holds ``gold-dev/zsp_plv_train.jsonl`` (a sentence with source and target given, and the PLOVER root between
them), ``gold-dev/conflibert_cameo_train.jsonl`` (a sentence and its one of five classes), ``events-own/*.jsonl`` (a fifth of
each file, by hash of the id) and ``gold-dev/real-articles.jsonl`` with ``news/*.jsonl.gz``. Macro-F1 is the mean over the
roots (or quads, or classes) that occur in the gold.
"""

import gzip
import json
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from service.analysis.events import extract_events
from service.analysis.pipeline import Analysis
from service.analysis.proofs import silence
from service.analysis.reading import ActorMention, Passage, Reading
from service.analysis.text import split_article
from service.messages.article import Article
from service.messages.enriched import Attribution, Event
from service.paths import config_dir
from training.events import is_held_out, nth

WHEN_UNDATED: Final = "2006-06-01"
QUAD: Final = {
    **dict.fromkeys(("AGREE", "CONSULT", "SUPPORT"), 1),
    **dict.fromkeys(("COOPERATE", "AID", "CONCEDE", "RETREAT", "YIELD"), 2),
    **dict.fromkeys(("REQUEST", "ACCUSE", "REJECT", "THREATEN"), 3),
    **dict.fromkeys(("PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT"), 4),
}
FIVE_CLASSES: Final = {
    **dict.fromkeys(("01", "02"), 0),
    **dict.fromkeys(("03", "04", "05"), 1),
    **dict.fromkeys(("06", "07", "08"), 2),
    **dict.fromkeys(("09", "10", "11", "12", "13", "16"), 3),
    **dict.fromkeys(("14", "15", "17", "18", "19", "20"), 4),
}
"""CAMEO's roots as statements, verbal and material cooperation, verbal and material conflict. Reduced relations (16) count as verbal,
as in the labelled set and in the first published quads (Duval and Thompson 1980); PLOVER's quads count them as material."""

CLASS_NAMES: Final = ("statement", "verbal cooperation", "material cooperation", "verbal conflict", "material conflict")
NOT_DONE: Final = ("negated", "hypothetical", "requested", "planned")
Span = tuple[int, int]


def rows(path: Path) -> Iterator[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def macro_f1(pairs: Iterable[tuple[Any, Any]]) -> float:
    """Mean F1 in percent over the gold's classes, of (gold, predicted); None as prediction is wrong for every class."""
    hits: Counter[Any] = Counter()
    gold: Counter[Any] = Counter()
    predicted: Counter[Any] = Counter()
    for want, got in pairs:
        gold[want] += 1
        predicted[got] += 1
        hits[want] += want == got
    return 100 * sum(2 * hits[c] / (gold[c] + predicted[c]) for c in gold) / max(len(gold), 1)


def f1(hits: int, gold: int, predicted: int) -> str:
    precision, recall = hits / max(predicted, 1), hits / max(gold, 1)
    return f"{200 * hits / max(gold + predicted, 1):.1f} (precision {100 * precision:.1f}, recall {100 * recall:.1f})"


def share(part: int, whole: int) -> str:
    return f"{100 * part / max(whole, 1):.1f} % ({part} of {whole})"


def read(analysis: Analysis, article: Article, use: Callable[[Reading], None]) -> None:
    """Run all stages and show ``use`` the working record, which must not be kept."""
    stretches, boilerplate = split_article(article, analysis.boilerplate)
    with analysis.nlp.memory_zone():
        reading = Reading(article, article.published, analysis._passages(article, stretches), boilerplate)
        for stage in analysis.stages:
            stage(reading)
        use(reading)


def zsp(analysis: Analysis, folder: Path) -> Iterator[tuple[str, str]]:
    """Source and target given: the root of the event that holds both, else of one that holds either."""
    stages = [s for s in analysis.stages if s is silence or (isinstance(s, partial) and s.func is extract_events)]
    pairs: list[tuple[str, str | None]] = []
    for row in rows(folder / "gold-dev" / "zsp_plv_train.jsonl"):
        gold = row["events"][0]
        article = Article(id="z", title="", body=row["text"], published_at=WHEN_UNDATED)
        with analysis.nlp.memory_zone():
            doc = analysis.nlp(row["text"])
            reading = Reading(article, article.published, [Passage(0, "body", 0, doc, 0)], [])
            for side in ("source", "target"):
                start = row["text"].find(gold[side])
                span = doc.char_span(start, start + len(gold[side]), alignment_mode="expand") if start >= 0 else None
                if span is not None:
                    reading.actor_mentions.append(ActorMention(0, span.start, span.end, span.root.i, side))
            for stage in stages:
                stage(reading)
            best = max(reading.events, key=_overlap, default=None)
        pairs.append((gold["code"], None if best is None else _yielding(best.plover)))
    found = [(want, got) for want, got in pairs if got is not None]
    yield "sentences with an event", share(len(found), len(pairs))
    for name, some in (("found ones", found), ("all, missing counted wrong", pairs)):
        yield f"root macro-F1, {name}", f"{macro_f1(some):.1f}"
        yield f"quad macro-F1, {name}", f"{macro_f1((QUAD[want], QUAD.get(got or '')) for want, got in some):.1f}"


def five_classes(analysis: Analysis, folder: Path) -> Iterator[tuple[str, str]]:
    """Nothing given: the class of the surest event of a sentence through the whole pipeline; without one it only states something."""
    pairs: list[tuple[int, int]] = []

    def compare(want: int, reading: Reading) -> None:
        pairs.append((want, class_of(reading.events)))

    for row in rows(folder / "gold-dev" / "conflibert_cameo_train.jsonl"):
        article = Article(id=row["id"], title="", body=row["text"], published_at=WHEN_UNDATED)
        read(analysis, article, partial(compare, row["quad"]))
    yield "five classes macro-F1", f"{macro_f1(pairs):.1f}"
    for number, name in enumerate(CLASS_NAMES):
        hits = sum(want == got == number for want, got in pairs)
        gold, predicted = (sum(pair[side] == number for pair in pairs) for side in (0, 1))
        yield f"{name}, F1", f1(hits, gold, predicted)


def class_of(events: Iterable[Event]) -> int:
    """The class of the surest event, by its CAMEO code; 0 without one."""
    best = max(events, key=lambda event: event.confidence, default=None)
    return 0 if best is None else FIVE_CLASSES[best.cameo[:2]]


def _overlap(event: Event) -> tuple[int, float]:
    return ("source" in event.sources) + ("target" in event.targets), event.confidence


def _yielding(root: str) -> str:
    """The set has one code for both kinds of yielding."""
    return "YIELD" if root in {"CONCEDE", "RETREAT"} else root


def touch(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def actors_at(reading: Reading, field: str, span: Span | None) -> set[str]:
    """The actors that the pipeline found within a stretch of the article."""
    if span is None:
        return set()
    found: set[str] = set()
    for mention in reading.actor_mentions:
        passage = reading.passages[mention.passage]
        if passage.field == field and touch(passage.offsets(passage.doc[mention.start : mention.end]), span):
            found.add(mention.actor)
    return found


def side_right(gold: set[str], wanted: bool, found: list[str]) -> bool:
    return bool(gold & set(found)) if gold else not (wanted and found) or not found


def spoken(value: Any, text: str) -> list[Span]:
    """Where a gold speaker stands: one span, or wherever a verbatim string occurs; nowhere when there is none."""
    if not value:
        return []
    if not isinstance(value, str):
        return [(value[0], value[1])]
    return [match.span() for match in re.finditer(re.escape(value), text)]


def speaker_right(reading: Reading, found: Attribution | None, gold: list[Span]) -> bool:
    """Whether a speaker is one of the gold's mentions: words of it, or the same actor. Nobody is right where the gold has nobody."""
    if not gold or found is None:
        return not gold and found is None
    if any(touch((found.start, found.end), span) for span in gold if found.field == "body"):
        return True
    return found.actor is not None and any(found.actor in actors_at(reading, "body", span) for span in gold)


def count_speaker(count: Counter[str], reading: Reading, event: Event, gold: list[Span]) -> None:
    """Count one found event under ``speaker``, and under ``quoted`` and ``quoted right`` where the gold has a speaker."""
    right = speaker_right(reading, event.attribution, gold)
    count["speaker"] += right
    count["quoted"] += bool(gold)
    count["quoted right"] += bool(gold) and right


def speaker_figures(count: Counter[str]) -> Iterator[tuple[str, str]]:
    """How often the speaker is right, of all found events, and of those that somebody tells of in the gold."""
    yield "speaker right on found", share(count["speaker"], count["found"])
    yield "speaker right where the gold has one", share(count["quoted right"], count["quoted"])


def own(analysis: Analysis, folder: Path) -> Iterator[tuple[str, str]]:
    """The held-out fifth of our own sentences, through the whole pipeline."""
    count: Counter[str] = Counter()
    sure: defaultdict[float, list[bool]] = defaultdict(list)
    missed: Counter[str] = Counter()
    for path in sorted((folder / "events-own").glob("*.jsonl")):
        for row in filter(lambda row: is_held_out(row["id"]), rows(path)):
            article = Article(id=row["id"], title="", body=row["text"], published_at=row["date"] or WHEN_UNDATED)
            read(analysis, article, partial(_compare, row, count, sure, missed))
    yield "events found (trigger)", f1(count["found"], count["gold"], count["events"])
    yield "found, right root", f1(count["root"], count["gold"], count["events"])
    yield "modality right on found", share(count["modality"], count["found"])
    yield from speaker_figures(count)
    yield "false acts of quad class 4", share(count["false acts"], count["not done"])
    yield "texts without event, no act of quad 4", share(count["quiet"], count["none"])
    yield "signals", f1(count["signal hits"], count["gold signals"], count["signals"])
    for low in sorted(sure):
        yield f"root right, confidence {low:.1f}..", share(sum(sure[low]), len(sure[low]))
    yield "most missed", ", ".join(f"{words} {n}" for words, n in missed.most_common(40))


def _compare(
    row: dict[str, Any],
    count: Counter[str],
    sure: defaultdict[float, list[bool]],
    missed: Counter[str],
    reading: Reading,
) -> None:
    free = list(reading.events)
    count["gold"] += len(row["events"])
    count["events"] += len(free)
    matched: dict[str, bool] = {}
    for gold in row["events"]:
        span = nth(row["text"], gold["trigger"], gold.get("trigger_n", 1))
        count["not done"] += gold["modality"] in NOT_DONE
        near = [event for event in free if touch((event.trigger.start, event.trigger.end), span)]
        event = max(near, key=lambda item: item.type == gold["root"], default=None)
        if event is None:
            missed[f"{gold['root']}:{gold['trigger']}"] += 1
            continue
        count["found"] += 1
        count["root"] += event.type == gold["root"]
        matched[event.id] = matched.get(event.id, False) or event.type == gold["root"]
        count["modality"] += event.modality == gold["modality"]
        count_speaker(count, reading, event, spoken(gold["speaker"], row["text"]))
        count["false acts"] += gold["modality"] in NOT_DONE and event.modality == "actual" and event.quad_class == 4
    for event in reading.events:
        sure[int(event.confidence * 10) / 10].append(matched.get(event.id, False))
    if not row["events"]:
        count["none"] += 1
        count["quiet"] += not any(e.modality == "actual" and e.quad_class == 4 for e in reading.events)
    _count_signals(set(row["signals"]), reading, count)


def _count_signals(gold: set[str], reading: Reading, count: Counter[str]) -> None:
    found = {signal.category for signal in reading.signals}
    count["gold signals"] += len(gold)
    count["signals"] += len(found)
    count["signal hits"] += len(gold & found)


def articles(analysis: Analysis, folder: Path) -> Iterator[tuple[str, str]]:
    """Real articles: an event is found by its trigger, or by the same root in the same stretch."""
    texts = {row["id"]: row for path in sorted((folder / "news").glob("*.gz")) for row in rows(path)}
    count: Counter[str] = Counter()
    for gold in rows(folder / "gold-dev" / "real-articles.jsonl"):
        body = texts[gold["id"]]["body"][: gold["end"]]
        article = Article(id=gold["id"], title=gold["title"] or "", body=body, published_at=gold["published_at"])
        read(analysis, article, partial(_compare_article, gold, count))
    yield "events found", f1(count["found"], count["gold"], count["events"])
    yield "with right root, source, target", f1(count["full"], count["gold"], count["events"])
    yield "modality right on found", share(count["modality"], count["found"])
    yield from speaker_figures(count)
    yield "signals", f1(count["signal hits"], count["gold signals"], count["signals"])
    yield "articles of no relevance quiet", share(count["quiet"], count["irrelevant"])
    yield "sign of the score right", share(count["sign"], count["directed"])


def _compare_article(gold: dict[str, Any], count: Counter[str], reading: Reading) -> None:
    free = [event for event in reading.events if event.trigger.field == "body"]
    count["gold"] += len(gold["events"])
    count["events"] += len(free)
    for want in gold["events"]:
        event = _match(want, free)
        if event is None:
            continue
        free.remove(event)
        count["found"] += 1
        count["modality"] += event.modality == want["modality"]
        count_speaker(count, reading, event, spoken(want["speaker"], reading.article.body))
        sides = [
            side_right(actors_at(reading, "body", _span(want[key])), bool(want[key]), list(named))
            for key, named in (("source", event.sources), ("target", event.targets))
        ]
        count["full"] += event.type == want["root"] and all(sides)
    _count_signals(set(gold["signals"]), reading, count)
    score = reading.escalation.score if reading.escalation else 0.0
    if gold["relevance"] == "none":
        count["irrelevant"] += 1
        count["quiet"] += abs(score) < 5 and not reading.signals
    if gold["direction"] in {"escalatory", "de-escalatory"}:
        count["directed"] += 1
        count["sign"] += (score > 0) == (gold["direction"] == "escalatory") and score != 0


def _span(value: Any) -> Span | None:
    return None if value is None else (value[0], value[1])


def _match(want: dict[str, Any], free: list[Event]) -> Event | None:
    trigger, within = tuple(want["trigger"]), tuple(want["within"])
    near = [e for e in free if touch((e.trigger.start, e.trigger.end), trigger)]
    near = near or [e for e in free if e.type == want["root"] and touch((e.trigger.start, e.trigger.end), within)]
    return max(near, key=lambda event: event.type == want["root"], default=None)


def main() -> None:
    """Print a table a set."""
    folder = os.environ.get("HARBINGER_DATA")
    if not folder:
        sys.exit("HARBINGER_DATA must name the folder of labelled texts")
    sets = {"zsp": zsp, "five": five_classes, "own": own, "articles": articles}
    analysis = Analysis.load(config_dir())
    for name in sys.argv[1:] or list(sets):
        table = Table(title=name, show_header=False)
        for label, value in sets[name](analysis, Path(folder)):
            table.add_row(label, value)
        Console().print(table)


if __name__ == "__main__":
    main()

"""The lexicon: which words, in which construction, tell of which deed; loaded, checked and indexed once.

Rules lie in ``config/lexicon/events/*.yaml``, one file a PLOVER root; word classes in ``classes.yaml``, the words that
make a deed planned, requested, doubtful or undone in ``modality.yaml``, what raises a signal in ``signals.yaml``.
A rule names its words as *patterns*: ``attack`` is the lemma of the trigger, ``shoot down`` the trigger and a word that
must belong to it (a particle, an object, an adverb), and ``air strike`` as a noun the head with the word before it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.messages.enriched import DeEscalatoryCategory, EscalatoryCategory, Modality, PloverRoot

SignalCategory = EscalatoryCategory | DeEscalatoryCategory
ESCALATORY: frozenset[str] = frozenset(get_args(EscalatoryCategory))
DE_ESCALATORY: frozenset[str] = frozenset(get_args(DeEscalatoryCategory))
M = TypeVar("M", bound=BaseModel)
Operator = Literal["plan", "request", "doubt", "negate"]


class LexiconError(Exception):
    """A lexicon that cannot be used: names the file, the rule, the field and the reason."""

    def __init__(self, file: Path, rule: str | None, field_name: str | None, reason: str) -> None:
        self.file, self.rule, self.field, self.reason = file, rule, field_name, reason
        where = [str(file), f"rule {rule}" if rule else "", f"field {field_name}" if field_name else ""]
        super().__init__(": ".join([", ".join(part for part in where if part), reason]))


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Closed):
    """What to look for, and what it means.

    ``object``, ``without_object``, ``complement``, ``with`` and ``without`` hold lemmas or ``@classes`` (expanded at
    load). ``source`` and ``target`` are slots tried in turn: ``subject``, ``object``, ``recipient``, ``owner`` (of a
    noun), ``complement`` (its subject), ``complement-object``, or a preposition. ``affected`` collects from all of its slots.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]
    root: PloverRoot
    mode: str | None = None
    cameo: Annotated[str, Field(pattern=r"^\d{2,4}$")]
    verbs: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    object: frozenset[str] = frozenset()
    without_object: frozenset[str] = frozenset()
    complement: frozenset[str] = frozenset()
    preposition: frozenset[str] = frozenset()
    with_: frozenset[str] = Field(frozenset(), alias="with")
    without: frozenset[str] = frozenset()
    subject: frozenset[str] = frozenset()
    source: tuple[str, ...] = ("subject",)
    target: tuple[str, ...] = ("object",)
    affected: tuple[str, ...] = ()
    needs: Literal["any", "source", "target", "both"] = "any"
    mutual: bool = False
    passive: bool | None = Field(None, description="true: only in the passive; false: never; null: either")
    modality: Modality | None = Field(None, description="of the deed that the words name, when it is not actual")
    signal: SignalCategory | None = None
    confidence: Annotated[float, Field(gt=0, le=1)] = 0.8
    example: str
    counter_example: str

    @property
    def constraints(self) -> int:
        """How narrow the rule is: of several that match one trigger, the narrowest wins."""
        lists = (self.object, self.complement, self.preposition, self.with_, self.subject)
        return sum(bool(words) for words in lists) + (self.passive is not None)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way to name a rule's deed: ``words`` are the further lemmas that must stand with the trigger lemma."""

    rule: Rule
    words: tuple[str, ...]
    order: int

    @property
    def weight(self) -> tuple[int, int]:
        """Sorts the narrowest rule first; among equals, the one written first."""
        return (-(len(self.words) + self.rule.constraints), self.order)


class ModalityWords(_Closed):
    """Which governing word does what to the deed under it (lemmas of verbs, nouns and adjectives)."""

    plan: frozenset[str]
    request: frozenset[str]
    doubt: frozenset[str]
    negate: frozenset[str]
    transparent: frozenset[str] = Field(
        description="begin to attack, carry out an attack: the deed is as real as its verb"
    )
    reporting: frozenset[str] = Field(description="say, report: what is said is told as having happened, by a speaker")
    object_control: frozenset[str] = Field(description="ask X to act: X is who would act")
    conditional_marks: frozenset[str]
    negators: frozenset[str]
    past: frozenset[str] = Field(description="words that make the deed a memory: anniversary, veteran, decades")

    def operator(self, lemma: str) -> Operator | None:
        """What ``lemma`` does to a deed that it governs; None when it leaves it as it is."""
        if lemma in self.negate:
            return "negate"
        if lemma in self.doubt:
            return "doubt"
        if lemma in self.request:
            return "request"
        return "plan" if lemma in self.plan else None


class SignalWords(_Closed):
    """How categories relate to the Geopolitical Risk index, and what they become while the deed is not done."""

    gpr: Mapping[str, Annotated[int, Field(ge=1, le=8)]]
    threats: frozenset[str] = Field(description="categories that are words or preparations even when actual")
    undone: Mapping[str, SignalCategory] = Field(description="category of a deed that is planned or feared only")
    silent_modalities: Mapping[str, frozenset[Modality]] = Field(description="category: modalities that raise nothing")
    armed_sectors: frozenset[str] = Field(description="sectors of actors whose violence is not crime")
    terror_sectors: frozenset[str]
    off_topic: frozenset[str] = Field(description="lemmas of sport, business and culture")
    off_topic_limit: Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All of it, indexed by trigger lemma and kind of word."""

    rules: tuple[Rule, ...]
    verbs: Mapping[str, tuple[Pattern, ...]]
    nouns: Mapping[str, tuple[Pattern, ...]]
    modality: ModalityWords
    signals: SignalWords
    digest: str
    files: Mapping[str, Path] = field(default_factory=dict, compare=False)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read and check the lexicon in ``directory`` (``config/lexicon``).

        Raises:
            LexiconError: a file is missing or unreadable, or a rule is not well formed, or two rules share an id.
        """
        paths = sorted((directory / "events").glob("*.yaml"))
        if not paths:
            raise LexiconError(directory / "events", None, None, "no rule file there")
        classes = _classes(directory / "classes.yaml")
        rules: dict[str, Rule] = {}
        files: dict[str, Path] = {}
        for path in paths:
            for rule in _rules(path, classes):
                if rule.id in rules:
                    raise LexiconError(path, rule.id, "id", f"already used in {files[rule.id]}")
                rules[rule.id], files[rule.id] = rule, path
        extras = [directory / name for name in ("classes.yaml", "modality.yaml", "signals.yaml")]
        return cls(
            rules=tuple(rules.values()),
            verbs=_index((rule, rule.verbs, 0) for rule in rules.values()),
            nouns=_index((rule, rule.nouns, -1) for rule in rules.values()),
            modality=_model(ModalityWords, directory / "modality.yaml", classes),
            signals=_model(SignalWords, directory / "signals.yaml", classes),
            digest=_digest([*extras, *paths]),
            files=files,
        )


def _index(entries: Iterable[tuple[Rule, tuple[str, ...], int]]) -> dict[str, tuple[Pattern, ...]]:
    """Patterns by trigger lemma, narrowest first; ``head`` says which word of a pattern is the trigger."""
    found: dict[str, list[Pattern]] = {}
    order = 0
    for rule, patterns, head in entries:
        for pattern in patterns:
            words = pattern.split()
            trigger = words.pop(head)
            found.setdefault(trigger, []).append(Pattern(rule, tuple(words), order))
            order += 1
    return {lemma: tuple(sorted(patterns, key=lambda pattern: pattern.weight)) for lemma, patterns in found.items()}


class _WordLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.1 reads ``on``, ``no`` and ``off`` as booleans; in a lexicon they are words."""


_WordLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if letter in "tfTF" or not tag.endswith(":bool")]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text("utf-8"), Loader=_WordLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LexiconError(path, None, None, str(error)) from error


def _classes(path: Path) -> dict[str, frozenset[str]]:
    """Named sets of lemmas; a class may hold others, if they stand above it in the file."""
    content = _read(path)
    if not isinstance(content, dict):
        raise LexiconError(path, None, None, "must map names of classes to lists of lemmas")
    classes: dict[str, frozenset[str]] = {}
    for name, words in content.items():
        if not isinstance(words, list):
            raise LexiconError(path, None, str(name), "must be a list of lemmas")
        classes[str(name)] = frozenset(_expand(words, classes, path, None, str(name)))
    return classes


def _expand(
    words: list[Any], classes: Mapping[str, frozenset[str]], path: Path, rule: str | None, field_name: str
) -> Iterator[str]:
    for word in words:
        if not isinstance(word, str) or not word:
            raise LexiconError(path, rule, field_name, f"{word!r} is not a word")
        if not word.startswith("@"):
            yield word
        elif (members := classes.get(word[1:])) is None:
            raise LexiconError(path, rule, field_name, f"there is no word class {word}")
        else:
            yield from members


def _expanded(raw: Any, classes: Mapping[str, frozenset[str]], path: Path, rule: str | None) -> Any:
    """The mapping with each ``@class`` in a list of words replaced by its lemmas."""
    if not isinstance(raw, dict):
        raise LexiconError(path, rule, None, "must be a mapping")
    return {
        key: list(_expand(value, classes, path, rule, str(key))) if isinstance(value, list) else value
        for key, value in raw.items()
    }


def _rules(path: Path, classes: Mapping[str, frozenset[str]]) -> Iterator[Rule]:
    content = _read(path)
    if not isinstance(content, dict) or set(content) != {"root", "rules"} or not isinstance(content["rules"], list):
        raise LexiconError(path, None, None, "must hold exactly `root` and a list of `rules`")
    for number, raw in enumerate(content["rules"], start=1):
        name = str(raw.get("id", f"number {number}")) if isinstance(raw, dict) else f"number {number}"
        expanded = _expanded(raw, classes, path, name)
        rule = _validated(Rule, {"root": content["root"], **expanded}, path, name)
        if not rule.verbs and not rule.nouns:
            raise LexiconError(path, name, "verbs", "a rule needs verbs or nouns")
        if not rule.id.startswith(rule.root.lower() + "."):
            raise LexiconError(path, name, "id", f"must begin with {rule.root.lower()}.")
        yield rule


def _model(kind: type[M], path: Path, classes: Mapping[str, frozenset[str]]) -> M:
    return _validated(kind, _expanded(_read(path), classes, path, None), path, None)


def _validated(kind: type[M], content: Any, path: Path, rule: str | None) -> M:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or None
        raise LexiconError(path, rule, where, f"{first['msg']} (found {first.get('input')!r})") from error


def _digest(paths: Iterable[Path]) -> str:
    """``sha256:...`` over the files' names and bytes: provenance can tell which lexicon coded an article."""
    hasher = hashlib.sha256()
    for path in paths:
        hasher.update(path.name.encode())
        hasher.update(b"\0")
        hasher.update(path.read_bytes())
        hasher.update(b"\0")
    return f"sha256:{hasher.hexdigest()}"

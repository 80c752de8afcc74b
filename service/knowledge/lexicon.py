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
from typing import Annotated, Any, Final, Literal, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.knowledge.errors import LexiconError
from service.knowledge.overrides import NO_FILES, Files, OverrideFile, add_files
from service.knowledge.yaml_files import read_laid_yaml, read_override, read_yaml
from service.messages.enriched import DeEscalatoryCategory, EscalatoryCategory, Modality, PloverRoot

SignalCategory = EscalatoryCategory | DeEscalatoryCategory
ESCALATORY: frozenset[str] = frozenset(get_args(EscalatoryCategory))
DE_ESCALATORY: frozenset[str] = frozenset(get_args(DeEscalatoryCategory))
M = TypeVar("M", bound=BaseModel)
Operator = Literal["plan", "request", "doubt", "negate"]

WORD_FILES: Final = ("classes.yaml", "modality.yaml", "signals.yaml", "learned.yaml")
PEOPLE: Final = "people"
"""The one class of words that the analysis itself looks into."""
OTHER_FILES: Final = frozenset({"scales.yaml", "boilerplate.yaml", "scoring.yaml"})
"""Read elsewhere. Every other override of the lexicon is a file of rules."""


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Closed):
    """What to look for, and what it means.

    ``object``, ``without_object``, ``complement``, ``with`` and ``without`` hold lemmas or ``@classes`` (expanded at
    load); ``object`` and ``subject`` may hold ``<LABEL>``, a name of that kind (``<GPE>``), ``complement`` ``<inf>``, an
    infinitive. ``source`` and ``target`` are slots tried in turn: ``subject``, ``object``, ``recipient``, ``owner`` (of a
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
    presupposing: frozenset[str] = Field(description="stop, continue: what is governed is going on")
    giving: frozenset[str] = Field(description="announce, pledge: help or withdrawal that is promised, not yet brought")
    predicative: frozenset[str] = Field(
        description="words of the first four lists that do nothing as verbs or attributes"
    )
    stories: frozenset[str] = Field(description="film, novel, museum: what they show is no news")
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
    private_sectors: frozenset[str] = Field(description="sectors of actors that raise no signal by themselves")
    between_states: frozenset[str] = Field(description="categories that need two sides, not of one country")
    of_forces: frozenset[str] = Field(
        description="categories that a people cannot raise: civilians who leave withdraw nothing"
    )
    kinds: Mapping[PloverRoot, Mapping[SignalCategory, frozenset[str]]] = Field(
        description="of a root, the lemmas that make a deed without a category of its rule's one of a category; the first that has one"
    )
    unfolding: frozenset[str] = Field(
        description="verbs that tell of a war as going on, when a noun of war stands with them"
    )
    beginning: frozenset[str] = Field(
        description="verbs that tell of a war's beginning; others tell of one that goes on"
    )
    force: frozenset[str] = Field(description="lemmas of force: a threat without any is a warning")
    conditions: frozenset[str] = Field(description="words that make a threat an ultimatum")
    least: Annotated[float, Field(ge=0, le=1)] = Field(
        description="probability from which on a signal stands, its events taken as independent witnesses"
    )
    off_topic: frozenset[str] = Field(description="lemmas of sport, business and culture")
    off_topic_limit: Annotated[int, Field(ge=1)]


Probability = Annotated[float, Field(ge=0, le=1)]


class LearnedWords(_Closed):
    """How far the model is believed, and the codes of deeds that it finds by itself."""

    codes: Mapping[PloverRoot, Annotated[str, Field(pattern=r"^\d{2,4}$")]]
    found: Probability = Field(description="a word without a rule tells of a deed from this probability on")
    least: Probability = Field(description="a deed without a rule needs at least this confidence, its sides included")
    unseen: Probability = Field(
        description="a deed that only a rule sees, and that nobody is known to do, needs at least this confidence"
    )
    isolated: Probability = Field(
        description="a hostile act of which one side is known needs this probability of its root, where the text tells of no other conflict"
    )
    certain: Probability = Field(description="and another deed tells of conflict from this probability of its root on")
    side: Probability = Field(description="an actor is on a side from this probability on")
    unlikely: Probability = Field(
        description="an actor that a rule puts on a side is no longer there below this probability"
    )
    modality: Probability = Field(description="the model's modality replaces the rule's from this probability on")
    undone: Probability = Field(description="and where the words tell of a deed that is not done, from this one on")
    historical: Probability = Field(description="a deed is history by the model alone from this probability on")
    actual: Probability = Field(
        description="a deed is done, against the rules or without one, from this probability on"
    )
    hostile: Probability = Field(description="material conflict that no rule knows is done from this probability on")
    doubt: Probability = Field(
        description="done material conflict of a rule is left out where the model sees a deed with less"
    )
    speaker: Probability = Field(
        description="a word is the speaker, where grammar finds none, from this probability on"
    )
    silent: Probability = Field(description="whom grammar takes for the speaker is none below this probability")

    def rule(self, root: PloverRoot) -> Rule:
        """What stands for a rule where there is none."""
        name = f"learned.{root.lower()}"
        return Rule(id=name, root=root, cameo=self.codes[root], example="", counter_example="", confidence=1.0)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All of it, indexed by trigger lemma and kind of word."""

    rules: tuple[Rule, ...]
    verbs: Mapping[str, tuple[Pattern, ...]]
    nouns: Mapping[str, tuple[Pattern, ...]]
    modality: ModalityWords
    signals: SignalWords
    learned: LearnedWords
    people: frozenset[str]
    """Nouns for those who act though nobody knows them by name: ``gunmen``, ``students``, ``a court``."""
    digest: str
    files: Mapping[str, Path] = field(default_factory=dict, compare=False)

    def rule(self, identifier: str) -> Rule:
        """The rule of an event, learned ones included. Raises KeyError when there is none."""
        if identifier.startswith("learned."):
            roots = {root.lower(): root for root in self.learned.codes}
            return self.learned.rule(roots[identifier.removeprefix("learned.")])
        for rule in self.rules:
            if rule.id == identifier:
                return rule
        raise KeyError(identifier)

    @classmethod
    def load(cls, directory: Path, overrides: Files = NO_FILES) -> Self:
        """Read and check the lexicon in ``directory`` (``config/lexicon``) with the overrides laid over it.

        Raises:
            LexiconError: a file is missing or unreadable, or a rule is not well formed, or two rules share an id.
        """
        paths = sorted((directory / "events").glob("*.yaml"))
        if not paths:
            raise LexiconError(directory / "events", None, None, "no rule file there")
        classes = _classes(*read_laid_yaml(directory / "classes.yaml", overrides))
        if PEOPLE not in classes:
            raise LexiconError(directory / "classes.yaml", None, PEOPLE, "the analysis needs this class")
        packaged = _unique((rule, path) for path in paths for rule in _rules(path, read_yaml(path), classes))
        rules = _laid_rules(packaged, overrides, classes)
        extras = [directory / name for name in WORD_FILES]
        return cls(
            rules=tuple(rule for rule, _ in rules.values()),
            verbs=_index((rule, rule.verbs, 0) for rule, _ in rules.values()),
            nouns=_index((rule, rule.nouns, -1) for rule, _ in rules.values()),
            modality=_model(ModalityWords, *read_laid_yaml(directory / "modality.yaml", overrides), classes),
            signals=_model(SignalWords, *read_laid_yaml(directory / "signals.yaml", overrides), classes),
            learned=_model(LearnedWords, *read_laid_yaml(directory / "learned.yaml", overrides), classes),
            people=classes[PEOPLE],
            digest=_digest([*extras, *paths], overrides),
            files={rule_id: path for rule_id, (_, path) in rules.items()},
        )


_Placed = dict[str, tuple[Rule, Path]]
"""Rules by id, each with the file that it stands in."""


def _unique(rules: Iterable[tuple[Rule, Path]]) -> _Placed:
    found: _Placed = {}
    for rule, path in rules:
        if rule.id in found:
            raise LexiconError(path, rule.id, "id", f"already used in {found[rule.id][1]}")
        found[rule.id] = rule, path
    return found


def _laid_rules(packaged: _Placed, overrides: Files, classes: Mapping[str, frozenset[str]]) -> _Placed:
    """A rule of an override takes the place of the packaged one of its id; new ones come first, so that of two equally
    narrow rules the operator's wins; what is listed under ``remove`` is left out."""
    files = [file for name, file in sorted(overrides.items()) if name not in OTHER_FILES and name not in WORD_FILES]
    contents = [(file, read_override(file)) for file in files]
    own = _unique((rule, file.path) for file, content in contents for rule in _override_rules(file, content, classes))
    removed = {rule_id: file for file, content in contents for rule_id in content.get("remove", [])}
    for rule_id, file in removed.items():
        if rule_id not in packaged:
            raise LexiconError(file.path, None, "remove", f"nothing to remove: there is no rule {rule_id}")
        if rule_id in own:
            raise LexiconError(file.path, rule_id, "remove", f"the rule stands in {own[rule_id][1]}, too")
    new = {rule_id: placed for rule_id, placed in own.items() if rule_id not in packaged}
    return new | {rule_id: own.get(rule_id, placed) for rule_id, placed in packaged.items() if rule_id not in removed}


def _override_rules(file: OverrideFile, content: Any, classes: Mapping[str, frozenset[str]]) -> Iterator[Rule]:
    """The rules of an override, which may hold nothing but a list ``remove``."""
    if not isinstance(content, dict) or not isinstance(content.get("remove", []), list):
        raise LexiconError(file.path, None, None, "must hold `root` and a list of `rules`, or a list `remove`, or both")
    rest = {key: value for key, value in content.items() if key != "remove"}
    return _rules(file.path, rest, classes) if rest or "remove" not in content else iter(())


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


def _classes(content: Any, path: Path) -> dict[str, frozenset[str]]:
    """Named sets of lemmas; a class may hold others, if they stand above it in the file."""
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


def _rules(path: Path, content: Any, classes: Mapping[str, frozenset[str]]) -> Iterator[Rule]:
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


def _model(kind: type[M], content: Any, path: Path, classes: Mapping[str, frozenset[str]]) -> M:
    return _validated(kind, _expanded(content, classes, path, None), path, None)


def _validated(kind: type[M], content: Any, path: Path, rule: str | None) -> M:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or None
        raise LexiconError(path, rule, where, f"{first['msg']} (found {first.get('input')!r})") from error


def _digest(paths: Iterable[Path], overrides: Files) -> str:
    """``sha256:...`` over the files' names and bytes: provenance can tell which lexicon coded an article."""
    hasher = hashlib.sha256()
    for path in paths:
        hasher.update(path.name.encode())
        hasher.update(b"\0")
        hasher.update(path.read_bytes())
        hasher.update(b"\0")
    add_files(hasher.update, overrides)
    return f"sha256:{hasher.hexdigest()}"

"""Offices in the text: "the Russian president", "State Department spokesperson", "secretary of defence of the United Kingdom"."""

from dataclasses import dataclass
from typing import Final

from spacy.tokens import Doc

from service.analysis.actor_names import Context, Name, Words, folded_words, is_possessive, name_ending_at
from service.knowledge import Knowledge
from service.knowledge.records import Title

_FORMER: Final = frozenset(
    {"former", "ex", "then", "late", "ousted", "deposed", "onetime", "erstwhile", "retired", "previous"}
)
_MODIFIERS: Final = frozenset(
    """acting deputy vice senior top chief outgoing incoming interim current new newly elected elect longtime long serving embattled
    caretaker assistant assistants first second national regional federal military foreign state presidential parliamentary permanent
    special regional local provincial government ministry security hardline hard line veteran right left far wing populist
    conservative liberal nationalist authoritarian autocratic powerful ruling sitting two time shadow junior supreme joint
    intelligence defense defence army navy police party campaign press media political economic human rights public affairs
    nuclear opposition rebel separatist communist islamist exiled jailed transitional provisional self proclaimed
    - – called so de facto day then the general prosecutor district high executive staff""".split()  # noqa: SIM905
)
_LINKS: Final = frozenset({"of", "for", "in", "at"})
_MAX_MODIFIERS: Final = 6
_MAX_PORTFOLIO: Final = 8


@dataclass(frozen=True, slots=True)
class OfficePhrase:
    """Tokens ``start`` to ``end`` that name an office; ``head`` is the title's last token.

    ``country`` and ``body`` (an id of the knowledge set) are those that the phrase itself names; ``definite`` is whether a
    country or an article stands before it, so that it can stand for a person alone."""

    start: int
    end: int
    head: int
    title: Title
    words: str
    country: str | None
    body: str | None
    former: bool
    definite: bool


def find_offices(
    doc: Doc, words: Words, names: list[Name], knowledge: Knowledge, context: Context
) -> list[OfficePhrase]:
    """All phrases with a title of `titles.csv`, with what stands before it and after it."""
    found: list[OfficePhrase] = []
    at = 0
    while at < len(words.folded):
        hit = knowledge.titles.longest(words.folded, words.texts, at) if words.begins_token(at) else None
        if hit is None or not words.ends_token(at + hit.length - 1):
            at += 1
            continue
        start, end = words.tokens[at], words.tokens[at + hit.length - 1] + 1
        if any(name.start < end and start < name.end for name in names):
            at += 1  # "US secretary of state" is a title after a name
            continue
        at += hit.length
        found.append(_extend(doc, start, end, knowledge.title_rows[hit.senses[0].ref], names, knowledge, context))
    return [phrase for phrase in found if not any(_contains(other, phrase) for other in found)]


def _contains(outer: OfficePhrase, inner: OfficePhrase) -> bool:
    return outer is not inner and outer.start <= inner.start and inner.head < outer.head and inner.end <= outer.head


def _extend(
    doc: Doc, start: int, end: int, title: Title, names: list[Name], knowledge: Knowledge, context: Context
) -> OfficePhrase:
    head = end - 1
    first, former, owner = _before(doc, start, names)
    definite = owner is not None or (first > 0 and doc[first - 1].lower_ in {"the", "his", "her", "their", "its"})
    if owner is None:
        owner, end = _after(doc, end, names, title)
    if owner is not None and title.sector in {"EDU", "MED"} and _is_topic(doc, owner):
        first = owner.end
        owner = None
    if owner is not None and owner.end <= head and title.office in {"ambassador", "envoy"}:
        end = _post(doc, end, names)
    if owner is None and title.office == "minister":
        head = _portfolio(doc, head)
        end = head + 1
    country, body = owner_of(doc, owner, knowledge, context)
    first_word = owner.end if owner is not None and owner.start == first else first
    while first_word < start and (is_possessive(doc[first_word]) or doc[first_word].is_punct):
        first_word += 1
    written = doc[first_word : head + 1].text
    if country is None and body is None and (context.speaks_of(title.country) or context.scene() is None):
        country = title.country
    return OfficePhrase(first, end, head, title, written, country, body, former, definite)


def _is_topic(doc: Doc, owner: Name) -> bool:
    """Whether a country before a title is what one writes about: "Ukraine analyst", but not "Ukraine's" nor "Ukrainian"."""
    named = owner.ref("country") is not None and owner.ref("adjective") is None
    return (
        named
        and owner.end < len(doc)
        and not is_possessive(doc[owner.end])
        and doc[owner.end - 1].lower_ not in {"us", "u.s.", "uk", "u.k."}
    )


def _post(doc: Doc, end: int, names: list[Name]) -> int:
    """Where an envoy's post ends, to whom he is sent included: "US ambassador to the United Nations"."""
    if end + 1 >= len(doc) or doc[end].lower_ != "to":
        return end
    at = end + 1 + (doc[end + 1].lower_ == "the")
    return next((name.end for name in names if name.start == at), end)


def _portfolio(doc: Doc, head: int) -> int:
    """The last token of what a minister is of: "minister of mines and energy"."""
    if head + 2 >= len(doc) or doc[head + 1].lower_ not in {"of", "for"}:
        return head
    at = head + 2
    while at < min(len(doc), head + _MAX_PORTFOLIO) and (
        doc[at].tag_ in {"NN", "NNS", "JJ"} or doc[at].lower_ == "and"
    ):
        at += 1
    return at - 1 if at > head + 2 and doc[at - 1].lower_ != "and" else head


def _before(doc: Doc, start: int, names: list[Name]) -> tuple[int, bool, Name | None]:
    """Walk left over modifiers to a name ("former [U.S.] deputy foreign"): the first token, whether former, and the name."""
    first, former = start, False
    for _ in range(_MAX_MODIFIERS):
        if first == 0:
            break
        previous = doc[first - 1]
        name = name_ending_at(names, first - 1 if is_possessive(previous) else first)
        if name is not None and name.ref("country", "adjective", "capital", "body", "region") is not None:
            lead = doc[name.start - 1].lower_ if name.start > 0 else ""
            return name.start, former or lead in _FORMER, name
        if previous.lower_ in _FORMER:
            former = True
        elif previous.lower_ not in _MODIFIERS or previous.lower_ == "the":
            break
        first -= 1
    return first, former, None


def _after(doc: Doc, end: int, names: list[Name], title: Title) -> tuple[Name | None, int]:
    """The name after "of" or "for" ("president of the Czech Republic"); an ambassador is of no country that he is sent to."""
    if (
        end >= len(doc)
        or doc[end].lower_ not in _LINKS
        or (doc[end].lower_ == "in" and title.sector not in {"MIL", "GOV"})
    ):
        return None, end
    at = end + 1
    while (
        at < len(doc)
        and at <= end + 2
        and (doc[at].lower_ == "the" or (doc[at].is_title and doc[at].lower_ in _MODIFIERS))
    ):
        at += 1
    name = next((name for name in names if name.start == at), None)
    if (
        name is not None
        and name.ref("country", "body") is None
        and name.end < len(doc)
        and doc[name.end].pos_ in {"NOUN", "PROPN"}
    ):
        return None, end
    if name is not None and name.end < len(doc) and is_possessive(doc[name.end]):
        return None, end  # "leader of Ukraine's opposition" leads no state
    if name is None or doc[end].lower_ == "in" or name.ref("country", "adjective", "body", "region", "capital") is None:
        return None, end
    return name, name.end


def owner_of(doc: Doc, name: Name | None, knowledge: Knowledge, context: Context) -> tuple[str | None, str | None]:
    """The country, and the body if the name is one, that an office or an agent belongs to."""
    if name is None:
        return None, None
    body_id = name.ref("body")
    country = context.country(folded_words(doc, name.start, name.end), name)
    if country is not None:
        return country, None
    if body_id is not None:
        owner, another = context.country_of(body_id, folded_words(doc, name.start, name.end))
        return owner, None if another else body_id
    region = name.ref("region")
    return (context.state(knowledge.regions[region].country) if region is not None else None), None

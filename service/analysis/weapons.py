"""Which words name a weapon: a list of names, the armies' series of designations, named warships, and what stands beside them.

A name that is nothing else ("ATACMS", "Su-34") counts wherever it stands. One that is a word, a surname or a place as well ("Patriot",
"Abrams", "Neptune") counts beside words of arms, or once the article has shown that it means the weapon. Generic words (missile,
drone, cluster bomb) are no names, and neither is the word after one ("Patriot" of "Patriot battery").

The text is read by characters and not by tokens: a hyphen more or less, or an invisible character, is no other name.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from spacy.tokens import Doc

from service.knowledge.records import Weapon

INVISIBLE: Final = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
"""For a character class: soft hyphen, zero-width and bidirectional marks. They are drawn as nothing and belong to no word."""

_UNIT: Final = re.compile(rf"[^\W\d_{INVISIBLE}](?:[{INVISIBLE}]*[^\W\d_])*|\d+|[^\w\s]")
_HIDDEN: Final = re.compile(f"[{INVISIBLE}]")
_HYPHENS: Final = frozenset("-‐‑‒–—−")

_VARIANT: Final = re.compile(
    r"(?:(?<=\d)(?:/?[A-Z]{1,4}(?:\d{1,2}[A-Z]{0,2})?|/[A-Z]))?"  # F-16AM, T-72B3M, GBU-43/B
    r"(?:\ (?:Mk\.?\ ?(?:\d{1,2}|[IVX]{1,4})[A-Z]?|Block\ (?:\d{1,3}|[IVX]{1,4})[A-Z]?|SEPv\d|[IVX]{2,3}\b|F\d\b))?"
    r"(?:s\b)?",
    re.VERBOSE,
)
"""What may follow a name and belongs to it: the letters of a version, its mark or block, the plural."""

_SERIES: Final = re.compile(
    r"""\b(?:
      (?:Su|Tu|Il|Ka|Yak|Mi[Gg])[-‑–]\d{1,3} | (?:Mi|An)[-‑–]\d{1,3}
    | (?:A[GI]M|BGM|[FLMRUC]IM|[LMRUP]GM|GBU|BLU|CBU)[-‑–]\d{1,3}
    | (?:[AMUVCORSH]H|[EKRMACWH]C|EA|MQ|RQ|XQ|MV|CV)[-‑–]\d{1,3} | F/A[-‑–]\d{2}
    | (?:Kh|FAB|KAB|ODAB|RBK|RPG|BMP|BTR|BMD|BRDM|AKS?|RPK|PPS?h|TOS|BM|Hwasong|Pukguksong|Taepodong|Shahed|Geran|Mohajer|Fateh|Agni
        |Shaheen|Orlan|Lancet|Raad|Zelzal|Fajr|Samad|Qasef|Quds|Burkan)[-‑–]\d{1,4}
    | (?:DF|JL|YJ|HQ|PL|KN|CJ|FN|FK|PHL|PCL|WZ|GJ|BZK|ZTZ|ZBD|KJ|QBZ)[-‑–]\d{1,4}
    | (?:SA|SS|SS-N|SS-NX|AS|AT|AA)[-‑–]\d{1,2}(?:\ (?:Gopher|Gadfly|Grail|Gecko|Gainful|Goa|Guideline|Scud|Satan|Sunburn|Sizzler))
    | S[-‑–](?:125|200|300|350|400|500|550) | 2S\d{1,2} | 9[KM]\d{2,3} | 3M\d{2}
    )(?![\d.,]\d|[-‑–]\d)""",
    re.VERBOSE,
)
"""Series of designations that name nothing but weapons: what is new in them is found before any list has it."""

_SHIP_PREFIX: Final = r"(?:USS|USNS|USCGC|HMS|HMAS|HMCS|HMNZS|HNoMS|HDMS|HSwMS|INS|JS|ROKS|TCG|FGS|BRP|KRI|PNS|SLNS|HTMS|ARA|BAP|RFS|ORP|NRP|SPS|ESPS|ENS|IRIS|LÉ|Zr\.Ms\.)"
_SHIP: Final = re.compile(
    rf"\b{_SHIP_PREFIX}\ (?:(?:The|De|Le|La)\ )?[A-ZÀ-Þ](?:[\w'’-]*[a-zà-ÿ][\w'’-]*|\.)(?:\ (?:of\ (?:the\ )?|de\ |[A-Z]\.\ )?[A-ZÀ-Þ][\w'’-]*\.?){{0,3}}"
)
_CLASS: Final = re.compile(
    r"\b((?!(?:World|First|Second|Third|Business|Working|Middle|Upper|High|Top)\b)(?:(?:Arleigh|Queen|San|Los|Project)\ )?[A-ZÀ-Þ][\w'’]+(?:\ [IVX]+)?)[-‑\ ]class\ (?:[\w-]+\ ){0,3}?"
    r"(?:destroyer|frigate|submarine|carrier|corvette|cruiser|battleship|warship|ship|vessel|boat|tanker|patrol|SSB?N)"
)

ARMS: Final = frozenset(
    """afv aircraft amphibious ammunition anti-aircraft apc armor armored armour armoured artillery arsenal atgm ballistic battery bomb
    bomber cannon carrier carbine copter corvette cruiser destroyer drone fighter frigate glide-bomb gun gunship helicopter
    howitzer hypersonic icbm ifv interceptor jet kamikaze launcher loitering machine-gun manpad minefield missile mlrs mortar munition
    pistol radar rifle revolver rocket sam self-propelled shell shotgun submachine submarine tank torpedo turboprop uav ucav usv
    warhead warplane warship weapon weaponry""".split()  # noqa: SIM905
)
"""Words, in the singular, that are said of arms and of little else."""

HEADS: Final = ARMS | frozenset(
    """airframe battalion bridge-layer crew engine fleet installation launch mine model operator pilot plane platform regiment round ship
    squadron strike system truck unit variant vehicle vessel""".split()  # noqa: SIM905
)
"""Words that show a weapon where they follow its name directly ("Patriot system", "Leopard crews")."""

VERBS: Final = frozenset(
    """fire fired fires firing test-fire test-fired test-fires launch launched launches launching intercept intercepted shoot shot downed
    unleash unleashed brandish brandished wield wielding armed""".split()  # noqa: SIM905
)
"""Words shortly before a name ("fired a", "shot down by a", "armed with an") that show a weapon."""

_BETWEEN: Final = frozenset(
    """air and anti armored armoured attack battle combat cruise defence defense fighting guided heavy infantry land light long-range main
    medium-range military multi-role multiple multirole precision reconnaissance short-range stealth surface surveillance tank to""".split()  # noqa: SIM905
)
"""Words that may stand between a name and its head."""

NEAR: Final = 5
"""Words to either side within which a word of arms must stand."""

_TITLES: Final = frozenset(
    """capt col dr gen judge king lady lord lt minister mr mrs ms president professor queen senator sgt sir""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Named:
    """Tokens ``start`` to ``end`` may name a weapon; ``sure`` when the name or what stands beside it leaves no doubt.

    ``key`` is the name, however it is written: where one mention of it is sure, the others in the article are, too.
    """

    start: int
    end: int
    key: tuple[str, ...]
    sure: bool


@dataclass(frozen=True, slots=True)
class _Hit:
    """Code points of a name in a text, its key, and whether it can be nothing else."""

    start: int
    end: int
    key: tuple[str, ...]
    plain: bool


class WeaponNames:
    """Finds names of weapons."""

    def __init__(self, weapons: Sequence[Weapon]) -> None:
        """Index the list; milliseconds."""
        self._names: dict[str, list[tuple[tuple[str, ...], str, bool]]] = {}
        for weapon in weapons:
            for name in (weapon.name, *weapon.aliases):
                key = _key(name)
                self._names.setdefault(key[0], []).append((key, name, weapon.ambiguous))
        self._words = frozenset(
            _key(name) for weapon in weapons if weapon.ambiguous for name in (weapon.name, *weapon.aliases)
        )
        for candidates in self._names.values():
            candidates.sort(key=lambda candidate: -len(candidate[0]))

    def find(self, doc: Doc) -> list[Named]:
        """The names in a text, in order. Linear."""
        return [
            Named(*tokens, hit.key, hit.plain or _among_arms(doc, *tokens, hit.key))
            for hit, tokens in self._located(doc)
        ]

    def _located(self, doc: Doc) -> Iterator[tuple[_Hit, tuple[int, int]]]:
        text = doc.text
        hits = merged(text, [*self._listed(text), *_patterns(text)])
        starts = [token.idx for token in doc] if hits else []
        for hit in hits:
            first = bisect_left(starts, hit.start)
            end = bisect_left(starts, hit.end)
            if first < end and starts[first] == hit.start:
                yield hit, (first, end)

    def _listed(self, text: str) -> Iterator[_Hit]:
        units = list(_UNIT.finditer(text))
        words = [_HIDDEN.sub("", unit.group()) for unit in units]
        for index, word in enumerate(words):
            for key, name, ambiguous in self._candidates(_fold(word)):
                last = _follow(words, units, index, key)
                if last is None or (
                    index and units[index - 1].end() == units[index].start() and words[index - 1].isalnum()
                ):
                    continue
                start, end = units[index].start(), _VARIANT.match(text, units[last].end()).end()  # type: ignore[union-attr]
                if end < len(text) and text[end].isalnum():
                    continue
                written = _HIDDEN.sub("", text[start : units[last].end()])
                plain = _as_written(written, name)
                if plain is not None:
                    yield _Hit(start, end, key, plain and not ambiguous and (written == name or key not in self._words))
                    break

    def _candidates(self, word: str) -> list[tuple[tuple[str, ...], str, bool]]:
        """The names that begin with this word; it may be a plural."""
        found = self._names.get(word, [])
        return [*found, *self._names.get(word[:-1], ())] if word.endswith("s") else found


def merged(text: str, hits: list[_Hit]) -> list[_Hit]:
    """The longest hits without overlaps; a designation and the name after it ("F-15E Strike Eagle") are one."""
    chosen: list[_Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        last = chosen[-1] if chosen else None
        if last is not None and hit.start < last.end:
            continue
        if last is not None and last.plain and any(map(str.isdigit, last.key)) and text[last.end : hit.start] == " ":
            chosen[-1] = _Hit(last.start, hit.end, last.key, True)
        else:
            chosen.append(hit)
    return chosen


def _patterns(text: str) -> Iterator[_Hit]:
    for match in _SERIES.finditer(text):
        end = _VARIANT.match(text, match.end()).end()  # type: ignore[union-attr]
        if end == len(text) or not text[end].isalnum():
            yield _Hit(match.start(), end, ("0", match.group()), True)
    for match in _SHIP.finditer(text):
        yield _Hit(match.start(), match.end(), ("ship",), True)
    for match in _CLASS.finditer(text) if "class" in text else ():
        yield _Hit(*match.span(1), ("class",), True)


def _key(name: str) -> tuple[str, ...]:
    """A name as its words and numbers, case and hyphens aside: F-16, F16 and F 16 are one."""
    units = [unit for unit in _UNIT.findall(name) if unit not in _HYPHENS]
    return tuple(_fold(unit) for unit in units)


def _fold(word: str) -> str:
    return word.casefold().replace("’", "'")


def _follow(words: list[str], units: list[re.Match[str]], index: int, key: tuple[str, ...]) -> int | None:
    """The index of the last unit of the name that begins at ``index``, or None. The last word may be a plural."""
    here = index
    for place, part in enumerate(key):
        if place:
            here += 1
            if here < len(words) and words[here] in _HYPHENS:
                here += 1
            if here >= len(words) or units[here].start() - units[here - 1].end() > 1:
                return None
        word = _fold(words[here])
        plural = place == len(key) - 1 and part.isalpha() and word in (f"{part}s", f"{part}es")
        if word != part and not plural:
            return None
    return here


def _as_written(written: str, name: str) -> bool | None:
    """Whether the text has the name as it is spelt (True), in a spelling that may be something else (False), or not at all."""
    plain = "".join("-" if char in _HYPHENS else char for char in written).replace("’", "'")
    singular = plain.removesuffix("s")
    if name in (plain, singular):
        return True
    letters = sum(map(str.isalpha, name))
    if plain.upper() == plain and name.upper() in (plain, plain.removesuffix("S")):
        return letters >= 4
    if name.isupper() and name.isalpha() and name.capitalize() in (plain, singular):
        return letters >= 5  # Himars, Atacms
    compact, wanted = re.sub(r"[\s-]", "", singular), re.sub(r"[\s-]", "", name)
    if compact == wanted:
        return sum(map(str.isalpha, name.split("-")[0])) >= 2 and " " not in written  # Su35, but not R 37
    return None


def _among_arms(doc: Doc, start: int, end: int, key: tuple[str, ...]) -> bool:
    """Whether what stands beside the tokens says that they name a weapon."""
    if doc[start].lower_ == doc[start].text or _named_further(doc, start, end):
        return False
    return _has_head(doc, end) or _has_company(doc, start, end) or _is_fired(doc, start, end, key)


def _named_further(doc: Doc, start: int, end: int) -> bool:
    """Whether the tokens are part of a longer name: "Patriot Act", "Mr Bradley", "Charles Leclerc"."""
    after = doc[end] if end < len(doc) else None
    if (
        after is not None
        and after.tag_ in {"NNP", "NNPS"}
        and after.is_title
        and _singular(after.lower_) not in HEADS | _BETWEEN - {"heavy", "light"}
    ):
        return not after.text[-1].isdigit()
    before = doc[start - 1] if start else None
    return before is not None and (
        before.lower_.rstrip(".") in _TITLES or (before.ent_type_ == "PERSON" and before.is_title)
    )


def _has_head(doc: Doc, end: int) -> bool:
    for token in doc[end : end + NEAR]:
        word = token.lower_
        if _singular(word) in HEADS:
            return True
        if (
            word not in _BETWEEN
            and not word.isdigit()
            and word not in _HYPHENS
            and not set(word.split("-")) & (ARMS | _BETWEEN)
        ):
            return False
    return False


def _has_company(doc: Doc, start: int, end: int) -> bool:
    sentence = doc[start].sent
    before = doc[max(sentence.start, start - NEAR) : start]
    after = doc[end : min(sentence.end, end + NEAR)]
    return any(
        _singular(part) in ARMS for token in (*before, *after) for part in (token.lower_, *token.lower_.split("-"))
    )


def _is_fired(doc: Doc, start: int, end: int, key: tuple[str, ...]) -> bool:
    """Whether it is fired ("fired two ...", "fired ...s", and not "fired Bradley"), or shot down."""
    before = doc[max(doc[start].sent.start, start - 4) : start]
    fired = any(token.lower_ in VERBS for token in before)
    if fired and (before[-1].lower_ not in VERBS or doc[end - 1].lower_ == f"{key[-1]}s"):
        return True
    after = [token.lower_ for token in doc[end : end + NEAR]]
    return "downed" in after or "intercepted" in after or ("shot", "down") in pairwise(after)


def is_generic(doc: Doc, start: int, end: int) -> bool:
    """Whether the tokens are nothing but words for kinds of arms, in whatever capitals: "MISSILES" is no name."""
    return all(_singular(token.lower_) in ARMS for token in doc[start:end])


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")

"""Synthetic news: any number of articles, of any length, the same for the same seed.

Real articles may not be redistributed, and a handful of samples sent over and over would flatter every cache. Sentences are
put together from parts, so that names, weapons, verbs and lengths vary about as in agency reports. They are made to be
read by the analysis, not by people.
"""

import random
from collections.abc import Iterator

_PEOPLE = (
    "Emmanuel Macron", "Olaf Scholz", "Xi Jinping", "Narendra Modi", "Vladimir Putin", "Kim Jong Un", "Jens Stoltenberg",
    "Recep Tayyip Erdogan", "Benjamin Netanyahu", "Masoud Pezeshkian", "Ursula von der Leyen", "Antonio Guterres",
    "Claudia Sheinbaum", "Donald Tusk", "Shigeru Ishiba", "Nicolas Maduro",
)  # fmt: skip
_GOVERNMENTS = (
    "France", "Germany", "China", "India", "Russia", "North Korea", "Turkey", "Israel", "Iran", "Poland", "Japan",
    "Pakistan", "Armenia", "Azerbaijan", "Serbia", "Kosovo", "Ethiopia", "Eritrea", "Venezuela", "Guyana", "Egypt",
    "Saudi Arabia", "South Korea", "the United States", "Ukraine", "Belarus", "Lithuania", "the Philippines",
)  # fmt: skip
_BODIES = (
    "the foreign ministry", "the defence ministry", "the parliament", "the presidential office", "the general staff",
    "the coast guard", "the central bank", "the interior ministry", "the opposition", "the border guard",
)  # fmt: skip
_PLACES = (
    "Geneva", "Ankara", "Vienna", "Doha", "Brussels", "New York", "Astana", "Cairo", "Singapore", "Addis Ababa",
    "Belgrade", "Caracas", "Manila", "Vilnius", "Yerevan",
)  # fmt: skip
_WEAPONS = (
    "HIMARS rocket launchers", "Patriot batteries", "Leopard 2 tanks", "Shahed drones", "Iskander missiles",
    "artillery shells", "F-16 fighter jets", "air defence systems", "Storm Shadow missiles",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOW = ("late", "early", "again", "for a second time", "after weeks of delay", "without giving a reason")

_CLAUSES = (
    "{a} {warned} {b} that further moves near the border would be answered",
    "{a} and {b} agreed to hold talks in {place}",
    "{a} delivered {weapon} to {b}",
    "{a} imposed sanctions on three companies from {b}",
    "{a} recalled its ambassador from {b}",
    "{person} met envoys of {a} in {place}",
    "{person} called on {a} to withdraw its troops",
    "{a} moved two brigades to the frontier with {b}",
    "{body} of {a} accused {b} of violating its airspace",
    "{a} released forty prisoners who had been held since the spring, and {b} welcomed the step",
    "{person} refused to negotiate with {b} unless the shelling stops",
    "{a} suspended a trade agreement with {b}",
    "{a} fired {weapon} at a depot, {body} of {b} said",
    "{body} of {a} denied that {b} had asked for {weapon}",
    "{a} opened an inquiry into the collision of two patrol boats",
    "{person} praised the ceasefire that {a} and {b} had signed in {place}",
)  # fmt: skip
_FRAMES = (
    "{clause} on {day}.",
    "On {day}, {clause}.",
    "{person} said in {place} that {clause}.",
    "According to {body} of {a}, {clause} {how}.",
    "{clause}, while markets in {place} hardly moved.",
    "Two officials, who asked not to be named, said {clause}; {person} did not comment.",
    "It was the first time in {number} years that {clause}, diplomats in {place} recalled.",
    "“We will see in {number} weeks,” {person} told reporters, and added that {clause}.",
    "The report, of {number} pages, says that {clause} {how}.",
)  # fmt: skip
_WARNED = ("warned", "told", "reminded", "assured")


def sentence(chooser: random.Random) -> str:
    """One sentence of 8 to 40 words."""
    a, b = chooser.sample(_GOVERNMENTS, 2)
    parts = {
        "a": a,
        "b": b,
        "person": chooser.choice(_PEOPLE),
        "body": chooser.choice(_BODIES),
        "place": chooser.choice(_PLACES),
        "weapon": chooser.choice(_WEAPONS),
        "day": chooser.choice(_DAYS),
        "how": chooser.choice(_HOW),
        "warned": chooser.choice(_WARNED),
        "number": str(chooser.randint(2, 90)),
    }
    clause = chooser.choice(_CLAUSES).format(**parts)
    text = chooser.choice(_FRAMES).format(clause=clause, **parts)
    return text[0].upper() + text[1:]


def body(chooser: random.Random, words: int) -> str:
    """Paragraphs of two to four sentences, of at least ``words`` words and at most 40 more."""
    sentences: list[str] = []
    count = 0
    while count < words:
        sentences.append(sentence(chooser))
        count += len(sentences[-1].split())
    return "\n\n".join(_paragraphs(chooser, sentences))


def _paragraphs(chooser: random.Random, sentences: list[str]) -> Iterator[str]:
    start = 0
    while start < len(sentences):
        end = start + chooser.randint(2, 4)
        yield " ".join(sentences[start:end])
        start = end


def article(chooser: random.Random, identity: str, words: int) -> dict[str, str]:
    """An article as the contract has it, of about ``words`` words, published on some day of 2024."""
    return {
        "id": identity,
        "title": sentence(chooser).rstrip("."),
        "body": body(chooser, words),
        "published_at": f"2024-{chooser.randint(1, 12):02}-{chooser.randint(1, 28):02}T{chooser.randint(0, 23):02}:00:00Z",
        "source": "benchmark",
        "language": "en",
    }

"""Which articles are read: no English one is refused, and what is surely in another language is not taken for English."""

import dataclasses
import json
import pickle

import pytest

from service.analysis.language_gate import LanguageGate
from service.analysis.pipeline import Analysis
from service.messages.article import Article
from service.messages.errors import LanguageError
from service.paths import config_dir
from service.worker.process import Enriched, Rejected, Task, enrich
from tests.unit.foreign_texts import FOREIGN

UNSURE = {"so", "sw"}
"""Somali and Swahili: the detection knows them too little, and they are read unless the article declares them."""

ENGLISH = {
    "headline": ("Iran summons UK chargé d’affaires", ""),
    "headline of names": ("Lula, Sheinbaum and Petro meet in Brasília", ""),
    "capitals": ("PUTIN WARNS WEST OVER MISSILES", "RUSSIA SAID ON TUESDAY THAT IT WOULD ANSWER ANY ATTACK ON ITS TERRITORY."),
    "full width": ("", "Ｒｕｓｓｉａ ｓａｉｄ ｔｈａｔ ｉｔ ｗｏｕｌｄ ａｎｓｗｅｒ ａｎｙ ａｔｔａｃｋ ｏｎ ｉｔｓ ｔｅｒｒｉｔｏｒｙ ａｎｄ ａｌｌｉｅｓ."),
    "names": (
        "Who sat at the table",
        "Ministers Luiz Inácio Lula da Silva, Geraldo Alckmin, Fernando Haddad and Simone Tebet met Mohammed bin Salman bin Abdulaziz "
        "Al Saud, Khalid bin Salman and Faisal bin Farhan in Riyadh, while Nguyễn Phú Trọng and Phạm Minh Chính stayed in Hà Nội.",
    ),
    "quotation": (
        "Crowds fill the square",
        "“¡El pueblo unido jamás será vencido!” they shouted, and “¡Fuera, fuera, que se vayan todos!” The police did not move. A "
        "woman of sixty said that she had never seen so many people there, and that she would come again the next day.",
    ),
    "list": ("", "Kherson, Mykolaiv, Zaporizhzhia, Donetsk, Luhansk, Kharkiv, Sumy, Chernihiv, Odesa, Dnipro, Kryvyi Rih"),
    "figures": ("Markets", "FTSE 100 7,245.3 +0.4; DAX 15,233 -0.2; Nikkei 27,001; Hang Seng 19,233; EUR/USD 1.0745 GBP/USD 1.2523"),
    "pidgin": ("", "Nigeria don tell di world say dem no go gree for wetin Niger soldiers dey do, na so President Tinubu talk am on Monday"),
    "link": ("", "https://example.org/a/b?c=1"),
    "emoji": ("", "👍👍👍 🇺🇦"),
    "surrogate": ("", "The talks in Muscat were broken off on Monday, a diplomat said \ud83d and nobody knows when they will go on."),
}  # fmt: skip


@pytest.fixture(scope="module")
def gate() -> LanguageGate:
    return LanguageGate()


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return Analysis.load(config_dir())


def article(title: str, body: str, language: str | None = None) -> Article:
    return Article(id="a", title=title, body=body, language=language, published_at="2024-11-19")


@pytest.mark.parametrize(("title", "body"), ENGLISH.values(), ids=ENGLISH)
@pytest.mark.parametrize("declared", [None, "en", "en-GB", "und"])
def test_english_is_read(gate: LanguageGate, title: str, body: str, declared: str | None) -> None:
    assert gate.other_language(article(title, body, declared)) is None


@pytest.mark.parametrize("language", FOREIGN)
def test_other_languages_are_told(gate: LanguageGate, language: str) -> None:
    for declared in (None, "en"):
        found = gate.other_language(article(*FOREIGN[language], declared))
        assert found == (None if language in UNSURE else language)
    assert gate.other_language(article(*FOREIGN[language], language)) == language


def test_a_wrong_declaration_does_not_hide_an_english_text(gate: LanguageGate) -> None:
    text = "The talks in Muscat were broken off on Monday, and nobody knows when they will go on, a diplomat said."
    assert gate.other_language(article("Envoys leave", text, "fr")) is None


@pytest.mark.parametrize("declared", ["de", "de-AT", "DE_ch"])
def test_of_a_short_text_the_declaration_is_believed(gate: LanguageGate, declared: str) -> None:
    assert gate.other_language(article("Minister tritt ab", "", declared)) == "de"
    assert gate.other_language(article("Minister tritt ab", "")) is None


def test_a_mixed_text_is_read_unless_it_declares_another_language(gate: LanguageGate) -> None:
    english = "The minister of defence said on Tuesday that the army was ready to repel any attack on the country. " * 3
    mixed = article("", f"{english}\n{FOREIGN['ru'][1]}\n{FOREIGN['ru'][1]}")
    assert gate.other_language(mixed) is None


def test_a_long_text_is_sampled_throughout(gate: LanguageGate) -> None:
    text = "Read this article in English on our site.\n" + FOREIGN["ru"][1] * 4000
    assert gate.other_language(article("", text[:1_000_000])) == "ru"


def test_another_language_passes_and_says_so_or_is_refused(analysis: Analysis) -> None:
    title, body = FOREIGN["uk"]
    value = json.dumps(
        {"id": "a", "title": title, "body": body, "published_at": "2024-11-19", "language": "en"}
    ).encode()
    passed = enrich(analysis, Task("articles", 0, 7, value))
    assert isinstance(passed, Enriched)
    assert passed.other_language == "uk"
    assert json.loads(passed.value)["unread"] == {"reason": "language", "language": "uk"}
    refused = enrich(dataclasses.replace(analysis, other_languages="dead_letter"), Task("articles", 0, 7, value))
    assert isinstance(refused, Rejected)
    assert (refused.stage, refused.other_language) == ("validate", "uk")
    assert refused.exception == "service.messages.errors.LanguageError"
    assert refused.message == "the article is in the language 'uk'; only English is read"


def test_the_refusal_crosses_processes() -> None:
    error = pickle.loads(pickle.dumps(LanguageError("uk")))
    assert (error.language, str(error)) == ("uk", str(LanguageError("uk")))

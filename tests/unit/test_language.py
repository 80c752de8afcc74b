"""The packaged language model: what rules rely on, and texts that must not break it."""

import re
import string
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

import pytest
from spacy.attrs import IDS
from spacy.language import Language
from spacy.pipeline import Lemmatizer
from spacy.tokens import Doc, Token

from service.analysis.caches import BoundedCache
from service.analysis.language import LONGEST_SUFFIX, READ, WEIGHTS, _at_the_end, load_language, model_name
from service.analysis.reader import Reader

LABELS = {"PERSON", "ORG", "GPE", "LOC", "NORP", "FAC", "EVENT", "LAW", "WEAPON"}
MAX_BYTES = 40_000_000


@pytest.fixture(scope="module")
def nlp() -> Language:
    return load_language()


def token(doc: Doc, text: str) -> Token:
    return next(token for token in doc if token.text == text)


def sentences(nlp: Language, text: str) -> list[str]:
    return [sentence.text for sentence in nlp(text).sents]


def test_names_itself_and_its_version(nlp: Language) -> None:
    assert model_name(nlp) == "harbinger-en-0.2.1"


def test_weights_stay_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in WEIGHTS.rglob("*") if path.is_file()) < MAX_BYTES


def test_a_missing_model_is_an_error(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(OSError, match="nowhere"):
        load_language(tmp_path_factory.getbasetemp() / "nowhere")


def test_ner_has_our_nine_labels(nlp: Language) -> None:
    reader = nlp.get_pipe("reader")
    assert isinstance(reader, Reader)
    assert set(reader.labels) == LABELS


def test_reads_who_does_what_to_whom(nlp: Language) -> None:
    doc = nlp("Prime Minister Keir Starmer allowed Ukraine to fire British missiles against bases in Russia.")
    verb = token(doc, "allowed")
    assert (verb.pos_, verb.tag_, verb.lemma_, verb.dep_) == ("VERB", "VBD", "allow", "ROOT")
    subject = next(child for child in verb.children if child.dep_ == "nsubj")
    assert token(doc, "Starmer") in subject.subtree
    assert (token(doc, "Ukraine").dep_, token(doc, "Ukraine").head) == ("obj", verb)
    assert (token(doc, "fire").dep_, token(doc, "fire").head) == ("xcomp", verb)
    assert {(name.text, name.label_) for name in doc.ents} == {
        ("Keir Starmer", "PERSON"),
        ("Ukraine", "GPE"),
        ("British", "NORP"),
        ("Russia", "GPE"),
    }


def test_passive_and_agent(nlp: Language) -> None:
    doc = nlp("Three soldiers were killed by Israeli forces near the border on Friday.")
    assert token(doc, "soldiers").dep_ == "nsubj:pass"
    assert token(doc, "forces").dep_ in ("obl", "obl:agent")
    assert "VerbForm=Part" in str(token(doc, "killed").morph)


@pytest.mark.parametrize(
    ("text", "form", "lemma"),
    [
        ("Rebels struck the convoy at dawn.", "struck", "strike"),
        ("The army withdrew its troops from the city.", "withdrew", "withdraw"),
        ("The army withdrew its troops from the city.", "troops", "troop"),
        ("They were escalating the conflict.", "escalating", "escalate"),
        ("Iran has seized two tankers.", "seized", "seize"),
        ("Turkey besieged the town.", "besieged", "besiege"),
        ("The minister did n't resign.", "n't", "not"),
        ("She sought asylum in France.", "sought", "seek"),
        ("The United Nations condemned the attack.", "Nations", "Nations"),
    ],
)
def test_lemmas_of_news(nlp: Language, text: str, form: str, lemma: str) -> None:
    assert token(nlp(text), form).lemma_ == lemma


def test_united_in_a_name_is_no_verb(nlp: Language) -> None:
    assert token(nlp("The United States and the United Nations disagreed."), "United").pos_ == "PROPN"


def test_hyphen_after_an_abbreviation_splits(nlp: Language) -> None:
    doc = nlp("A U.S.-led coalition bombed the airfield.")
    assert [t.text for t in doc][1:4] == ["U.S.", "-", "led"]
    assert ("U.S.", "GPE") in {(name.text, name.label_) for name in doc.ents}


@pytest.mark.parametrize(
    "parts",
    [
        ("Officials in the U.S. said on Monday that talks had failed.", "Russia denied it."),
        ("The plan was drawn up by Gen. Mark Milley and Lt. Col. James Carter.", "It was never used."),
        ("“We will answer any attack,” Putin said.", "His spokesman declined to comment."),
        ('"This is a red line," the minister told reporters.', '"Nobody should cross it."'),
        ("Mr. Sharif met Dr. Khan at 5 p.m. in Islamabad.", "They spoke for two hours."),
        ("NATO said that 1.5 million people had fled.", "Aid is on its way."),
    ],
)
def test_sentences_end_where_they_should(nlp: Language, parts: tuple[str, ...]) -> None:
    assert sentences(nlp, " ".join(parts)) == list(parts)


def test_line_breaks_inside_a_sentence_are_no_words(nlp: Language) -> None:
    doc = nlp("The army shelled\nthe port on Sunday,  killing\n\nfive people.")
    assert len(list(doc.sents)) == 1
    assert {t.pos_ for t in doc if t.is_space} == {"SPACE"}
    assert {t.dep_ for t in doc if t.is_space} == {"dep"}
    assert token(doc, "port").dep_ == "obj"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n\t",
        "\x00",
        "a\x00b",
        "😀👩‍👩‍👧‍👦",
        "\ufeff",
        "\u202eمرحبا\u202c",
        "e\u0301" * 50,
        "�" * 10,
        "x" * 20_000,
        "." * 5_000,
    ],
    ids=[
        "empty",
        "space",
        "breaks",
        "nul",
        "nul-inside",
        "emoji",
        "bom",
        "rtl",
        "marks",
        "replacement",
        "long-word",
        "dots",
    ],
)
def test_odd_texts_come_back_whole(nlp: Language, text: str) -> None:
    doc = nlp(text)
    assert doc.text == text
    assert all(t.pos_ and t.dep_ for t in doc)
    assert sum(len(sentence) for sentence in doc.sents) == len(doc)


def test_no_suffix_is_sought_in_all_of_a_long_word(nlp: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(nlp.tokenizer, "suffix_search", partial(_at_the_end, read.append))
    nlp.make_doc("(" * 2_000 + "Kyiv")
    assert max(map(len, read)) == LONGEST_SUFFIX
    monkeypatch.undo()
    assert [token.text for token in nlp.make_doc("((Kyiv)). U.S.")] == ["(", "(", "Kyiv", ")", ")", ".", "U.S."]


def words() -> Iterator[str]:
    for a in string.ascii_lowercase:
        for b in string.ascii_lowercase:
            for c in "abc":
                yield f"zq{a}{b}{c}ed"


def test_a_memory_zone_gives_everything_back(nlp: Language) -> None:
    paragraphs = [f"They {word} the {word} towns." for word in words()]
    before = len(nlp.vocab.strings)
    with nlp.memory_zone():
        assert sum(len(doc) for doc in nlp.pipe(paragraphs)) == 6 * len(paragraphs)
        assert len(nlp.vocab.strings) > before + len(paragraphs) - 10
        assert "zqbcaed" in nlp.vocab.strings
    assert len(nlp.vocab.strings) < before + 20  # combinations of features stay: there are few
    assert "zqbcaed" not in nlp.vocab.strings


def test_the_same_text_reads_the_same_alone_and_in_a_batch(nlp: Language) -> None:
    texts = [
        "Iran warned Israel.",
        "Israel struck targets near Damascus, Syria said on Monday.",
        "Talks will resume in Doha.",
    ]
    alone = [nlp(text).to_json() for text in texts]
    assert [doc.to_json() for doc in nlp.pipe(texts)] == alone


def test_lemma_cache_is_bounded(nlp: Language) -> None:
    lemmatizer = nlp.get_pipe("lemmatizer")
    assert isinstance(lemmatizer, Lemmatizer)
    assert isinstance(lemmatizer.cache, BoundedCache)
    cache: BoundedCache[int, str] = BoundedCache(2)
    for key in range(5):
        cache[key] = str(key)
    assert dict(cache) == {3: "3", 4: "4"}


def test_spacy_comes_without_its_command_line() -> None:
    """In a process of its own, as the service's: what the tests import besides would hide it."""
    code = "import sys, service.analysis.language; print({'requests', 'weasel', 'jinja2'} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"set()\n"


def test_what_is_asked_of_a_word_is_worked_out(nlp: Language) -> None:
    """What is not worked out is false or empty without a word."""
    source = "".join(path.read_text(encoding="utf-8") for path in WEIGHTS.parent.glob("*.py"))
    asked = {name.upper() for name in re.findall(r"\.((?:is|like)_[a-z]+|(?:prefix|suffix)(?=_\b))", source)}
    asked &= set(IDS)
    assert {"IS_PUNCT", "IS_TITLE"} <= asked
    assert {name for name in asked if IDS[name] not in READ} == set()
    assert nlp.make_doc("Nowhere")[0].is_title

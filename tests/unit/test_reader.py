"""The parts that read a text without a parser's help: pieces, windows, batches and trees."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from service.analysis.labelling import Scores, best_labels, may_follow
from service.analysis.language import WEIGHTS, load_language
from service.analysis.reader import TOKENS, Reader
from service.analysis.trees import best_tree
from service.analysis.windows import MAX_PIECES, windows
from service.analysis.wordpieces import (
    DIGITS,
    LETTER,
    LOWER,
    MAX_PIECES_OF_A_WORD,
    MIXED,
    TITLE,
    UNKNOWN,
    UPPER,
    Wordpieces,
    shape,
)


@pytest.fixture(scope="module")
def nlp() -> Language:
    return load_language()


@pytest.fixture(scope="module")
def wordpieces() -> Wordpieces:
    return Wordpieces(WEIGHTS / "reader" / "vocabulary.txt")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("missile", LOWER),
        ("--", LOWER),
        ("Kyiv", TITLE),
        ("NATO", UPPER),
        ("U.S.", UPPER),
        ("A", LETTER),
        ("McCain", MIXED),
        ("F-16", LETTER),
        ("1962", DIGITS),
    ],
)
def test_shape_says_how_a_word_is_written(word: str, expected: int) -> None:
    assert shape(word) == expected


def test_case_is_in_the_shape_alone(wordpieces: Wordpieces) -> None:
    small, capitals = wordpieces(["ceasefire", "CEASEFIRE"])
    assert small.ids == capitals.ids
    assert (small.shape, capitals.shape) == (LOWER, UPPER)


def test_writings_of_one_word_have_the_same_pieces(wordpieces: Wordpieces) -> None:
    plain, *others = wordpieces(["Kyiv's", "Kyiv’s", "Ｋyiv's", "Ky\u200biv's", "Ky\u00adiv's"])
    assert [other.ids for other in others] == [plain.ids] * 4
    composed, decomposed, bare = wordpieces(["Erdoğan", "Erdog\u0306an", "Erdogan"])
    assert composed.ids == decomposed.ids == bare.ids


def test_every_token_has_a_piece_and_a_long_one_not_many(wordpieces: Wordpieces) -> None:
    zero_width, endless = wordpieces(["\u200b", "x" * 10_000])
    assert zero_width.ids == (UNKNOWN,)
    assert 1 <= len(endless.ids) <= MAX_PIECES_OF_A_WORD


def test_a_missing_vocabulary_is_an_error(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        Wordpieces(tmp_path_factory.getbasetemp() / "nowhere")


SENTENCE = "The foreign minister of Kyrgyzstan met the ambassador of Tajikistan in Bishkek."


@pytest.mark.parametrize("count", [0, 1, 8, 60])
def test_windows_hold_each_word_once_in_order(nlp: Language, wordpieces: Wordpieces, count: int) -> None:
    doc = nlp.make_doc("  ".join([SENTENCE] * count))
    found = windows(doc, wordpieces)
    assert [token for window in found for token in window.tokens] == [t.i for t in doc if not t.is_space]
    for window in found:
        assert len(window.ids) == len(window.shapes) <= MAX_PIECES
        assert len(window.firsts) == len(window.tokens)
        assert window.firsts == sorted(set(window.firsts))


def test_a_window_ends_with_a_sentence_where_it_can(nlp: Language, wordpieces: Wordpieces) -> None:
    doc = nlp.make_doc(" ".join([SENTENCE] * 60))
    assert {doc[window.tokens[-1]].text for window in windows(doc, wordpieces)} == {"."}


def test_a_batch_has_so_many_docs_and_tokens_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[list[int]] = []
    monkeypatch.setattr(Reader, "_read", lambda _, docs: read.append([len(doc) for doc in docs]))
    vocab = Vocab()
    lengths = [TOKENS + 1, 1, TOKENS - 1, 1, *[2] * 40]
    docs = [Doc(vocab, words=["x"] * length) for length in lengths]
    assert list(Reader(vocab).pipe(docs, batch_size=32)) == docs
    assert read == [[TOKENS + 1], [1, TOKENS - 1], [1, *[2] * 31], [2] * 9]
    assert list(Reader(vocab).pipe([])) == []


def test_no_name_begins_with_its_inside() -> None:
    labels = ["O", "B-PERSON", "I-PERSON", "B-ORG", "I-ORG"]
    scores = np.random.default_rng(1).normal(size=(400, len(labels))).astype(np.float32)
    scores[:, [2, 4]] += 2  # word for word, most would be insides
    windows = [1, 150, 9, 240]
    found = best_labels(scores, may_follow(labels), windows)
    starts = set(np.cumsum([0, *windows]).tolist())
    before = ["" if word in starts else labels[found[word - 1]] for word in range(len(found))]
    insides = [(last, labels[label]) for last, label in zip(before, found, strict=True) if labels[label][0] == "I"]
    assert len(insides) > 100
    assert all(last[1:] == label[1:] for last, label in insides)


@settings(max_examples=100)
@given(st.integers(min_value=0, max_value=2**32 - 1), st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_the_labels_of_each_window_are_the_best_there_are(seed: int, windows: list[int]) -> None:
    labels = ["O", "B-PERSON", "I-PERSON"]
    random = np.random.default_rng(seed)
    scores = random.normal(size=(sum(windows), len(labels))).astype(np.float32)
    after = random.normal(size=(len(labels) + 1, len(labels))).astype(np.float32) + may_follow(labels)
    found = best_labels(scores, after, windows).tolist()
    start = 0
    for length in windows:
        rows = scores[start : start + length]

        def total(sequence: tuple[int, ...], rows: Scores = rows) -> float:
            return float(after[-1, sequence[0]] + sum(map(float, after[sequence[:-1], sequence[1:]]))) + float(
                rows[range(len(sequence)), sequence].sum()
            )

        best = max(map(total, product(range(len(labels)), repeat=length)))
        assert total(tuple(found[start : start + length])) == pytest.approx(best, abs=1e-4)
        start += length


def is_tree(heads: list[int]) -> bool:
    if sum(head == word for word, head in enumerate(heads)) != 1:
        return False
    for word in range(len(heads)):
        seen = set()
        while heads[word] != word:
            if word in seen:
                return False
            seen.add(word)
            word = heads[word]
    return True


@settings(max_examples=300)
@given(st.integers(min_value=0, max_value=2**32 - 1), st.integers(min_value=1, max_value=5))
def test_the_best_tree_is_a_tree_and_of_its_root_the_best(seed: int, count: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(count, count + 1)).astype(np.float32)
    heads = best_tree(scores.copy())
    assert is_tree(heads)
    root = next(word for word, head in enumerate(heads) if head == word)

    def total(tree: tuple[int, ...]) -> float:
        return float(sum(scores[word, head] for word, head in enumerate(tree) if word != head))

    every = (tree for tree in product(range(count), repeat=count) if tree[root] == root and is_tree(list(tree)))
    assert total(tuple(heads)) == pytest.approx(max(map(total, every)), abs=1e-4)


def test_where_each_words_best_head_makes_a_tree_it_is_that_one() -> None:
    scores = np.full((3, 4), -5, np.float32)
    scores[0, 1] = scores[1, 3] = scores[2, 1] = 5
    assert best_tree(scores) == [1, 1, 1]

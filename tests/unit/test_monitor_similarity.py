"""Signatures of texts and the likeness that they estimate."""

from hypothesis import given, settings
from hypothesis import strategies as st

from service.monitor.similarity import COMMON, LEAD, signature, similarity
from tests.unit.monitor_cases import TEXTS

words = st.lists(st.text("aeiklmnorst", min_size=4, max_size=12), min_size=1, max_size=30)


@settings(deadline=None)  # a busy machine is no fault
@given(words, words, words)
def test_similarity_is_that_of_the_words(one: list[str], other: list[str], both: list[str]) -> None:
    a, b = (" ".join([*own, *both]) for own in (one, other))
    assert max(len(a), len(b)) <= LEAD
    stems_a, stems_b = ({word[:6] for word in text.split()} - COMMON for text in (a, b))
    exact = len(stems_a & stems_b) / max(1, len(stems_a | stems_b))
    found = similarity(signature("", a), signature("", b))
    assert found == similarity(signature("", b), signature("", a))
    assert abs(found - exact) < 0.1


def test_the_same_words_in_any_order_and_spelling_have_the_same_signature() -> None:
    text = TEXTS[0]
    assert signature("", text) == signature("", " ".join(reversed(text.split()))) == signature(text, "")
    assert signature("", text) == signature("", text.upper().replace(" ", "\n\n— "))
    assert len(signature("", text)) == 2 * len([word for word in text.split() if len(word) > 3])


def test_different_stories_are_unlike() -> None:
    signed = [signature("", text) for text in TEXTS]
    assert all(similarity(a, b) < 0.1 for i, a in enumerate(signed) for b in signed[:i])


def test_what_comes_after_the_lead_does_not_count() -> None:
    lead = " ".join(f"lead{n}" for n in range(400))
    assert signature("", lead) == signature("", lead + " and quite another background on minesweepers")


def test_nothing_is_like_a_text_without_words() -> None:
    empty = signature("", "1 2 3 — of the and said")
    assert empty == b""
    assert similarity(empty, empty) == similarity(empty, signature("", TEXTS[0])) == 0

"""Signatures of texts and the likeness that they estimate."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from service.monitor.similarity import HASHES, signature, similarity
from tests.unit.monitor_cases import TEXTS

packed = st.lists(st.sampled_from([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF]), min_size=HASHES, max_size=HASHES).map(
    lambda lanes: struct.pack(f"<{HASHES}H", *lanes)
)


@given(packed, packed)
def test_similarity_is_the_share_of_equal_minima(one: bytes, other: bytes) -> None:
    lanes = zip(struct.unpack(f"<{HASHES}H", one), struct.unpack(f"<{HASHES}H", other), strict=True)
    assert similarity(one, other) == similarity(other, one) == sum(a == b for a, b in lanes) / HASHES


def test_similarity_estimates_the_jaccard_similarity_of_the_words() -> None:
    words = [f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(90)]
    signed = [signature("", " ".join(word[::-1] for word in part)) for part in (words[:60], words[30:])]
    assert abs(similarity(*signed) - 30 / 90) < 3 * (1 / 3 * 2 / 3 / HASHES) ** 0.5


def test_the_same_words_in_any_order_and_spelling_have_the_same_signature() -> None:
    text = TEXTS[0]
    assert signature("", text) == signature("", " ".join(reversed(text.split()))) == signature(text, "")
    assert signature("", text) == signature("", text.upper().replace(" ", "\n\n— "))
    assert len(signature("", text)) == 2 * HASHES


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

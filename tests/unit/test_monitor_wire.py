"""What the two stages say to each other, and the keys of the changelog."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.monitor.wire import (
    Clock,
    Reports,
    Told,
    decode,
    decode_clock,
    encode,
    pair_name,
    pair_of,
    parse_state_key,
    state_key,
)

CODES = st.text("ABCXYZ", min_size=3, max_size=3)
PAIRS = st.tuples(CODES, CODES).filter(lambda pair: pair[0] < pair[1])
TOLD = st.builds(Told, PAIRS.map(pair_name), st.text("0123456789abcdef", min_size=16, max_size=16), st.binary())
CLOCKS = st.builds(Clock, st.integers(0, 1000), st.none() | st.integers(-(2**62), 2**62), st.booleans())


@given(st.builds(Reports, st.lists(TOLD, max_size=5)) | CLOCKS)
def test_what_was_said_is_heard(message: Reports | Clock) -> None:
    assert decode(encode(message)) == message


@given(CLOCKS)
def test_a_clock_of_the_changelog_is_one_of_the_wire(clock: Clock) -> None:
    assert decode_clock(encode(clock)) == clock


@pytest.mark.parametrize("value", [b"", b"\xff", b"{}", encode(Clock(0, 1, False))[:-1], b"\x93\xa5other\x00\x00"])
def test_other_bytes_are_refused(value: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(value)


@given(PAIRS)
def test_a_name_is_the_pair(pair: tuple[str, str]) -> None:
    assert pair_of(pair_name(pair)) == pair


@pytest.mark.parametrize("name", ["", "CUB", "CUB-", "-USA", "USA-CUB", "CUB-CUB", "CUB-USA-RUS", "CU1-USA", "CUB USA"])
def test_what_is_no_sorted_pair_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no pair"):
        pair_of(name)


def test_a_key_says_what_it_is_of() -> None:
    assert state_key("report", "CUB-USA", "0a") == b"report|CUB-USA|0a"
    assert state_key("checkpoint", "CUB-USA", "20000") == b"checkpoint|CUB-USA|20000"
    assert state_key("clock", "7") == b"clock|7"
    assert parse_state_key(b"report|CUB-USA|0a") == ("report", "CUB-USA", "0a")
    assert parse_state_key(b"clock|7") == ("clock", "7", "")

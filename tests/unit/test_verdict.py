"""The verdict of the chaos run finds what it is there to find."""

from dataclasses import replace

import pytest

from tests.chaos.articles import messages, titled, version_of
from tests.chaos.mishaps import plan
from tests.chaos.verdict import CameOut, Fed, judge

FED = [
    Fed(
        (number % 2, number // 2),
        f"key-{number // 4}-{number % 2}".encode(),
        number % 5 != 4,
        number,
        number % 4 // 2 + 1,
    )
    for number in range(12)
]
"""Two partitions, keys of two versions each; numbers 4 and 9 are malformed (and so their keys lack a version)."""

GOOD = [each for each in FED if each.key not in (b"key-1-0", b"key-2-1")] + [
    replace(each, key=f"bad-{each.number}".encode(), version=1) for each in FED if each.key in (b"key-1-0", b"key-2-1")
]
FED_IN_ORDER = sorted(GOOD, key=lambda each: each.position)


def out(fed: Fed) -> CameOut:
    outlet = "enriched" if fed.good else "dead letter"
    return CameOut(outlet, fed.position[0], fed.position, fed.key, True, fed.version if fed.good else 0)  # type: ignore[arg-type]


RIGHT = [out(each) for each in FED_IN_ORDER]


def verdict(came_out: list[CameOut]) -> str:
    return "; ".join(judge(FED_IN_ORDER, came_out, len(FED)))


def test_right_is_right() -> None:
    assert verdict(RIGHT) == ""


def test_lost() -> None:
    assert "1 lost: (0, 3)" in verdict([each for each in RIGHT if each.source != (0, 3)])


def test_doubled() -> None:
    assert verdict([*RIGHT, RIGHT[5]]).startswith("1 doubled: (0, 5)")


def test_doubled_over_both_outlets() -> None:
    assert "1 doubled: (0, 0)" in verdict([*RIGHT, replace(RIGHT[0], outlet="dead letter", version=0)])


def test_never_fed() -> None:
    assert "1 came out but were never fed: (1, 99)" in verdict([*RIGHT, replace(RIGHT[-1], source=(1, 99))])


@pytest.mark.parametrize(
    ("good", "outlet", "words"),
    [(True, "dead letter", "1 good but dead-lettered"), (False, "enriched", "1 malformed but enriched")],
)
def test_wrong_outlet(good: bool, outlet: str, words: str) -> None:
    index = next(index for index, each in enumerate(FED_IN_ORDER) if each.good == good)
    changed = replace(RIGHT[index], outlet=outlet, version=1)  # type: ignore[arg-type]
    assert words in verdict([*RIGHT[:index], changed, *RIGHT[index + 1 :]])


def test_out_of_order_in_a_partition_and_in_a_key() -> None:
    swapped = [RIGHT[1], RIGHT[0], *RIGHT[2:]]
    found = verdict(swapped)
    assert "1 out of order in their partition: (0, 0)" in found
    assert "1 keys whose versions are not in order and complete: key-0-0" in found


def test_other_contents_and_other_partition() -> None:
    assert "key or contents are not those" in verdict([replace(RIGHT[0], intact=False), *RIGHT[1:]])
    assert "key or contents are not those" in verdict([replace(RIGHT[-1], key=b"foreign"), *RIGHT[:-1]])
    assert "1 in another partition than their source: (0, 0)" in verdict([replace(RIGHT[0], partition=1), *RIGHT[1:]])


def test_a_feed_that_went_wrong_is_no_fault_of_the_worker() -> None:
    assert "harness: messages that never reached" in "; ".join(judge(FED_IN_ORDER, RIGHT, len(FED) + 1))
    twice = [*FED_IN_ORDER, replace(FED_IN_ORDER[0], position=(0, 50))]
    assert "harness: messages that are in the articles topic more than once: 0" in "; ".join(
        judge(twice, [*RIGHT, replace(RIGHT[0], source=(0, 50))], len(FED))
    )


def test_messages_repeat_with_the_seed_and_versions_count_up() -> None:
    fed = list(messages(3, 1500))
    assert fed == list(messages(3, 1500))
    assert fed != list(messages(4, 1500))
    versions: dict[bytes, int] = {}
    for message in fed:
        assert message.version == versions.get(message.key, 0) + 1
        versions[message.key] = message.version
    assert 5 <= sum(not message.good for message in fed) <= 30
    assert sum(version > 1 for version in versions.values()) > 100


def test_the_version_is_read_off_the_title() -> None:
    assert version_of(titled("A title (of sorts)", 12)) == 12


def test_the_plan_repeats_with_the_seed() -> None:
    mishaps = plan(7, {"kill": 3, "broker": 1})
    assert mishaps == plan(7, {"kill": 3, "broker": 1})
    assert [mishap.at for mishap in mishaps] == sorted(mishap.at for mishap in mishaps)
    assert sorted(mishap.kind for mishap in mishaps) == ["broker", "kill", "kill", "kill"]

"""The shipped knowledge set, what it says of people by date, and how a bad set is refused."""

import shutil
from pathlib import Path

import pytest

from service.knowledge import Knowledge, KnowledgeError
from service.knowledge.names import NameIndex, Sense, fold
from service.knowledge.people import Tenure

SHIPPED = Path(__file__).parents[2] / "config" / "knowledge"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load(SHIPPED)


def person(knowledge: Knowledge, name: str) -> str:
    """The one person of this name."""
    (ref,) = [sense.ref for sense in knowledge.names.exact(fold(name)) if sense.kind == "person"]
    return ref


@pytest.mark.parametrize(
    ("name", "day", "country", "sector", "tenure"),
    [
        ("Joe Biden", "2024-11-19", "USA", "GOV", Tenure.CURRENT),
        ("Joe Biden", "2005-05-05", "USA", "LEG", Tenure.CURRENT),
        ("Joe Biden", "2025-03-01", "USA", "GOV", Tenure.FORMER),
        ("Donald Trump", "2022-06-01", "USA", "GOV", Tenure.FORMER),
        ("Donald Trump", "2025-06-01", "USA", "GOV", Tenure.CURRENT),
        ("Vladimir Putin", "2010-01-01", "RUS", "GOV", Tenure.CURRENT),
        ("Angela Merkel", "2021-06-01", "DEU", "GOV", Tenure.CURRENT),
        ("Angela Merkel", "2022-06-01", "DEU", "GOV", Tenure.FORMER),
        ("Liz Truss", "2022-09-20", "GBR", "GOV", Tenure.CURRENT),
        ("Rishi Sunak", "2023-05-01", "GBR", "GOV", Tenure.CURRENT),
        ("Andriy Sybiga", "2024-11-19", "UKR", "GOV", Tenure.CURRENT),
        ("Dmytro Kuleba", "2024-11-19", "UKR", "GOV", Tenure.FORMER),
        ("Volodymyr Zelensky", "2024-11-19", "UKR", "GOV", Tenure.CURRENT),
        ("Bashar al-Assad", "2015-01-01", "SYR", "GOV", Tenure.CURRENT),
        ("Hassan Nasrallah", "2010-01-01", "LBN", "REB", Tenure.CURRENT),
        ("Valery Gerasimov", "2023-01-01", "RUS", "MIL", Tenure.CURRENT),
        ("Antonio Guterres", "2020-01-01", None, "IGO", Tenure.CURRENT),
        ("Jens Stoltenberg", "2023-01-01", None, "IGO", Tenure.CURRENT),
        ("Mark Rutte", "2020-01-01", "NLD", "GOV", Tenure.CURRENT),
        ("Mark Rutte", "2025-01-01", None, "IGO", Tenure.CURRENT),
        ("Xi Jinping", "2020-01-01", "CHN", "GOV", Tenure.CURRENT),
        ("JD Vance", "2025-06-01", "USA", "GOV", Tenure.CURRENT),
    ],
)
def test_an_office_depends_on_the_day(
    knowledge: Knowledge, name: str, day: str, country: str | None, sector: str, tenure: Tenure
) -> None:
    office, standing = knowledge.people[person(knowledge, name)].office_on(day)
    assert (office.country, office.sector, standing) == (country, sector, tenure)


@pytest.mark.parametrize(
    ("country", "office", "day", "holder"),
    [
        ("RUS", "head_of_state", "2024-11-19", "Vladimir Putin"),
        ("USA", "secretary_of_state", "2024-11-19", "Antony Blinken"),
        ("USA", "vice_president", "2024-11-01", "Kamala Harris"),
        ("UKR", "foreign_minister", "2024-11-19", "Andrii Sybiha"),
        ("CHN", "foreign_minister", "2023-07-10", "Qin Gang"),
        ("GBR", "head_of_government", "2022-09-20", "Liz Truss"),
    ],
)
def test_the_holder_of_an_office_on_a_day(
    knowledge: Knowledge, country: str, office: str, day: str, holder: str
) -> None:
    assert knowledge.holders(country, office, day)[0].name == holder


def test_the_knowledge_names_what_the_news_names(knowledge: Knowledge) -> None:
    meanings = {
        "Kremlin": Sense("body", "gov:RUS"),
        "White House": Sense("body", "gov:USA"),
        "NATO": Sense("body", "igo:nato"),
        "Hezbollah": Sense("body", "grp:hezbollah"),
        "North Korea": Sense("country", "PRK"),
        "Emirati": Sense("adjective", "ARE"),
        "Ukrainians": Sense("people", "UKR"),
        "Kyiv": Sense("capital", "UKR"),
        "South China Sea": Sense("region", "South China Sea"),
    }
    assert {name: knowledge.names.exact(fold(name))[0] for name in meanings} == meanings


def test_there_are_enough_weapons_each_with_a_class(knowledge: Knowledge) -> None:
    assert len(knowledge.weapons) >= 150
    assert {"ATACMS", "F-16", "HIMARS", "S-400", "Shahed-136"} <= {weapon.name for weapon in knowledge.weapons}


def test_a_town_is_found_with_its_country(knowledge: Knowledge) -> None:
    place = knowledge.gazetteer.find("Kharkiv")
    assert place is not None
    assert place.country == "UKR"
    assert place.latitude == pytest.approx(50.0, abs=0.5)
    contested = knowledge.gazetteer.find("Crimea")
    assert contested is not None
    assert (contested.country, knowledge.regions["Crimea"].claimants) == ("UKR", ("UKR", "RUS"))


@pytest.mark.parametrize(
    ("written", "found"),
    [("US", True), ("U.S.", True), ("us", False), ("Us", False)],
)
def test_a_name_in_capitals_must_stand_in_capitals(written: str, found: bool) -> None:
    index = NameIndex.of([("US", Sense("country", "USA"))])
    assert (index.longest(fold(written), [written], 0) is not None) is found


def test_the_longest_name_wins_and_spelling_does_not_matter() -> None:
    index = NameIndex.of(
        [
            ("Sana'a", Sense("capital", "YEM")),
            ("Guinea", Sense("country", "GIN")),
            ("Papua New Guinea", Sense("country", "PNG")),
        ]
    )
    words = fold("Papua New Guinea")
    hit = index.longest(words, ["Papua", "New", "Guinea"], 0)
    assert hit is not None
    assert (hit.length, hit.senses[0].ref) == (3, "PNG")
    assert index.exact(fold("Sanaa")) == index.exact(fold("SANA’A"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    directory = tmp_path / "knowledge"
    shutil.copytree(SHIPPED, directory)
    return directory


@pytest.mark.parametrize(
    ("file", "row", "reason"),
    [
        ("countries.csv", "Xx,Nowhere,,,,,sovereign,,0,XX,,", "iso3"),
        ("countries.csv", "USA,Twice,,,,,sovereign,,0,XX,,", "second time"),
        ("countries.csv", "XXA,Nowhere,,,,,imaginary,,0,XX,,", "status"),
        ("offices.csv", "per:nobody-knows,USA,GOV,President,,,2001,,test", "per:nobody-knows"),
        ("offices.csv", "per:joe-biden,XXX,GOV,President,,,2001,,test", "XXX is not in countries.csv"),
        ("offices.csv", "per:joe-biden,USA,GOV,President,,,2001-13,,test", "since"),
        ("offices.csv", "per:joe-biden,USA,GOV,President,,,2005,2001,test", "before since"),
        ("offices.csv", "per:joe-biden,USA,GOV,President,,,2001-02-30,,test", "since: day is out of range"),
        ("offices.csv", "per:joe-biden,USA,GOV,President,,,2001-02-03,2001-02-03,test", "held on no day"),
        (
            "offices.csv",
            "per:joe-biden,USA,GOV,President,head_of_stat,,2001,,test",
            "head_of_stat is no kind of office",
        ),
        ("groups.csv", "grp:test,Test,,USA,REB", "5 cells, not 6"),
        ("groups.csv", "grp:test,Test,,USA,XYZ,", "sector: is no sector"),
        ("groups.csv", "grp:test, Test,,USA,REB,", "name: begins or ends with a space"),
        ("groups.csv", "grp:test,---,,USA,REB,", "name: has neither a letter nor a digit"),
        ("groups.csv", "grp:test,Te\0st,,USA,REB,", "name: has a character that cannot be printed"),
        ("groups.csv", "igo:un,Test,,USA,REB,", "id igo:un stands in igos.csv, too"),
        ("igos.csv", "igo:test,Test,,IGO,USA|QQQ,IGO", "QQQ is not in countries.csv"),
    ],
)
def test_a_bad_row_is_refused_with_file_line_and_reason(copy: Path, file: str, row: str, reason: str) -> None:
    lines = (copy / file).read_text(encoding="utf-8").splitlines()
    (copy / file).write_text("\n".join([*lines, row]) + "\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match=rf"{file}:{len(lines) + 1}: .*{reason}"):
        Knowledge.load(copy)


def test_empty_lines_a_byte_order_mark_and_other_line_ends_do_no_harm(copy: Path, knowledge: Knowledge) -> None:
    text = (copy / "weapons.csv").read_text(encoding="utf-8")
    (copy / "weapons.csv").write_bytes(("\ufeff" + text.replace("\n", "\r\n") + "\r\n\r\n").encode())
    assert Knowledge.load(copy).weapons == knowledge.weapons


def test_a_table_with_other_separators_is_refused_with_the_reason(copy: Path) -> None:
    text = (copy / "weapons.csv").read_text(encoding="utf-8")
    (copy / "weapons.csv").write_text(text.replace(",", ";"), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"weapons\.csv:1: the header must be .*; cells are separated by commas"):
        Knowledge.load(copy)


def test_of_people_of_one_name_the_holder_of_the_day_comes_first(knowledge: Knowledge) -> None:
    def first(name: str, day: str) -> str:
        return knowledge.people_called(fold(name), day)[0].name

    assert first("Bush", "1991-02-01") == "George Bush"
    assert first("Bush", "2003-02-01") == "George W. Bush"
    assert first("Assad", "1985-02-01") == "Hafiz al-Asad"
    assert first("Assad", "2013-02-01") == "Bashar al-Asad"


@pytest.mark.parametrize(("office", "day"), [("Paul Biya", "2020-06-01"), ("Rashad al-Alimi", "2025-06-01")])
def test_an_office_that_ended_does_not_end_the_other(knowledge: Knowledge, office: str, day: str) -> None:
    person = knowledge.people_called(fold(office), day)[0]
    assert person.office_on(day)[1] is Tenure.CURRENT


def test_a_missing_file_and_a_wrong_header_are_refused(copy: Path) -> None:
    text = (copy / "weapons.csv").read_text(encoding="utf-8")
    (copy / "weapons.csv").write_text(text.replace("weapon_class", "kind", 1), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"weapons.csv:1: the header must be"):
        Knowledge.load(copy)
    (copy / "weapons.csv").unlink()
    with pytest.raises(KnowledgeError, match=r"weapons.csv"):
        Knowledge.load(copy)


def test_the_digest_is_of_the_content(knowledge: Knowledge, copy: Path) -> None:
    assert Knowledge.load(copy).digest == knowledge.digest
    with (copy / "weapons.csv").open("a", encoding="utf-8") as file:
        file.write("Trebuchet,,artillery,,0\n")
    changed = Knowledge.load(copy).digest
    assert changed != knowledge.digest
    assert changed.startswith("sha256:")


@pytest.mark.parametrize(
    ("country", "office", "day", "holder"),
    [
        ("USA", "head_of_state", "1962-10-22", "John F. Kennedy"),
        ("USA", "attorney_general", "1962-10-27", "Robert Kennedy"),
        ("SUN", "head_of_government", "1962-10-22", "Nikita Khrushchev"),
        ("SUN", "foreign_minister", "1962-10-18", "Andrei Gromyko"),
        ("CUB", "head_of_government", "1962-10-22", "Fidel Castro"),
        ("ISR", "head_of_government", "1973-10-06", "Golda Meir"),
        ("EGY", "head_of_state", "1973-10-06", "Anwar Sadat"),
        ("SUN", "leader", "1983-09-01", "Yuri Andropov"),
        ("DDR", "leader", "1983-09-01", "Erich Honecker"),
        ("USA", "secretary_of_state", "1990-08-02", "James Baker"),
    ],
)
def test_the_leaders_of_past_crises(knowledge: Knowledge, country: str, office: str, day: str, holder: str) -> None:
    assert knowledge.holders(country, office, day)[0].name == holder


@pytest.mark.parametrize(
    ("name", "day", "meant"),
    [
        ("Moscow", "1962-10-22", [Sense("capital", "SUN")]),
        ("Moscow", "1991-12-26", [Sense("capital", "RUS")]),
        ("Czech", "1968-08-21", [Sense("adjective", "CSK")]),
        ("Hanoi", "1965-03-02", [Sense("capital", "VDR"), Sense("capital", "VNM")]),
        ("Hanoi", "2020-03-02", [Sense("capital", "VNM")]),
        ("Presidium", "1962-10-22", [Sense("body", "org:sun-presidium")]),
        ("Presidium", "2020-10-22", []),
        ("Soviet", "2020-10-22", [Sense("adjective", "SUN")]),
    ],
)
def test_a_name_means_what_it_meant_on_the_day(knowledge: Knowledge, name: str, day: str, meant: list[Sense]) -> None:
    assert list(knowledge.senses_on(knowledge.names.exact(fold(name)), day)) == meant


def test_a_state_with_a_beginning_succeeds_a_state_that_ended_then(copy: Path) -> None:
    text = (copy / "countries.csv").read_text(encoding="utf-8")
    (copy / "countries.csv").write_text(text.replace("RU,1991-12-26,", "RU,1991-12-25,"), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"RUS: no state that it succeeds ended on 1991-12-25"):
        Knowledge.load(copy)

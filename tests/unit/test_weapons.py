"""Names of weapons: where they are found, how far they reach, and where the same word is something else."""

from collections.abc import Callable

import pytest

from service.analysis.pipeline import Analysis
from service.messages.article import Article
from service.paths import config_dir

Weapons = Callable[[str], list[str]]

FOUND = [
    ("Kyiv fired ATACMS missiles at a depot near Bryansk.", ["ATACMS"]),
    ("Himars rockets hit the bridge.", ["Himars"]),
    ("Germany sent two Patriot batteries to Poland.", ["Patriot"]),
    ("The Patriot air defence systems arrived in April.", ["Patriot"]),
    ("Spain will give ten Leopard tanks to Ukraine.", ["Leopard"]),
    ("Leopard 2A4 and Leopard 2A6 main battle tanks took part.", ["Leopard 2A4", "Leopard 2A6"]),
    ("A Bradley fighting vehicle burned beside the road.", ["Bradley"]),
    ("Two M1 Abrams tanks were lost near Avdiivka.", ["M1 Abrams"]),
    ("A Javelin anti-tank missile destroyed the truck.", ["Javelin"]),
    ("They carried Javelin and NLAW missiles.", ["Javelin", "NLAW"]),
    ("It was shot down by a Stinger.", ["Stinger"]),
    ("A U-2 was shot down over the island.", ["U-2"]),
    ("They fired Javelins at the column.", ["Javelins"]),
    ("Russia launched 40 Shahed drones overnight.", ["Shahed"]),
    ("Shahed-136 drones are built in Yelabuga.", ["Shahed-136"]),
    ("Two Geran-3 drones fell on Odesa.", ["Geran-3"]),
    ("A Bayraktar TB2 drone filmed the strike.", ["Bayraktar TB2"]),
    ("An Iskander-M missile hit the hotel.", ["Iskander-M"]),
    ("The Kinzhal was intercepted over Kyiv.", ["Kinzhal"]),
    ("Four F-16s took off from Łask.", ["F-16s"]),
    ("F16 jets will follow.", ["F16"]),
    ("Belgium keeps its F-16AM fighters.", ["F-16AM"]),
    ("Israel flew F-35I Adir jets over Lebanon.", ["F-35I Adir"]),
    ("An F-15E Strike Eagle crashed in Kuwait.", ["F-15E Strike Eagle"]),
    ("India ordered more Su-30MKI fighters.", ["Su-30MKI"]),
    ("A Su-34 fell into the sea.", ["Su-34"]),
    ("The MiG-31K took off from Savasleyka.", ["MiG-31K"]),
    ("Tu-95MS bombers flew over the Barents Sea.", ["Tu-95MS"]),
    ("Two Mi-24 helicopters landed at Goma.", ["Mi-24"]),
    ("A Black Hawk helicopter crashed in Tripoli.", ["Black Hawk"]),
    ("Apache helicopters circled over Jenin.", ["Apache"]),
    ("Eurofighter Typhoon jets were scrambled.", ["Eurofighter Typhoon"]),
    ("Britain sent Typhoon fighters to Cyprus.", ["Typhoon"]),
    ("A Hurricane fighter from 1940 stands in the museum.", ["Hurricane"]),
    ("Rafale M jets flew from the carrier.", ["Rafale M"]),
    ("Sweden offered Gripen E fighters.", ["Gripen E"]),
    ("China showed the DF-61 on its parade.", ["DF-61"]),
    ("A Hwasong-17 missile flew for an hour.", ["Hwasong-17"]),
    ("Iran fired Fattah-1 missiles at Haifa.", ["Fattah-1"]),
    ("The Emad ballistic missile has a range of 1,700 km.", ["Emad"]),
    ("Pakistan tested the Shaheen-III missile.", ["Shaheen-III"]),
    ("The Agni-V missile was tested on Monday.", ["Agni-V"]),
    ("Storm Shadow missiles hit Sevastopol.", ["Storm Shadow"]),
    ("Berlin will not deliver Taurus cruise missiles.", ["Taurus"]),
    ("A Harpoon missile sank the tug.", ["Harpoon"]),
    ("They fired 160 Tomahawk missiles at Tripoli.", ["Tomahawk"]),
    ("AIM-9X Sidewinder missiles hung under the wings.", ["AIM-9X Sidewinder"]),
    ("An S-400 battery was hit near Belgorod.", ["S-400"]),
    ("A Buk missile brought down the airliner.", ["Buk"]),
    ("Pantsir-S1 systems guard the palace.", ["Pantsir-S1"]),
    ("Grad rockets fell on Nikopol.", ["Grad"]),
    ("CAESAR howitzers shelled the port.", ["CAESAR"]),
    ("Caesar self-propelled howitzers went to Estonia.", ["Caesar"]),
    ("Krab howitzers are built in Poland.", ["Krab"]),
    ("The Merkava tank stopped at the gate.", ["Merkava"]),
    ("T-72B3M tanks crossed the river.", ["T-72B3M"]),
    ("He carried a Kalashnikov and two grenades.", ["Kalashnikov"]),
    ("AK-47s were sold at the market.", ["AK-47s"]),
    ("A Lancet drone hit a Leopard tank.", ["Lancet", "Leopard"]),
    ("GBU-57 bombs fell on Fordow.", ["GBU-57"]),
    ("The USS Harry S. Truman left Norfolk.", ["USS Harry S. Truman"]),
    ("The frigate HMS Westminster was sold.", ["HMS Westminster"]),
    ("Two Kilo-class submarines left Novorossiysk.", ["Kilo"]),
    ("An Arleigh Burke-class guided missile destroyer sailed by.", ["Arleigh Burke"]),
    ("He was poisoned with Novichok.", ["Novichok"]),
    ("PUTIN SHOWS OFF ORESHNIK MISSILE", ["ORESHNIK"]),
    ("Germany Sends Patriot Missiles To Ukraine", ["Patriot"]),
    ("Kyiv used F‑16 jets and an F\u00ad-16 simulator.", ["F‑16", "F\u00ad-16"]),
    ("Kyiv has the Hi\u00admars.", ["Hi\u00admars"]),
]  # fmt: skip

NOT_FOUND = [
    "He called himself a Patriot and went home to his wife.",
    "The New England Patriots fired their coach.",
    "Congress extended the Patriot Act by a year.",
    "Hurricane Milton destroyed a missile base in Florida.",
    "A Leopard escaped from the zoo in Leipzig.",
    "Tiger Woods shot a round of 68.",
    "She won silver in the javelin, and Javelin is her life.",
    "Charles Leclerc won the race in Monaco.",
    "The board fired Bradley on Monday.",
    "Gunmen shot Abrams in his car.",
    "Bradley Cooper plays a sniper with a rifle.",
    "Mr Abrams said that the troops would leave.",
    "Justin Trudeau listened to Stacey Abrams.",
    "Haluk Bayraktar said that exports had grown.",
    "The president, Abdel Fattah al-Sisi, warned of a missile race.",
    "Luke Kornet scored twelve points.",
    "Neptune is the farthest planet.",
    "Storm Eunice closed schools in Wales.",
    "The Eagle pub in Leeds reopened.",
    "The Falcon Heavy rocket of SpaceX took off.",
    "A Tornado tore through Oklahoma.",
    "He drove his Puma shoes into the mud.",
    "Grad students went on strike.",
    "Workers at the Caesar salad factory met.",
    "The Caesar Act keeps sanctions on Syria.",
    "Police fired tear gas and rubber bullets.",
    "Cluster munitions and barrel bombs were used.",
    "An improvised explosive device (IED) went off.",
    "They fear a nuclear bomb, a dirty bomb and nerve agents.",
    "The drone, the tank and the missile were destroyed.",
    "K2 is the second highest mountain.",
    "The harvest cost R 37 million, and R17 million is lost.",
    "The A-10 road was blocked by tractors.",
    "He paid with B-2 visas.",
    "Sentinel of liberty, they called the paper.",
    "Apache villages were flooded in Arizona.",
    "The province of Liaoning closed its schools.",
    "Taurus people love comfort, the horoscope says.",
    "The Kalibr of these players is high, said nobody.".replace("Kalibr", "calibre"),
    "Methane (CH4) leaks grew.",
    "Spartan Capital sold its shares.",
    "The Archer family moved to Perth.",
    "Noor Jahan wrote a novel.",
    "It will harm farmers, the minister said.",
]


@pytest.fixture(scope="module")
def weapons() -> Weapons:
    analysis = Analysis.load(config_dir())

    def found(body: str) -> list[str]:
        article = Article(id="a", title="", body=body, published_at="2024-11-19")
        entities = analysis.analyse(article, enriched_at="2024-11-19T00:00:00Z").entities
        return [entity.text for entity in entities if entity.label == "WEAPON"]

    return found


@pytest.mark.parametrize(("sentence", "names"), FOUND)
def test_found(weapons: Weapons, sentence: str, names: list[str]) -> None:
    assert weapons(sentence) == names


@pytest.mark.parametrize("sentence", NOT_FOUND)
def test_not_found(weapons: Weapons, sentence: str) -> None:
    assert weapons(sentence) == []


def test_an_article_that_shows_the_weapon_means_it_throughout(weapons: Weapons) -> None:
    assert weapons("Berlin offered Leopard tanks.\nWarsaw wants its Leopards back.") == ["Leopard", "Leopards"]
    assert weapons("Warsaw wants its Leopards back.") == []


def test_a_version_and_a_mark_belong_to_the_name(weapons: Weapons) -> None:
    assert weapons("India bought Tejas Mk1A jets, Taiwan F-16 Block 70 jets.") == ["Tejas Mk1A", "F-16 Block 70"]

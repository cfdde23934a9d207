"""What is written with letters: Roman numerals of rulers (Louis XIV) and names said letter by letter (GDP)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from data.text.inverse.contexts import ARTICLE
from data.text.inverse.edge import Edge, Style
from data.text.inverse.text import SpokenText
from data.text.numbers.lexicon import PARTS, POINTS, SCALES
from data.text.numbers.number import Number
from data.text.numbers.romans import roman_numeral
from data.text.semiotics import Semiotic
from data.text.verbalize.letters import by_first_word

#: Names of whom people count with Roman numerals, in their normal form. Of the names before Roman numerals in the
#: Vietnamese Wikipedia these are rulers and popes; ships, planes and programs are mostly counted with figures.
RULERS = frozenset({
    "abdullah", "adolf", "adrian", "afonso", "ahmed", "albert", "aleksandr", "alexander", "alexandre", "alexandros",
    "alexanđê", "alexios", "alfonso", "amadeus", "amedeo", "amenemhat", "amenhotep", "andronikos", "antigonos",
    "antigonus", "antiochos", "antiochus", "ardashir", "arsaces", "artabanus", "artaxerxes", "attalos", "attalus",
    "bahram", "baldwin", "basil", "baudouin", "bayezid", "benedict", "benedictô", "bohemond", "boniface", "boris", "béla",
    "bônifaciô", "calixtus", "callixtus", "cambyses", "canute", "carloman", "carlos", "carol", "casimir", "catherine",
    "celestine", "charles", "childéric", "christian", "clemens", "clement", "cleopatra", "clovis", "clêmentê", "conrad",
    "constantine", "constantinus", "constantius", "cosimo", "cyrus", "darius", "david", "demetrios", "demetrius", "edgar",
    "edmund", "edward", "ekaterina", "elizabeth", "emanuele", "eric", "erik", "eugene", "eugêniô", "eumenes", "felipe",
    "feodor", "ferdinand", "ferenc", "fernando", "francis", "franz", "frederick", "frederik", "friedrich", "fyodor",
    "gelasius", "geoffrey", "georg", "george", "gioan", "gregory", "grêgôriô", "gustav", "haakon", "hadrian", "hamid",
    "harald", "harivarman", "harold", "hassan", "heinrich", "henri", "henry", "herakleios", "honorius", "honoré",
    "hormizd", "hussein", "indravarman", "innocent", "innôcentê", "isaakios", "isabella", "istván", "ivan", "james",
    "jayavarman", "john", "joseph", "joão", "julius", "justinian", "justinianus", "kambyses", "kamehameha", "karl",
    "kavadh", "kazimierz", "kenneth", "khosrau", "knud", "konrad", "ladislaus", "leo", "leopold", "lothair", "lothar",
    "louis", "ludwig", "lászló", "léopold", "lêô", "magnus", "mahmud", "malcolm", "manuel", "marcellus", "margrethe",
    "martinô", "maximilian", "maximilien", "mehmed", "mentuhotep", "michael", "mieszko", "mikhail", "mithridates",
    "mohammed", "murad", "mustafa", "napoleon", "napoléon", "nebuchadnezzar", "nicholas", "nicomedes", "nicôla",
    "nikephoros", "nikolai", "norodom", "olaf", "olav", "oscar", "osman", "osorkon", "otto", "ottokar", "paschal", "paul",
    "pavel", "pedro", "pepi", "pepin", "peroz", "petar", "peter", "phaolô", "philip", "philippe", "philippos", "pius",
    "piô", "prusias", "psamtik", "ptolemy", "pyotr", "rainier", "rajendravarman", "rama", "ramesses", "ramiro",
    "ranavalona", "reachea", "richard", "robert", "romanos", "rudolf", "sancho", "sargon", "seleucus", "seleukos", "selim",
    "senusret", "seti", "shalmaneser", "shapur", "shoshenq", "sigismund", "simeon", "sinhavarman", "sixtus", "sobekhotep",
    "stefan", "stephan", "stephen", "suleiman", "suryavarman", "sylvester", "theodoric", "theodoros", "theodosius",
    "thutmose", "tupou", "tuthmosis", "umberto", "urban", "urbanô", "valdemar", "valentinianus", "vasily", "victor",
    "vittorio", "vladislaus", "vologases", "václav", "wenceslaus", "wilhelm", "william", "władysław", "xerxes", "yazdgerd",
    "zygmunt",
})  # fmt: skip
_MOST_RULERS = 30
#: What rulers have, or do so many times.
_OWN = frozenset({
    "người", "con", "lần", "năm", "ngày", "tháng", "tuần", "tuổi", "đứa", "bà", "anh", "chị", "em", "vợ", "giờ", "bàn",
    "trận", "tờ", "cuốn", "bức", "tòa", "tàu", "phim", "giải", "vùng", "tỉnh", "phần", "điểm", "đồng", "nước", "vương",
})  # fmt: skip
#: Behind a ruler these may begin something else: henry hai lần, charles năm 1660.
_DOUBTFUL = frozenset({"một", "năm", "không"})

#: Names that people say letter by letter; what is not here may be anything and stays as it was said.
ACRONYMS = (
    "AFC", "AFF", "AIDS", "API", "ARF", "ASEAN", "ATM", "ATP", "AVG", "BBC", "BMW", "BXH", "CBS", "CDMA", "CEO", "CIA", "CLB",
    "CNN", "CPU", "CSS", "DNA", "ADN", "DVD", "EU", "FAO", "FBI", "FDI", "FIFA", "GDP", "GNP", "GPS", "GSM", "HDI", "HIV",
    "HLV", "HTML", "HTTP", "IBM", "ICAO", "IEEE", "IMF", "IOC", "ISO", "ISS", "IUPAC", "KBS", "KGB", "LAN", "LCD", "LED",
    "LTE", "MBA", "MBC", "MIT", "MTV", "NASA", "NATO", "NBA", "NXB", "ODA", "OECD", "OPEC", "PDA", "PDF", "PGS", "RAM", "RNA",
    "ARN", "ROM", "SBS", "SEA", "SIM", "SMS", "SVĐ", "TCN", "TNHH", "TPP", "UAE", "UBND", "UEFA", "UFO", "UHF", "UNESCO",
    "UNICEF", "UNIX", "USA", "USB", "USD", "USSR", "VFF", "VĐV", "VIP", "VNPT", "VTV", "WAN", "WHO", "WTA", "WTO", "WWE",
    "XML",
)  # fmt: skip
_SHORTEST_CERTAIN = 3


class _Trie(dict[str, "_Trie"]):
    """Acronyms by their letters."""

    name: str = ""


@lru_cache(maxsize=1)
def _acronyms() -> _Trie:
    root = _Trie()
    for name in ACRONYMS:
        node = root
        for letter in name.lower():
            node = node.setdefault(letter, _Trie())
        node.name = name
    return root


@lru_cache(maxsize=1)
def _letters() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    return by_first_word(sorted({letter for name in ACRONYMS for letter in name.lower()}))


def is_first_letter(key: str) -> bool:
    """Whether a word may begin a name that is said letter by letter."""
    return key in _letters()


def acronym(text: SpokenText, at: int) -> Iterator[Edge]:
    """gờ dê pê, ép i ép a: the longest known name that is said from here on."""
    longest: dict[str, int] = {}
    open_ends = [(at, _acronyms())]
    while open_ends:
        end, node = open_ends.pop()
        if node.name and end > at + 1:
            longest[node.name] = max(end, longest.get(node.name, 0))
        for letter, words in _letters().get(text.word(end), ()):
            if letter in node and tuple(text.keys[end : end + len(words)]) == words:
                open_ends.append((end + len(words), node[letter]))
    for name, end in longest.items():
        if is_first_letter(text.word(at - 1)) and is_first_letter(text.word(end)):
            continue  # e pê lờ a nờ e: in the middle of what somebody spells.
        # Behind another letter it would be a part of a longer name.
        certain = (
            len(name) >= _SHORTEST_CERTAIN and not is_first_letter(text.word(at - 1)) and not is_first_letter(text.word(end))
        )
        yield Edge(
            start=at, end=end, kind=Semiotic.ABBREVIATION, cost=-0.1 * (end - at), certain=certain, values=(),
            write=lambda style, name=name: name if style == "vi" else None,
        )  # fmt: skip


def counts_rulers(text: SpokenText, at: int, end: int) -> bool:
    """Whether the number [at, end) behind a ruler can only be the ruler's own: nothing follows that rulers have so many of."""
    behind = text.word(end)
    return behind not in _OWN and behind not in ARTICLE and any(edge.end == end for edge in ruler(text, at))


def ruler(text: SpokenText, at: int) -> Iterator[Edge]:
    """louis mười bốn, napoléon ba, thế chiến hai: the number behind a ruler or a world war."""
    if not at:
        return
    war = text.word(at - 1) == "chiến" and text.word(at - 2) == "thế"
    if not war and text.word(at - 1) not in RULERS:
        return
    for number in text.numbers(at):
        if number.kind is not Semiotic.CARDINAL or not isinstance(number.value, int) or number.scale:
            continue
        if not 1 <= number.value <= (2 if war else _MOST_RULERS) or text.word(number.end) in PARTS | POINTS | SCALES.keys():
            continue
        yield _ruler(text, at, number, war=war)


def _ruler(text: SpokenText, at: int, number: Number, *, war: bool) -> Edge:
    behind = text.word(number.end)
    numeral = roman_numeral(int(number.value))
    doubtful = behind in _OWN or behind in ARTICLE or (text.word(at) in _DOUBTFUL and not war)

    def write(style: Style) -> str | None:
        return numeral if style == "vi" else None

    cost = 1.2 if doubtful else 0.5 + number.doubt
    return Edge(
        start=at, end=number.end, kind=Semiotic.ROMAN, cost=cost, certain=not doubtful and number.certain,
        values=(str(number.value),), write=write,
    )  # fmt: skip

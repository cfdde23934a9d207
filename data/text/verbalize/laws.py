"""Numbers of laws and decrees: 14/2004/QĐ-TTg · 64/HĐBT."""

from __future__ import annotations

import re
from functools import lru_cache

from data.text.reading import SILENT, Part, Reading, say, seq
from data.text.semiotics import Semiotic
from data.text.verbalize.cardinals import ways, year
from data.text.verbalize.codes import code_number
from data.text.verbalize.letters import spelled
from data.text.verbalize.scan import Found, Scan

_ORGAN = r"[A-ZĐƯ][A-ZĐƯ&a-z]*\d*"
_LEGAL = re.compile(rf"\d{{1,5}}(?:/(?:1[89]|20)\d\d)?/{_ORGAN}(?:(?: ?- ?|/){_ORGAN})*(?![^\W_])")
_LEGAL_WORDS = {
    "NĐ": "nghị định", "QĐ": "quyết định", "TT": "thông tư", "CP": "chính phủ", "TTg": "thủ tướng", "NQ": "nghị quyết",
    "HĐND": "hội đồng nhân dân", "UBND": "ủy ban nhân dân", "HĐBT": "hội đồng bộ trưởng", "CT": "chỉ thị", "QH": "quốc hội",
    "UBTVQH": "ủy ban thường vụ quốc hội", "TTLT": "thông tư liên tịch", "SL": "sắc lệnh", "TW": "trung ương",
}  # fmt: skip


def legal(scan: Scan, at: int) -> Found | None:
    """The number of a law that starts at a digit."""
    match = _LEGAL.match(scan.shape, at)
    return Found(match.end(), Semiotic.CODE, legal_reading(match.group())) if match else None


@lru_cache(maxsize=1024)
def legal_reading(written: str) -> Reading:
    """The number of a law, or the end of one from a slash on."""
    slash = ways((0.6, "trên"), (0.2, "gạch chéo"), (0.1, "xuyệt"), (0.1, SILENT))
    parts: list[Part] = []
    for piece in re.findall(r"\d+|[^\W\d_]+|[/&-]", written):
        if piece in "/-":
            parts.append(slash if piece == "/" else ways((0.7, SILENT), (0.3, "gạch ngang"), (0, "gạch")))
        elif piece == "&":
            parts.append("và")
        elif piece.isdigit():
            parts.append(year(int(piece)) if len(piece) == 4 and piece[0] in "12" else code_number(piece))
        elif full := _LEGAL_WORDS.get(piece):
            parts.append(ways((0.6, full), (0.3, spelled(piece)), (0.1, say(piece))))
        else:
            parts.append(ways((0.5, spelled(piece)), (0.5, say(piece))))
    return seq(*parts)

"""One written expression in another style."""

from __future__ import annotations

import re
import unicodedata

from data.text.inverse.chart import best_path
from data.text.inverse.edge import Style
from data.text.inverse.written_text import written_text
from data.text.semiotics import Semiotic

_DATE = re.compile(r"(?<!\d)(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{4})(?!\d)")
_DAY_MONTH = re.compile(r"(?<!\d)(\d{1,2})[/-](\d{1,2})(?!\d)")
_MONTH_YEAR = re.compile(r"(?<!\d)(\d{1,2})[/-](\d{4})(?!\d)")
_CLOCK = re.compile(r"(?<!\d)(\d{1,2})\s?(?:[:hHgG]|giờ)\s?(\d{2})(?::(\d{2}))?(?:\s?(?:phút|[pP'’]))?(?![\w:])")
#: Four digits without a separator may be a year, and a year has no dot.
_PLAIN_FIGURE = re.compile(r"^\D*\d{4}$")
_MINUTES = re.compile(r"(?<!\d)(\d{1,3})[pP'’](\d{1,2})[sS\"”]?(?!\w)")
_KEPT = frozenset({Semiotic.PLAIN, Semiotic.PUNCT, Semiotic.CODE, Semiotic.PLATE, Semiotic.ADDRESS, Semiotic.ELECTRONIC,
                   Semiotic.ABBREVIATION, Semiotic.SYMBOL, Semiotic.SCORE, Semiotic.FRACTION, Semiotic.ROMAN})  # fmt: skip


def restyle(written: str, kind: Semiotic, style: Style) -> str:
    """One expression of written Vietnamese (2,5 · 24/7/2025 · 6 giờ 50) as a style writes it.

    Values, words and case stay; what no rule knows stays as it is.
    """
    if kind in _KEPT or "′" in written or (style == "vi" and _PLAIN_FIGURE.search(written)):
        return written
    said = _spelled(unicodedata.normalize("NFC", written), kind)
    text = written_text(said)
    parts: list[str] = []
    at = 0
    for edge in best_path(text):
        new = edge.write(style)
        if new is not None:
            parts += (said[at : text.starts[edge.start]], new)
            at = text.ends[edge.end - 1]
    return "".join((*parts, said[at:]))


def _clock(match: re.Match[str]) -> str:
    hour, minute, second = match.groups()
    if second:
        return f"{hour} giờ {minute} phút {second} giây"
    return f"{hour} giờ {minute}" + (" phút" if "phút" in match.group() else "")


def _spelled(written: str, kind: Semiotic) -> str:
    """Dates and times with the words that their signs stand for."""
    if kind is Semiotic.DATE:
        written = _DATE.sub(lambda m: f"{int(m[1])} tháng {int(m[2])} năm {m[3]}", written)
        written = _MONTH_YEAR.sub(lambda m: f"{'' if 'tháng' in written else 'tháng '}{int(m[1])} năm {m[2]}", written)
        return _DAY_MONTH.sub(lambda m: f"{int(m[1])} tháng {int(m[2])}", written)
    if kind in (Semiotic.TIME, Semiotic.DURATION):
        written = _CLOCK.sub(lambda m: _clock(m), written)
        return _MINUTES.sub(r"\1 phút \2 giây", written)
    return written

"""A written text as the same rules see it: figures, signs and symbols become the words that they stand for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from data.text.inverse.edge import Style
from data.text.inverse.text import SpokenText, figures, word_key
from data.text.numbers.romans import roman_at

_TOKEN = re.compile(
    r"(?P<telephone>(?<![\w.,])(?:\+\d{1,3}[ .-]?)?0?\d{2,4}(?:[ .-]\d{3,4}){2,3}(?![\d.,]*\d))"
    r"|(?P<hotline>\b1[89]00[ .-]\d{4,6}\b)"
    r"|(?P<clock>(?<![\d:.,])\d{1,2}[:hHgG]00(?::00)?(?![\d:]))"
    r"|(?P<metres>(?<![\d.,])\d+m\d{1,2}(?!\w))"
    r"|(?P<power>[kcdmµ]?m[23](?!\w))"
    r"|(?P<plate>(?:(?<=\d[A-ZĐ][-\d])|(?<=\d[A-ZĐ]{2}-))-?\d{3}\.\d{2}(?![\d.,]))"
    r"|(?P<figures>\d+(?:[.,]\d+)*)"
    r"|(?P<roman>(?<![^\W_])[IVXLCDM]+(?![^\W_]))"
    r"|(?P<word>[^\W\d_]+(?:[\u0300-\u036f][^\W\d_]*)*)"
    r"|(?P<sign>(?<![^\s(])(?<!\d{4} )[-−–](?=\d))"
    r"|(?P<other>[^\w\s]|_)"
)
_SYMBOLS = {"$": "đô", "€": "euro", "£": "bảng", "¥": "yên", "₫": "đồng", "°": "độ", "℃": "độ"}
_ENGLISH = re.compile(r"[1-9]\d{0,2},\d{3}", re.ASCII)
_COUNTED = re.compile(r" (?!nghìn|ngàn|triệu|tỷ|tỉ)[^\W\d_]")
_VULGAR = {"½": "12", "⅓": "13", "⅔": "23", "¼": "14", "¾": "34", "⅛": "18"}
_BEHIND_FIGURES = {"k": "nghìn", "tr": "triệu", "h": "giờ", "g": "giờ", "đ": "đồng", "p": "phút", "s": "giây"}


def written_text(text: str, style: Style = "vi") -> SpokenText:
    """The tokens of a written text in NFC."""
    text = unicodedata.normalize("NFC", text)
    return SpokenText(text, _tokens(text, style))


def _tokens(text: str, style: Style) -> Iterator[tuple[str, int, int]]:
    figures_end, in_code = -1, False
    for match in _TOKEN.finditer(text):
        kind, token, start, end = match.lastgroup, match.group(), match.start(), match.end()
        if kind == "telephone" and not _is_telephone(token):
            yield from _split(text, token, start, style)
        elif kind in ("telephone", "hotline"):
            yield re.sub(r"\D", "", token), start, end
        elif kind == "clock":  # Nobody says the zeros.
            yield re.split(r"\D", token)[0], start, end
        elif kind == "plate":
            yield re.sub(r"\D", "", token), start, end
        elif kind == "metres":
            yield token.replace("m", "."), start, end - 1
            yield "mét", end - 1, end
        elif kind == "power":
            yield token.replace("2", "²").replace("3", "³"), start, end
        elif kind == "figures":
            yield from _figures(text, token, start, style)
        elif kind == "roman" and (value := roman_at(text, start, token)):
            yield str(value), start, end
        elif token in _VULGAR:
            upper, lower = _VULGAR[token]
            yield upper, start, end
            yield "/", end, end
            yield lower, end, end
        elif kind == "sign":
            yield "âm", start, end
        elif start == figures_end and token.lower() in _BEHIND_FIGURES and not in_code:
            yield _BEHIND_FIGURES[token.lower()], start, end
        else:
            yield _SYMBOLS.get(token) or word_key(token), start, end
        if kind in ("figures", "telephone"):
            figures_end, in_code = end, text[start - 1 : start] in ("-", "/") or text[start - 1 : start].isalpha()


def _is_telephone(token: str) -> bool:
    digits = re.sub(r"\D", "", token)
    card = len(digits) in (15, 16) and re.fullmatch(r"\d{4}[ -]\d{4,6}[ -]\d{4,5}(?:[ -]\d{4})?", token)
    return (token[0] in "+0" and 9 <= len(digits) <= 15) or bool(card)


def _split(text: str, token: str, start: int, style: Style) -> Iterator[tuple[str, int, int]]:
    for match in re.finditer(r"\d+(?:[.,]\d+)*|[^\w\s]", token):
        if match.group()[0].isdigit():
            yield from _figures(text, match.group(), start + match.start(), style)
        else:
            yield match.group(), start + match.start(), start + match.end()


def _figures(text: str, token: str, start: int, style: Style) -> Iterator[tuple[str, int, int]]:
    """One number, or several with dots between them (1.7.1967, 192.168.0.1)."""
    end = start + len(token)
    if style == "nemo" and token.count(".") < 2:
        yield token.replace(",", ""), start, end
    elif _ENGLISH.fullmatch(token) and (token.endswith(",000") or _COUNTED.match(text, end)):
        yield token.replace(",", ""), start, end  # 43,500 khán giả: nobody counts thousandths.
    elif (key := figures(token)) != "?":
        yield key, start, end
    else:
        for match in re.finditer(r"\d+|[.,]", token):
            yield match.group(), start + match.start(), start + match.end()

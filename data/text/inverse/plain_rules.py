"""Numbers by themselves, telephone numbers, fractions and ordinals."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from data.text.inverse import quantity_rules
from data.text.inverse.contexts import ARTICLE, COUNTED, NAMED, NAMERS, is_five, is_letter, may_be_article
from data.text.inverse.edge import Edge, Style
from data.text.inverse.styles import digit_value, figure, values
from data.text.inverse.telephones import country_code, telephone
from data.text.inverse.text import SpokenText
from data.text.numbers.cardinals import PAIR
from data.text.numbers.digits import closed_run, years
from data.text.numbers.lexicon import CLOSING, DIGITS, MINUS, PARTS, POINTS, SCALES, canonical, is_figures, scale_at
from data.text.numbers.number import Number
from data.text.semiotics import Semiotic

_FIRST = {"nhất": 1, "nhì": 2, "tư": 4}
_SHORTEST_ABROAD = 9
SCORED = frozenset({"trước", "số", "là", "thắng", "thua", "hòa", "hoà", "lợi", "đậm", "sát", "nút", "dẫn", "bại"})
#: Behind these two numbers are a result where the opponent, or nothing, follows: chiến thắng hai không trước.
_RESULTS = frozenset({"thắng", "lợi", "thua", "bại", "hòa", "đậm"})
_BEHIND_RESULT = frozenset({"", "trước", "của", "ở", "tại", "trong", "vào", "và", "sau", "với", "trên"})
#: So many words may stand between the two.
_RESULT_WORDS = 6
#: A year that was said as a number has no dot, where nothing follows that could be counted.
_YEARS, _YEAR_WORDS = range(1900, 2031), 4
_BROKEN = frozenset({"mươi", "trăm", "chục", *SCALES})


#: Before a temperature or a result.
_BEFORE_SIGN = frozenset(
    {"là", "bằng", "còn", "xuống", "đến", "tới", "khoảng", "mức", "từ", "dưới", "độ", "lạnh", "được", "ra", "của"}
)
_BEFORE_MINUS = PARTS - {"không"}
#: Alone these are seldom digits.
_SELDOM = frozenset({"không", "zero", "năm"})


def bare(text: SpokenText, at: int) -> Iterator[Edge]:
    """Every number as it is."""
    first = text.keys[at]
    if first == "trừ" and (text.word(at - 1) in _BEFORE_MINUS or is_figures(text.word(at - 1))):
        return
    in_words = not is_figures(first)
    for number in text.numbers(at):
        single = in_words and number.end == at + 1
        behind = text.word(number.end)
        if behind in _BROKEN and (behind not in SCALES or scale_at(text.keys, number.end)):
            continue
        if single and first in _SELDOM and not _counts(text, at):
            continue
        if number.doubt >= PAIR and number.end == at + 2 and next(result(text, at), None):
            continue  # hòa Tottenham hai hai is 2-2
        if first == "trừ" and not _is_negative(text, at, number):
            continue
        if text.keys[at : number.end] == ["ba", "tư"] and behind not in COUNTED and behind not in quantity_rules.begins():
            continue  # xã hội Ba Tư
        if number.kind is Semiotic.CARDINAL and number.doubt >= PAIR and text.word(at - 1) in _RESULTS:
            continue  # chiến thắng bốn hai is 4-2, never 42
        certain = not single and number.certain and _apart(text, at, number)
        counted = behind in COUNTED or behind in quantity_rules.begins()
        year = number.value in _YEARS and number.end - at >= _YEAR_WORDS and not counted
        writer = partial(_write_bare, number, single, not year)
        kind = number.kind
        cost = 1 + number.doubt
        if kind is Semiotic.DIGITS and text.word(at - 1) == "tháng" and len(number.digits) > 4:
            cost = 3  # tháng sáu năm một chín sáu mốt một sinh viên
        elif kind is Semiotic.DIGITS and len(number.digits) >= 7:
            cost, kind = 0.9, Semiotic.TELEPHONE
            certain = _apart(text, at, number) and _is_called(text, at, number.digits)
        elif kind is Semiotic.DIGITS:
            if _begins_with_year(text, at, number):
                cost += 1  # năm một chín chín ba một cuộc
            if text.word(number.end - 1) == "một" and behind in COUNTED:
                cost += 0.9  # hai ba chín một sản phẩm
            certain = _is_named(text, at) or (number.digits[:2] in ("19", "20") and len(number.digits) == 4)
        if first in _SELDOM and (single or (first == "không" and kind in (Semiotic.DECIMAL, Semiotic.TELEPHONE))):
            cost = 0.1
        elif kind is Semiotic.DECIMAL and _starts_doubtful(text, at):
            cost = 0.2
        elif may_be_article(text.keys, number.end) and number.doubt:
            cost += 0.9  # thế kỷ hai mươi một số nước
        elif in_words and is_letter(text.word(at - 1)) and (number.end == at + 2 or kind is Semiotic.DIGITS):
            cost, certain = min(cost, 1.0), False  # m sáu một, a ba tám không
        yield Edge(start=at, end=number.end, kind=kind, cost=cost, certain=certain, values=values(number), write=writer)


def _is_negative(text: SpokenText, at: int, number: Number) -> bool:
    """Whether "trừ" is a sign; before what is counted it means but for: trừ một số trường hợp."""
    return (not at or text.word(at - 1) in _BEFORE_SIGN) and text.word(number.end) not in COUNTED | ARTICLE


def _begins_with_year(text: SpokenText, at: int, number: Number) -> bool:
    """Whether digits are a year behind "năm", and more than it."""
    start = at + 1 if text.word(at) == "năm" else at if text.word(at - 1) == "năm" else -1
    if start < 0 or text.word(start - 2) in NAMED:
        return False
    return any(year.end < number.end or start > at for year in years(text.keys, start))


def _is_named(text: SpokenText, at: int) -> bool:
    """Whether the word before says that digits are a name: số, mã; but tỷ số is a result."""
    return text.word(at - 1) in NAMED and text.word(at - 2) not in ("tỷ", "tỉ")


def _is_called(text: SpokenText, at: int, digits: str) -> bool:
    """Whether digits are one number, and not two years or results one after the other."""
    years = len(digits) == 8 and digits[0] in "12" and digits[:4] < digits[4:] < "2100"
    return _is_named(text, at) or (not years and (digits[0] == "0" or len(digits) > 7))


def _starts_doubtful(text: SpokenText, at: int) -> bool:
    """Whether a decimal begins with a word that alone is mostly no number: năm phẩy hai, âm không phẩy một."""
    return (
        text.word(at + 1) == "không"
        or (text.word(at) in MINUS and text.word(at + 1) == "năm")
        or (text.word(at) == "năm" and text.word(at + 1) in POINTS)
    )


def _write_bare(number: Number, word: bool, dots: bool, style: Style) -> str | None:
    if word and (style == "vi" or number.value not in (10, -10)):
        return None
    if number.kind is Semiotic.DIGITS:
        return telephone(number.digits, style)
    return figure(number, style, dots=dots)


def _counts(text: SpokenText, at: int) -> bool:
    """Whether "năm" or "không" is a digit here."""
    if text.word(at) == "năm":
        return is_five(text.keys, at)
    return is_letter(text.word(at - 1)) and not is_figures(text.word(at - 2))


def _apart(text: SpokenText, at: int, number: Number) -> bool:
    """Whether no other number touches this one, so that its ends are beyond doubt."""
    before, behind = text.word(at - 1), text.word(number.end)
    return not (_touches(before) and before != "năm") and not (_touches(behind) and behind not in ("năm", "không"))


def _touches(key: str) -> bool:
    return key in DIGITS or key in CLOSING or is_figures(key) or key in ("mười", "hăm", "trăm", "nghìn", "triệu", "tỷ")


def fraction(text: SpokenText, at: int) -> Iterator[Edge]:
    """ba phần tư, hai trên mười lăm."""
    for number in text.numbers(at):
        bar = text.word(number.end)
        if bar not in ("phần", "trên", "chia") or number.kind not in (Semiotic.CARDINAL, Semiotic.DECIMAL):
            continue
        if text.word(number.end + 1) == "trăm":
            continue
        if bar != "phần" and number.kind is Semiotic.DECIMAL:
            continue
        below: list[tuple[int, str, float]] = [
            (other.end, figure(other, "nemo"), other.doubt)
            for other in text.numbers(number.end + 1)
            if other.kind is Semiotic.CARDINAL and other.value and not other.scale and text.word(other.end) not in _BROKEN
        ]
        if text.word(number.end + 1) == "tư":
            below.append((number.end + 2, "4", 0.0))
        for end, lower, doubt in below:
            certain = bar == "phần" and number.certain and not doubt
            upper = figure(number, "nemo")
            yield Edge(
                start=at,
                end=end,
                kind=Semiotic.FRACTION,
                cost=(0.7 if bar == "phần" else 1.2) + min(number.doubt, 0.3) + min(doubt, 0.3),
                certain=certain,
                values=(canonical(number.value), lower),
                write=lambda style, upper=upper, lower=lower: f"{upper}/{lower}",
            )


def ordinal(text: SpokenText, at: int) -> Iterator[Edge]:
    """thứ nhất, thứ mười lăm."""
    first = _FIRST.get(text.word(at + 1))
    if first:
        yield _ordinal(at, at + 2, str(first), 0.0, certain=False, word=True)
    for number in text.numbers(at + 1):
        if number.kind is Semiotic.CARDINAL and isinstance(number.value, int):
            single = number.end == at + 2 and not is_figures(text.word(at + 1)) and number.value < 10
            certain = number.certain and not single and _apart(text, at + 1, number)
            cost = 0.1 if single and text.word(at + 1) == "năm" else 0.8 + number.doubt
            yield _ordinal(at, number.end, str(number.value), cost, certain=certain, word=single)


def _ordinal(at: int, end: int, number: str, cost: float, *, certain: bool, word: bool) -> Edge:
    return Edge(
        start=at,
        end=end,
        kind=Semiotic.ORDINAL,
        cost=cost,
        certain=certain,
        values=(digit_value(number),),
        write=lambda style: None if word and style == "vi" else f"thứ {number}",
    )


def country_telephone(text: SpokenText, at: int) -> Iterator[Edge]:
    """cộng tám mươi bốn không chín …, cộng một không chín …"""
    run = closed_run(text.keys, at + 1)
    if len(run.digits) >= _SHORTEST_ABROAD:
        code = country_code(run.digits)
        yield _abroad(at, run.end, code, run.digits[len(code) :])
        return
    for said in text.numbers(at + 1):
        number = closed_run(text.keys, said.end)
        if said.kind is Semiotic.CARDINAL and 1 <= said.value <= 999 and len(number.digits) >= 7:
            yield _abroad(at, number.end, str(said.value), number.digits)


def _abroad(at: int, end: int, code: str, digits: str) -> Edge:
    return Edge(
        start=at,
        end=end,
        kind=Semiotic.TELEPHONE,
        cost=0.0,
        certain=True,
        values=(code + digits,),
        write=lambda style: f"+{code} {telephone(digits, style, country=True)}",
    )


def score(text: SpokenText, at: int) -> Iterator[Edge]:
    """tỷ số hai một, thắng ba không."""
    before, further = text.word(at - 1), text.word(at - 2)
    announced = (before == "số" and further in ("tỷ", "tỉ")) or (before == "trước" and further == "dẫn")
    if before not in SCORED or (before in ("số", "trước") and not announced) or (before == "là" and further != "số"):
        return
    for first in text.numbers(at):
        if text.word(first.end) == "đều" and _is_goals(first):
            yield _score(at, first.end + 1, first, first, cost=0.8, certain=announced)
        for second in text.numbers(first.end):
            if not all(_is_goals(number) for number in (first, second)) or text.word(second.end) in {*_BROKEN, *CLOSING}:
                continue
            counted = text.word(second.end) in COUNTED
            cost = 1.9 if counted and not announced else 0.8
            sure = announced or (before in _RESULTS and text.word(second.end) in _BEHIND_RESULT)
            yield _score(at, second.end, first, second, cost=cost, certain=sure)


def result(text: SpokenText, at: int) -> Iterator[Edge]:
    """hòa Tottenham hai hai, thắng đội tuyển Ý một không: a name may stand between a result and its numbers."""
    first, second, behind = text.word(at), text.word(at + 1), text.word(at + 2)
    if first == "năm" or second not in DIGITS or text.word(at - 1) in PARTS:
        return
    near = text.keys[max(0, at - _RESULT_WORDS) : at]
    if _RESULTS.isdisjoint(near) and "tỷ số" not in (said := " ".join(near)) and "tỉ số" not in said:
        return
    if behind in PARTS or behind in COUNTED or behind in quantity_rules.begins():
        return
    one, other = (Number(end=end, value=DIGITS[word]) for end, word in ((at + 1, first), (at + 2, second)))
    yield _score(at, at + 2, one, other, cost=0.8, certain=behind in _BEHIND_RESULT and text.word(at - 1) not in NAMERS)


def _score(at: int, end: int, first: Number, second: Number, *, cost: float, certain: bool) -> Edge:
    return Edge(
        start=at,
        end=end,
        kind=Semiotic.SCORE,
        cost=cost,
        certain=certain,
        values=(str(first.value), str(second.value)),
        write=lambda style: f"{first.value}-{second.value}",
    )


def _is_goals(number: Number) -> bool:
    return number.kind is Semiotic.CARDINAL and isinstance(number.value, int) and number.value <= 30 and number.certain

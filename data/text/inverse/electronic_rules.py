"""E-mail and web addresses, and numbers of the internet."""

from __future__ import annotations

from data.text.inverse.edge import Edge
from data.text.inverse.text import SpokenText
from data.text.normalform import fold
from data.text.numbers.lexicon import CLOSING, DIGITS, is_figures
from data.text.semiotics import Semiotic

_AT = frozenset({"còng", "móc", "vòng"})
_TOP = frozenset({
    "com", "vn", "net", "org", "edu", "gov", "info", "io", "uk", "fr", "de", "jp", "cn", "kr", "us", "ru", "it", "in", "br",
    "au", "sg", "biz", "me", "tv", "ai", "app", "dev", "co", "eu", "asia", "online", "shop", "xyz", "nét",
})  # fmt: skip
_SYMBOLS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("gạch", "dưới"), "_"), (("gạch", "chân"), "_"), (("shift", "gạch"), "_"), (("shift", "trừ"), "_"), (("síp", "gạch"), "_"),
    (("gạch", "ngang"), "-"), (("gạch", "nối"), "-"), (("chấm", "than"), "!"), (("chấm", "hỏi"), "?"), (("hỏi", "chấm"), "?"),
    (("hai", "chấm"), ":"), (("gạch", "chéo"), "/"), (("chấm",), "."), (("gạch",), "-"), (("trừ",), "-"), (("thăng",), "#"),
    (("sao",), "*"), (("cộng",), "+"), (("sẹc",), "/"), (("xẹc",), "/"), (("xuyệt",), "/"), (("sờ", "lát"), "/"),
    (("bằng",), "="), (("mũ",), "^"), (("phẩy",), ","), (("và",), "&"),
)  # fmt: skip
#: What people say before an address.
_BEFORE_ADDRESS = frozenset({
    "là", "email", "mail", "gmail", "chỉ", "gửi", "đến", "tới", "vào", "qua", "cho", "của", "ở", "thư", "theo", "dùng",
    "nhập", "số", "và", "hoặc", "hay", "với", "từ", "bằng", "em", "tôi", "mình", "chị", "cô", "chú", "bác",
})  # fmt: skip
_LONGEST = 60


def electronic(text: SpokenText) -> dict[int, list[Edge]]:
    """The addresses of a text by the token that they begin at."""
    found: dict[int, list[Edge]] = {}
    free = 0
    for at, key in enumerate(text.keys):
        if at < free:
            continue
        edge = None
        if key == "a" and text.word(at + 1) in _AT:
            edge = _mail(text, at, free)
        elif key == "chấm":
            edge = _site(text, at, free) or _octets(text, at, free)
        if edge is not None:
            found.setdefault(edge.start, []).append(edge)
            free = edge.end
    return found


def _symbol(text: SpokenText, at: int) -> tuple[int, str] | None:
    for words, symbol in _SYMBOLS:
        if tuple(text.keys[at : at + len(words)]) == words:
            return len(words), symbol
    return None


def _letter(key: str) -> str:
    """What one word stands for in a name that is spelled."""
    if key in DIGITS:
        return str(DIGITS[key])
    if is_figures(key) and key.isdigit():
        return key
    return key if len(key) == 1 and key.isascii() and key.isalpha() else ""


def _is_name(key: str) -> bool:
    return len(key) > 1 and key.isascii() and key.isalnum()


def _mail(text: SpokenText, at: int, free: int) -> Edge | None:
    begin, user = _user(text, at, free)
    if not user:
        return None
    domain = _domain(text, at + 2)
    if domain is None:
        return None
    end, name = domain
    return _edge(begin, end, f"{user}@{name}")


def _user(text: SpokenText, at: int, free: int) -> tuple[int, str]:
    """The name before the sign, read backwards: letters, digits and symbols; words only beside a symbol or the sign."""
    parts: list[str] = []
    joint = True
    while at > free and len(parts) < _LONGEST:
        symbol = next(
            ((len(words), sign) for words, sign in _SYMBOLS
             if at - len(words) >= free and tuple(text.keys[at - len(words) : at]) == words and sign in "-_.+"),
            None,
        )  # fmt: skip
        key = text.word(at - 1)
        if symbol is not None and parts:
            at, joint = at - symbol[0], True
            parts.append(symbol[1])
        elif group := _group_before(text, at, free):
            at, joint = group[0], False
            parts.append(group[1])
        elif said := _letter(key):
            at, joint = at - 1, False
            parts.append(said)
        elif key in CLOSING and text.word(at - 2) in DIGITS:
            at, joint = at - 1, False
            parts.append(str(CLOSING[key]))
        elif parts and "".join(parts).isdigit() and _is_owner(key):
            return at - 1, fold(key) + "".join(reversed(parts))
        elif joint and (_is_name(key) or (not parts and key.isalpha()) or (parts and key.isalpha())):
            at, joint = at - 1, False
            parts.append(fold(key))
            if text.word(at - 1) not in ("chấm", "gạch", "dưới", "ngang") and not _letter(text.word(at - 1)):
                break
        else:
            break
    while parts and parts[-1] in "-_.+":
        parts.pop()
        at += 1
    return at, "".join(reversed(parts))


def _is_owner(key: str) -> bool:
    """Whether a word before digits is the name that they belong to: nam hai mươi lăm a còng."""
    return key.isalpha() and len(key) > 1 and key not in _BEFORE_ADDRESS and key not in DIGITS


def _group_before(text: SpokenText, at: int, free: int) -> tuple[int, str] | None:
    """Where a number of two digits begins that ends here, and its digits: hoàng năm mươi lăm a còng."""
    for start in range(max(free, at - 3), at - 1):
        for number in text.numbers(start):
            if number.end == at and number.kind is Semiotic.CARDINAL and number.certain and 10 <= number.value <= 99:
                return start, str(number.value)
    return None


def _label(text: SpokenText, at: int) -> tuple[int, str]:
    """One part of a domain name: a word, or letters up to the next dot."""
    key = text.word(at)
    if _is_name(key) and key not in DIGITS:
        return at + 1, key
    said: list[str] = []
    while len(said) < _LONGEST and (letter := _letter(text.word(at))):
        said.append(letter)
        at += 1
    if said and _is_name(text.word(at)) and text.word(at) not in DIGITS and text.word(at + 1) == "chấm":
        said.append(text.word(at))
        at += 1
    return at, "".join(said)


def _domain(text: SpokenText, at: int) -> tuple[int, str] | None:
    """Labels with dots between them."""
    at, name = _label(text, at)
    if not name:
        return None
    dots = 0
    while text.word(at) == "chấm":
        end, label = _top_label(text, at + 1)
        if not label:
            break
        at, dots = end, dots + 1
        name += "." + label
    return (at, name) if dots else None


def _top_label(text: SpokenText, at: int) -> tuple[int, str]:
    end, label = _label(text, at)
    if label in _TOP or text.word(end) == "chấm" or end == at + 1:
        return end, "net" if label == "nét" else label
    if text.word(at) == "nét":
        return at + 1, "net"
    # Letters that run into the next words: the longest known top-level name.
    for length in (4, 3, 2):
        letters = "".join(map(_letter, text.keys[at : at + length]))
        if letters in _TOP and len(letters) == length:
            return at + length, letters
    return end, label


def _site(text: SpokenText, at: int, free: int) -> Edge | None:
    """A web address by its first dot."""
    begin = at
    if text.word(at - 1) == "www" and at - 1 >= free:
        begin, label = at - 1, "www"
    elif at - 3 >= free and text.keys[at - 3 : at] == ["w", "w", "w"]:
        begin, label = at - 3, "www"
    else:
        begin, label = _label_before(text, at, free)
    if not label:
        return None
    domain = _domain_from(text, at, label)
    if domain is None:
        return None
    end, name = domain
    if name.split(".")[-1] not in _TOP and label != "www":
        return None
    end, path = _path(text, end)
    for protocol in ("http", "https"):
        spelled = [*protocol, "hai", "chấm", "sẹc", "sẹc"]
        if begin - len(spelled) >= 0 and text.keys[begin - len(spelled) : begin] == spelled:
            return _edge(begin - len(spelled), end, f"{protocol}://{name}{path}")
        if begin >= 5 and text.keys[begin - 5 : begin] == [protocol, "hai", "chấm", "sẹc", "sẹc"]:
            return _edge(begin - 5, end, f"{protocol}://{name}{path}")
    return _edge(begin, end, name + path)


def _octets(text: SpokenText, at: int, free: int) -> Edge | None:
    """Three numbers or more with dots between them, by the first dot: 192.168.0.1, phiên bản 4.2.2."""
    for begin in range(max(free, at - 6), at):
        said: list[str] = []
        end = begin
        while True:
            found = {n.end: n for n in text.numbers(end) if n.value >= 0 and n.kind is not Semiotic.DECIMAL and not n.scale}
            dotted = [stop for stop in found if text.word(stop) == "chấm"]
            stop = max(dotted or found, default=0)
            if not found or (not said and stop != at):
                break
            said.append(found[stop].digits or str(found[stop].value))
            if not dotted or len(said) == _LONGEST:
                return _edge(begin, stop, ".".join(said)) if len(said) > 2 else None
            end = stop + 1
    return None


def _label_before(text: SpokenText, at: int, free: int) -> tuple[int, str]:
    key = text.word(at - 1)
    if at - 1 >= free and _is_name(key):
        begin = at - 1
        if begin - 1 >= free and text.word(begin - 1) == "g":  # g mail
            return begin - 1, "g" + key
        return begin, key
    said: list[str] = []
    while at > free and (letter := _letter(text.word(at - 1))) and len(said) < _LONGEST:
        said.append(letter)
        at -= 1
    return (at, "".join(reversed(said))) if len(said) > 1 else (at, "")


def _domain_from(text: SpokenText, at: int, label: str) -> tuple[int, str] | None:
    name, end = label, at
    while text.word(end) == "chấm":
        after, part = _top_label(text, end + 1)
        if not part:
            break
        name, end = f"{name}.{part}", after
    return (end, name) if end > at else None


def _path(text: SpokenText, at: int) -> tuple[int, str]:
    path = ""
    while (len(path) < _LONGEST and text.word(at) in ("sẹc", "xẹc", "xuyệt")) or (path and text.word(at) in ("gạch", "chấm")):
        found = _symbol(text, at)
        if found is None:
            break
        end, label = _label(text, at + found[0])
        if not label:
            break
        path, at = path + found[1] + label, end
    return at, path


def _edge(start: int, end: int, written: str) -> Edge:
    digits = "".join(c if c.isdigit() and c.isascii() else " " for c in written).split()
    return Edge(
        start=start, end=end, kind=Semiotic.ELECTRONIC, cost=-1.0, certain=True,
        values=tuple(d if len(d) > 2 else str(int(d)) for d in digits), write=lambda style: written,
    )  # fmt: skip

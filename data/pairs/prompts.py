"""Lines of everyday language without their marks (collections of prompts): who asks and who states is told by the words.

A line that may be either is left out: a wrong question mark teaches more harm than a missing line.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from data.pairs.cleaning import Sentence, clean_line

#: What ends a question whatever stands before.
_ASKS_LAST = re.compile(
    r"(?:\b(?:à|hả|hở|nhỉ|chứ gì|phải không|được không|đúng không|hay không|chưa vậy|gì thế|gì vậy|gì đấy|gì đó|sao vậy|"
    r"sao thế|thế nào|như thế nào|bao giờ|khi nào|bao lâu|bao xa|bao nhiêu|bao nhiêu tiền|mấy giờ|mấy tuổi|ở đâu|đi đâu|"
    r"là ai|là gì|làm gì|để làm gì|tại sao|vì sao|làm sao|nào vậy|đâu rồi|đâu vậy|ai vậy|ai đó|chi vậy))$"
)
_HAS_OR_NOT = re.compile(r"\b(?:có|đã|được|phải)\b.*\b(?:không|chưa)$")
_ASKS_FIRST = re.compile(
    r"^(?:tại sao|vì sao|sao (?:lại|anh|em|chị|con|mày|cô|không)|phải chăng|làm sao|liệu|chẳng lẽ|có phải)\b"
)
_UNDENIED = re.compile(r"\b(?:không biết|chẳng biết|chả biết|hay không|chẳng|chả|dù|dẫu|không có|không làm|đừng)\b")
#: A question word that decides nothing where it stands.
_MAY_ASK = re.compile(r"\b(?:gì|đâu|sao|ai|nào|mấy|bao|không|chưa|chi|chăng|nhỉ|hả|à)$|\b(?:sao|tại sao|ai|thế nào)\b")
#: An ordinary word with a capital inside a line: a sentence begins there, and its mark is missing.
_INNER_START = re.compile(
    r"(?<=[^.?!,:;] )(?:Tôi|Em|Anh|Chị|Ông|Bà|Nó|Họ|Con|Mẹ|Cha|Ba|Má|Cô|Chú|Bác|Cậu|Thì|Là|Và|Nhưng|Nên|Vì|Khi|Kể|Sao|Cái|Có|"
    r"Không|Một|Chúng|Mình|Bạn|Đi|Đừng|Hãy|Ai|Lúc|Đó|Đây|Rồi|Thế|Vậy|Người|Nếu|Mà|Cho|Với|Được|Phải|Bị|Cũng|Đã|Sẽ|Đang|"
    r"Mày|Tao|Để|Còn|Chỉ|Nói|Nghe|Thấy|Biết|Ở|Trong|Ngoài|Hai|Các|Những|Nhà|À|Ừ|Dạ|Vâng)\b(?! [A-ZĐ])"
)

#: A word is a name if it has its capital so often inside lines, at least so many times.
_NAME_SHARE, _NAME_TIMES = 0.5, 3


def prompt_sentences(lines: Sequence[str], first: int, rejected: dict[str, int]) -> Iterator[Sentence]:
    """The sentences that lines are, each with a capital and a mark; they have no order, so each may follow any."""
    # Such collections are sorted: without this a window would hold lines that begin alike.
    for number, line in sorted(enumerate(lines, first), key=lambda item: _shuffled(item[1])):
        text, reason = punctuated(line)
        if not reason:
            text, reason = clean_line(text)
        if reason:
            rejected[reason] = rejected.get(reason, 0) + 1
        else:
            yield Sentence(text, number, follows=True)


def _shuffled(line: str) -> bytes:
    return hashlib.blake2b(line.encode(), digest_size=8).digest()


def without_small_names(lines: Sequence[str]) -> list[str]:
    """The lines, empty where one writes small what the others write with a capital: it would teach to write names small."""
    large: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for line in lines:
        for word in line.split()[1:]:  # The first word of a line has its capital for another reason.
            (small if word.islower() else large)[word.strip(".,?!:;").lower()] += 1
    names = {word for word, count in large.items() if count >= _NAME_TIMES and count > _NAME_SHARE * (count + small[word])}
    return ["" if any(w in names for w in line.replace(",", " ").split()) else line for line in lines]


def punctuated(line: str) -> tuple[str, str]:
    """The line with a capital and a mark at its end, and "" or the reason why that cannot be told."""
    line = line.strip().strip('"“”').strip()
    if not line:
        return "", "empty"
    line = line[0].upper() + line[1:]
    if line[-1] in ".?!…":
        return line, ""
    line = line.rstrip(",;:- ")
    if not line:
        return "", "empty"
    if _INNER_START.search(line):
        return "", "mark_missing"
    words = line.lower()
    if _ASKS_LAST.search(words) or _ASKS_FIRST.search(words) or _HAS_OR_NOT.search(words):
        return ("", "may_ask") if _UNDENIED.search(words) else (f"{line}?", "")
    return ("", "may_ask") if _MAY_ASK.search(words) else (f"{line}.", "")

"""A line is words and gaps, and spans cover every character of both texts once and in order."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import NotUtf8
from data.text.normalform import LETTERS
from data.text.semiotics import Semiotic
from data.text.unicode import clean
from models.normalizer.spans import Piece, assemble, read_line, read_lines, verbatim

LIKELY = LETTERS + LETTERS.upper() + " \u00a0\u200b\u0300\u0301\u0302\u0323оаΟΑ,.?!()\"'/-%0123ðﬁｘ𝐱ß🙂\ufe0f\t"
TEXT = st.text() | st.text(alphabet=LIKELY)
ONE_LINE = TEXT.map(lambda text: text.replace("\n", " ").replace("\r", " "))


def covers(spans, spoken: str, written: str) -> bool:
    """Whether the spans are a partition of both texts, in order."""
    for side, length in (("spoken", len(spoken)), ("written", len(written))):
        at = 0
        for span in spans:
            start, end = getattr(span, side)
            if start != at or end < start:
                return False
            at = end
        if at != length:
            return False
    return True


@settings(max_examples=500, deadline=None)
@given(ONE_LINE)
def test_a_line_as_it_stands_is_its_clean_text(text):
    line = read_line(text, 0, len(text))
    written, spans = assemble(line, verbatim(line), line.gaps)
    assert written == " ".join(clean(text).split())
    assert unicodedata.is_normalized("NFC", written)
    assert covers(spans, text, written)


@settings(max_examples=300, deadline=None)
@given(ONE_LINE)
def test_a_clean_line_has_the_same_words_again(text):
    line = read_line(text, 0, len(text))
    written, _ = assemble(line, verbatim(line), line.gaps)
    again = read_line(written, 0, len(written))
    assert [(word.text, word.key, word.plain) for word in again.words] == [(w.text, w.key, w.plain) for w in line.words]
    assert (again.gaps, again.is_spoken) == (line.gaps, line.is_spoken)


@pytest.mark.parametrize(
    ("text", "words", "gaps", "why"),
    [
        ("xin chào", ["xin", "chào"], ["", " ", ""], "plain"),
        ("  xin\u00a0 chào\t", ["xin", "chào"], ["", " ", ""], "spaces of any kind are one"),
        ("đi chợ, (mua) trứng!", ["đi", "chợ", "mua", "trứng"], ["", " ", ", (", ") ", "!"], "marks stand in the gaps"),
        ("vui 🙂 quá", ["vui", "quá"], ["", " 🙂 ", ""], "what holds no letter is a gap"),
        ("ngày 24/7/2025.", ["ngày", "24/7/2025"], ["", " ", "."], "signs inside of a word are the word's"),
        ("vie\u0302\u0323t na\u0306m", ["việt", "năm"], ["", " ", ""], "decomposed letters are composed"),
        ("", [], [""], "nothing"),
        (" … ", [], ["…"], "no word"),
    ],
)
def test_words_and_gaps(text, words, gaps, why):
    line = read_line(text, 0, len(text))
    assert ([word.text for word in line.words], list(line.gaps)) == (words, gaps)


@pytest.mark.parametrize(
    ("text", "spoken", "why"),
    [
        ("ngày hai mươi tư tháng bảy", True, "lower-case words alone"),
        ("tôi mua 2 cân thịt", True, "a recogniser that wrote a digit"),
        ("đi chợ, mua trứng", True, "a comma ends no sentence"),
        ("tôi gặp anh Nam", True, "a name is no beginning"),
        ("Ngày hai mươi tư", False, "begins as sentences do"),
        ("ngày hai mươi tư.", False, "a sentence was ended"),
        ("đi đâu? về nhà", False, "and in the middle"),
        ("24 tháng 7", False, "begins with a digit"),
        ("iPhone của tôi", False, "begins with a word that somebody spelled"),
        ("(đi chợ)", False, "begins with a mark"),
        ("", False, "nothing to write"),
        ("中文", False, "letters that have no capitals"),
    ],
)
def test_only_what_nobody_has_written_is_to_be_written(text, spoken, why):
    assert read_line(text, 0, len(text)).is_spoken == spoken


def test_an_expression_maps_to_all_of_its_words():
    line = read_line("ngày  hai mươi tư tháng bảy họp", 0, 31)
    pieces = [Piece(start=0, end=1, text="Ngày"), Piece(start=1, end=6, text="24/7", kind=Semiotic.DATE), *verbatim(line, 6)]
    written, spans = assemble(line, pieces, ["", " ", ", ", "."])
    assert written == "Ngày 24/7, họp."
    assert [(span.spoken, span.written, span.kind.value) for span in spans] == [
        ((0, 4), (0, 4), "plain"),
        ((4, 6), (4, 5), "punct"),
        ((6, 27), (5, 9), "date"),
        ((27, 28), (9, 11), "punct"),
        ((28, 31), (11, 14), "plain"),
        ((31, 31), (14, 15), "punct"),
    ]


def test_lines_are_told_apart_by_any_line_end():
    lines = [(" ".join(word.text for word in line.words), end) for line, end in read_lines("a b\r\nc\rd\n\ne")]
    assert lines == [("a b", "\n"), ("c", "\n"), ("d", "\n"), ("", "\n"), ("e", "")]


def test_an_unpaired_surrogate_is_refused_by_its_place():
    with pytest.raises(NotUtf8) as refused:
        list(read_lines("chào \ud83d bạn"))
    assert (refused.value.code, refused.value.pointer) == ("text.not_utf8", "/5")

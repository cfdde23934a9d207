"""The ruler of the normalizer on texts whose hits and misses were counted by hand."""

from __future__ import annotations

import re

import pytest

from data.text.numbers.values import values_of_written
from data.text.semiotics import Semiotic
from models.normalizer.scoring import Case, Link, Tally, marks, score, wrong_expressions

_PIECE = re.compile(r"\[(?P<written>[^|\]]+)\|(?P<spoken>[^|\]]+)\|(?P<kind>\w+)\]|(?P<word>[^\s.,;:?!…()\"]+)|\S")


def linked(text: str) -> tuple[str, str, list[Link]]:
    """Spoken, written and links of "Ngày [24/7|hai mươi tư tháng bảy|date], họp.": a notation for these tests alone."""
    spoken, written, links, at = "", "", [], 0
    for match in _PIECE.finditer(text):
        written += text[at : match.start()]
        at = match.end()
        word, kind = match["word"], Semiotic.PLAIN
        said = word.lower() if word else match["spoken"]
        if match["kind"]:
            word, kind = match["written"], Semiotic(match["kind"])
        if word is None:
            written += match.group()
            continue
        spoken += " " * bool(spoken)
        links.append((len(written), len(written) + len(word), len(spoken), len(spoken) + len(said), kind))
        spoken, written = spoken + said, written + word
    return spoken, written, links


def case(reference: str, output: str, **counts: int) -> Case:
    (spoken, ref, ref_links), (same, out, out_links) = linked(reference), linked(output)
    assert spoken == same, "both sides must say the same"
    return Case(spoken=spoken, reference=ref, reference_links=ref_links, output=out, output_links=out_links, **counts)


def digits(text: str) -> list[str]:
    """The values of these tests that are written in digits."""
    return re.findall(r"\d+", text)


def values(text: str) -> list[str]:
    """Number values for these tests: what is written in digits, and sixty in words."""
    return re.findall(r"\d+", text.replace("sáu mươi", "60"))


def counts(tally: Tally) -> tuple[int, int, int]:
    return tally.right, tally.wrong, tally.missed


# reference, output, period, question, comma, capitals as (right, wrong, missed), why
MARKS = [
    ("Tôi đi.", "Tôi đi.", (1, 0, 0), (0, 0, 0), (0, 0, 0), (1, 0, 0), "equal"),
    ("Tôi đi.", "tôi đi", (0, 0, 1), (0, 0, 0), (0, 0, 0), (0, 0, 1), "nothing was written"),
    ("tôi đi", "Tôi đi.", (0, 1, 0), (0, 0, 0), (0, 0, 0), (0, 1, 0), "all of it invented"),
    ("Đi đâu?", "Đi đâu.", (0, 1, 0), (0, 0, 1), (0, 0, 0), (1, 0, 0), "one mark for another: wrong there, missed here"),
    ("Ôi, mẹ ơi!", "Ôi; mẹ ơi.", (1, 0, 0), (0, 0, 0), (1, 0, 0), (1, 0, 0), "! counts as a period, ; as a comma"),
    ("Anh Nam đến Huế.", "Anh nam Đến Huế.", (1, 0, 0), (0, 0, 0), (0, 0, 0), (2, 1, 1), "a name missed, a verb raised"),
    ("Hôm qua (mưa), ở nhà.", "Hôm qua mưa, ở nhà.", (1, 0, 0), (0, 0, 0), (1, 0, 0), (1, 0, 0), "brackets do not count"),
    (
        "Ngày [24/7|hai mươi tư tháng bảy|date], họp.",
        "Ngày [24|hai mươi tư|cardinal] tháng [7|bảy|cardinal], họp.",
        (1, 0, 0), (0, 0, 0), (1, 0, 0), (1, 0, 0), "one date written in two ways moves no comma",
    ),
    (
        "Ngày [24/7|hai mươi tư tháng bảy|date], họp.",
        "Ngày hai mươi tư, tháng bảy họp.",
        (1, 0, 0), (0, 0, 0), (0, 1, 1), (1, 0, 0), "a comma inside of what is one expression is wrong",
    ),
    ("Ở [TP.HCM|thành phố hồ chí minh|abbreviation].", "Ở Thành phố Hồ Chí Minh.",
     (1, 0, 0), (0, 0, 0), (0, 0, 0), (1, 0, 0), "an abbreviation has no capitals to find or to miss"),
]  # fmt: skip


@pytest.mark.parametrize(("reference", "output", "period", "question", "comma", "upper", "why"), MARKS)
def test_marks_and_capitals_are_those_counted_by_hand(reference, output, period, question, comma, upper, why):
    got = score([case(reference, output)], values, digits)
    assert (counts(got.stops["period"]), counts(got.stops["question"]), counts(got.stops["comma"])) == (period, question, comma)
    assert counts(got.capitals) == upper


def test_f1_is_of_all_texts_together_not_a_mean_of_f1s():
    got = score([case("A b.", "A b."), case("A. b. c. d", "A b c d")], values, digits)
    assert got.stops["period"].f1 == 2 * 1 / (2 * 1 + 0 + 3)
    assert got.to_json()["period_f1"] == 0.4


def test_a_class_that_nobody_wrote_has_no_f1():
    assert score([case("A b", "A b")], values, digits).stops["question"].f1 is None


def test_marks_of_a_text_of_one_mark():
    assert marks("", "", []) == marks("", "?!", [])


# reference, output, texts with the right numbers, wrong expressions, unguarded, why
NUMBERS = [
    ("có [5|năm|cardinal] người", "có [5|năm|cardinal] người", 1, 0, 0, "equal"),
    ("có [5|năm|cardinal] người", "có năm người", 0, 0, 0, "left as spoken is not right, but not wrong either"),
    ("có [25|hai mươi lăm|cardinal] người", "có [26|hai mươi lăm|cardinal] người", 0, 1, 1, "another value"),
    ("[24/7|hai mươi tư tháng bảy|date]", "[24|hai mươi tư|cardinal] tháng [7|bảy|cardinal]", 1, 0, 0, "one date, two ways"),
    ("[24/7|hai mươi tư tháng bảy|date]", "[7/24|hai mươi tư tháng bảy|date]", 0, 1, 1, "day and month changed places"),
    ("năm [2|hai|cardinal]", "[52|năm hai|cardinal]", 0, 1, 1, "a year's word taken for a digit"),
    ("[1|một|cardinal], [2|hai|cardinal]", "[2|một|cardinal], [1|hai|cardinal]", 0, 2, 1, "two values changed places"),
]  # fmt: skip


@pytest.mark.parametrize(("reference", "output", "right", "wrong", "unguarded", "why"), NUMBERS)
def test_numbers_are_right_wrong_or_left_spoken(reference, output, right, wrong, unguarded, why):
    got = score([case(reference, output)], values, digits)
    assert (got.with_numbers, got.numbers_right, got.wrong_values, got.wrong_unguarded) == (1, right, wrong, unguarded)


# reference, output, values right, numbers right, why
WRITTEN = [
    ("có [60|sáu mươi|cardinal] người", "có [60|sáu mươi|cardinal] người", 1, 1, "in digits on both sides"),
    ("có [60|sáu mươi|cardinal] người", "có sáu mươi người", 1, 0, "nobody wrote it"),
    ("có sáu mươi người", "có [60|sáu mươi|cardinal] người", 1, 1, "more digits than asked for, and right"),
    ("có sáu mươi người", "có sáu mươi người", 1, 1, "spelled out as in the reference"),
    ("[60|sáu mươi|cardinal] và [60|sáu mươi|cardinal]", "[60|sáu mươi|cardinal] và sáu mươi", 1, 0, "one of two"),
]  # fmt: skip


@pytest.mark.parametrize(("reference", "output", "right_values", "right", "why"), WRITTEN)
def test_a_number_is_right_where_it_is_written_as_one(reference, output, right_values, right, why):
    got = score([case(reference, output)], values, digits)
    assert (got.with_numbers, got.values_right, got.numbers_right) == (1, right_values, right)


@pytest.mark.parametrize(
    ("reference", "output", "wrong", "why"),
    [
        ("vua Peter [II|hai|roman]", "vua Peter [2|hai|cardinal]", 0, "behind a name a Roman numeral is one"),
        ("nhóm nguyên tố [VII|bảy|roman]", "nhóm nguyên tố [7|bảy|cardinal]", 0, "nor does its value hang on a name"),
        ("thứ năm", "thứ [5|năm|cardinal]", 0, "behind thứ a năm is a five for everybody"),
        (
            "từ [5,3%|năm phẩy ba|percent] đến [6,1%|sáu phẩy một phần trăm|percent]",
            "từ [5,3|năm phẩy ba|decimal] đến [6,1%|sáu phẩy một phần trăm|percent]",
            0,
            "a range has one percent sign or two",
        ),
        ("vua Peter [III|ba|roman]", "vua Peter [2|ba|cardinal]", 1, "and has a value"),
        ("mưa trung bình năm chỉ ít", "mưa trung bình [5|năm|cardinal] chỉ ít", 1, "a year is no five in its place"),
        ("có [4-2|bốn hai|score] trước", "có [42|bốn hai|cardinal] trước", 1, "a result is no 42"),
        ("có năm ca trực", "có [5|năm|cardinal] ca trực", 1, "whether năm is a five is what the reader may be wrong in"),
    ],
)
def test_what_a_stretch_says_hangs_on_what_stands_beside_it(reference, output, wrong, why):
    assert wrong_expressions(case(reference, output), values_of_written) == wrong, why


def test_a_wrong_value_that_a_guard_counted_is_guarded():
    got = score([case("[25|hai mươi lăm|cardinal]", "[26|hai mươi lăm|cardinal]", refused=1)], values, digits)
    assert (got.wrong_values, got.wrong_unguarded, got.refused) == (1, 0, 1)


# reference, output, words changed, why
CHANGED = [
    ("Tôi đi học.", "tôi, đi học", 0, "marks and case are no change"),
    ("hòa bình", "[Hoà|hòa|plain] bình", 0, "two placements of one tone are one word"),
    ("má đi chợ", "[mà|má|plain] đi chợ", 1, "another tone"),
    ("ở [UBND|ủy ban nhân dân|abbreviation] xã", "ở ủy ban nhân dân xã", 0, "as it was said"),
    ("ở ủy ban nhân dân xã", "ở [UBND|ủy ban nhân dân|abbreviation] xã", 4, "an abbreviation that nobody wrote there"),
    ("hai mươi con", "[20|hai mươi|cardinal] con", 2, "digits that the reference does not have"),
    ("[20|hai mươi|cardinal] con", "[20|hai mươi|cardinal] con", 0, "digits that it has"),
]  # fmt: skip


@pytest.mark.parametrize(("reference", "output", "words", "why"), CHANGED)
def test_changed_words_are_written_neither_as_said_nor_as_in_the_reference(reference, output, words, why):
    got = score([case(reference, output)], values, digits)
    assert (got.changed_words, got.changed_texts) == (words, words > 0)


def test_every_class_has_its_own_row():
    got = score(
        [
            case("ngày [24/7|hai mươi tư tháng bảy|date]", "ngày [24-7|hai mươi tư tháng bảy|date]"),
            case("ngày [24/7|hai mươi tư tháng bảy|date]", "ngày hai mươi tư tháng bảy"),
            case("[UBND|ủy ban nhân dân|abbreviation] xã", "[UBND|ủy ban nhân dân|abbreviation] xã"),
        ],
        values,
        digits,
    )
    rows = {name: (row.total, row.exact, row.valued, row.same_value, row.left_spoken) for name, row in got.classes.items()}
    assert rows == {"date": (2, 0, 2, 1, 1), "abbreviation": (1, 1, 0, 0, 0)}


def test_references_scored_against_themselves_are_perfect():
    """A scorer that reads one side for both would pass this; the tables above are those that it would fail."""
    text = 'Anh Nam nói: "Đi đâu?" Ngày [24/7|hai mươi tư tháng bảy|date], họp.'
    told = score([case(text, text)], values, digits).to_json()
    assert [
        told[name] for name in ("exact_rate", "number_accuracy", "period_f1", "question_f1", "comma_f1", "upper_case_f1")
    ] == [1] * 6
    assert (told["changed_word_rate"], told["wrong_values"]) == (0, 0)

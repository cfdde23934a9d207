"""The ruler on texts whose errors were counted by hand."""

import json
import unicodedata

import pytest

from data.errors import ScoreError
from models.__main__ import main
from models.metrics import edits, score, wrong_tones_where_both_heard

# reference, hypothesis, (substitutions, deletions, insertions, tone only, diacritic only), why
GOLDEN = [
    ("tôi là người việt nam", "tôi là người việt nam", (0, 0, 0, 0, 0), "equal"),
    ("Tôi là người Việt Nam.", "tôi là, người việt nam", (0, 0, 0, 0, 0), "case and punctuation are no errors"),
    ("hoà bình", "hòa bình", (0, 0, 0, 0, 0), "two placements of one tone"),
    ("thuý khoẻ", "thúy khỏe", (0, 0, 0, 0, 0), "two placements of one tone"),
    ("tôi là người việt nam", "tôi là người nam", (0, 1, 0, 0, 0), "one word lost"),
    ("tôi là người việt nam", "tôi là là người việt nam", (0, 0, 1, 0, 0), "one word said twice"),
    ("tôi là người việt nam", "", (0, 5, 0, 0, 0), "nothing recognised"),
    ("", "ừ thì", (0, 0, 2, 0, 0), "words invented on silence"),
    ("", "", (0, 0, 0, 0, 0), "silence heard as silence"),
    ("má đi chợ", "mà đi chợ", (1, 0, 0, 1, 0), "tone alone"),
    ("ma má mà mả mã mạ", "mạ ma má mà mả mã", (0, 1, 1, 0, 0), "a rotation is one word moved, not six wrong tones"),
    ("nước mắt", "nược mắt", (1, 0, 0, 1, 0), "tone alone; horn and breve are right"),
    ("nước mắt", "nuoc mắt", (1, 0, 0, 0, 1), "letters alone are right"),
    ("đi đâu", "di đâu", (1, 0, 0, 0, 1), "đ is a letter, not a tone"),
    ("mượn sách", "muộn sách", (1, 0, 0, 0, 1), "the same tone, other letters' marks"),
    ("mua bán", "mùa bàn", (2, 0, 0, 2, 0), "two tones"),
    ("con mèo", "con chó", (1, 0, 0, 0, 0), "another word"),
    ("một hai ba bốn", "hai ba bốn năm", (0, 1, 1, 0, 0), "shifted: the words that are right stay right"),
    ("a b c d", "e f", (2, 2, 0, 0, 0), "substitutions before deletions cost the least"),
    ("quả hòa toàn giờ", "quá hoà toàn giờ", (1, 0, 0, 1, 0), "qu and gi are no vowels"),
    ("phở 24 ngon", "phở 24 ngon", (0, 0, 0, 0, 0), "digits are words"),
]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(("ref", "hyp", "wanted", "why"), GOLDEN, ids=[why for *_, why in GOLDEN])
def test_errors_are_those_counted_by_hand(ref, hyp, wanted, why, form):
    got = score({"u": unicodedata.normalize(form, ref)}, {"u": hyp}).total
    assert (got.substitutions, got.deletions, got.insertions, got.tone_only, got.diacritic_only) == wanted


def test_wer_is_all_errors_over_all_words_not_a_mean_of_rates():
    refs = {"short": "vâng", "long": "một hai ba bốn năm sáu bảy tám chín"}
    hyps = {"short": "không", "long": refs["long"]}
    assert score(refs, hyps).total.wer == 1 / 10


def test_swapping_sides_turns_insertions_into_deletions():
    refs, hyps = {"u": "tôi đi học hôm nay"}, {"u": "tôi đã đi học rồi hôm"}
    there, back = score(refs, hyps).total, score(hyps, refs).total
    assert (there.substitutions, there.deletions, there.insertions) == (0, 1, 2)
    assert (back.substitutions, back.deletions, back.insertions) == (0, 2, 1)
    assert (there.words, back.words) == (5, 6)


def test_characters_count_spaces():
    got = score({"u": "ba má"}, {"u": "bamá"}).total
    assert (got.characters, got.character_edits, got.cer) == (5, 1, 1 / 5)


def test_numbers_are_measured_among_numbers():
    refs = {"a": "gọi số không chín một hai giúp tôi", "b": "mở đèn"}
    hyps = {"a": "gọi xố không chín mốt hai giúp", "b": "mở hai đèn"}
    got = score(refs, hyps).total
    assert (got.number_words, got.number_edits) == (4, 2), "one misheard, one invented; the other words do not count"
    assert got.number_accuracy == 1 - 2 / 4


def test_silence_and_empty_outputs_are_told_apart():
    got = score({"a": "", "b": "", "c": "vâng ạ", "d": "dạ"}, {"a": "", "b": "à ừ", "c": " , ", "d": "dạ"}).total
    assert (got.silent, got.invented, got.invented_per_silence) == (2, 2, 1.0)
    assert (got.spoken, got.empty, got.empty_rate) == (2, 1, 1 / 2)


def test_a_rate_without_anything_to_get_wrong_is_none():
    got = score({"a": ""}, {"a": ""})
    assert (got.total.wer, got.total.cer, got.total.number_accuracy, got.wer_interval) == (None, None, None, None)


def test_slices_and_groups_hold_their_own_utterances():
    refs = {"1": "một hai", "2": "ba bốn", "3": "năm sáu"}
    hyps = {"1": "một", "2": "ba bốn", "3": "lăm sáu"}
    got = score(refs, hyps, groups={"1": "an", "2": "an", "3": "ba"}, slices={"1": {"dialect": "bắc"}, "3": {"dialect": "nam"}})
    assert {name: (c.errors, c.words) for name, c in got.slices.items()} == {"dialect=bắc": (1, 2), "dialect=nam": (1, 2)}
    assert {name: (c.errors, c.words) for name, c in got.groups.items()} == {"an": (1, 4), "ba": (1, 2)}
    assert (got.resampled, got.units) == ("speakers", 2)


def test_the_report_says_what_was_resampled():
    refs = {"1": "một", "2": "hai", "3": "ba"}
    assert score(refs, refs).resampled == "utterances"
    assert score(refs, refs, groups={"1": "an"}).resampled == "speakers, and utterances that have none"


def test_rtf_is_computing_over_audio():
    assert score({"1": "một"}, {"1": "một"}, audio_s=10, compute_s=2.5).rtf == 0.25
    assert score({"1": "một"}, {"1": "một"}).rtf is None


@pytest.mark.parametrize(
    ("refs", "hyps", "named"),
    [
        ({"1": "a", "2": "b"}, {"1": "a"}, "'2'"),
        ({"1": "a"}, {"1": "a", "3": "c"}, "'3'"),
        ({}, {}, "no references"),
    ],
)
def test_sides_that_do_not_pair_are_refused(refs, hyps, named):
    with pytest.raises(ScoreError, match=named):
        score(refs, hyps)


@pytest.mark.parametrize("strangers", [{"groups": {"x": "an"}}, {"slices": {"x": {"dialect": "nam"}}}])
def test_groups_and_slices_of_another_set_are_refused(strangers):
    with pytest.raises(ScoreError, match="none of the utterances"):
        score({"1": "a", "2": "b"}, {"1": "a", "2": "b"}, **strangers)


def test_references_scored_against_themselves_cannot_pass_for_a_model(tmp_path, capsys):
    """A scorer that reads one file for both sides shows no errors at all; this one must show exactly these."""
    (tmp_path / "ref").write_text("1\tmột hai ba bốn\n2\tnăm sáu\n", "utf-8")
    (tmp_path / "hyp").write_text("1\tmột hài ba\n2\tnăm sáu bảy\n", "utf-8")
    assert main(["score", "--ref", str(tmp_path / "ref"), "--hyp", str(tmp_path / "hyp")]) == 0
    got = json.loads(capsys.readouterr().out)
    assert [got[key] for key in ("words", "substitutions", "deletions", "insertions")] == [6, 1, 1, 1]
    assert got["wer"] == 3 / 6


def test_edits_take_words_as_they_are():
    got = edits(["má", "đi", "Chợ"], ["mà", "đi", "chợ", "về"])
    assert (got.substitutions, got.deletions, got.insertions, got.tone_only, got.total) == (2, 0, 1, 1, 3)


# reference, one model, the other, (words both heard, wrong tones of one, of the other), why
HEARD = [
    ("má đi chợ", "má đi chợ", "mà đi chợ", (3, 0, 1), "both heard all"),
    ("má đi chợ", "", "mà đi chợ", (0, 0, 0), "who hears nothing knows no tone"),
    ("má đi chợ", "má về chợ", "mà đì chợ", (2, 0, 1), "a word that one mistook does not count against the other"),
    ("má đi chợ", "ơ má đi chợ", "mà chờ", (2, 0, 2), "words are paired across insertions and deletions"),
    ("hoà bình", "hòa bính", "hòa bình", (2, 1, 0), "two placements are one tone"),
    ("đi đâu", "di đâu", "đì đâu", (1, 0, 0), "di is another word than đi, not another tone"),
    ("", "ơ", "ờ", (0, 0, 0), "silence has no tones"),
]


@pytest.mark.parametrize(("ref", "one", "other", "wanted", "why"), HEARD, ids=[row[-1] for row in HEARD])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_tones_are_compared_on_the_words_that_both_heard(ref, one, other, wanted, why, form):
    refs, first, second = ({"u": unicodedata.normalize(form, side)} for side in (ref, one, other))
    assert tuple(wrong_tones_where_both_heard(refs, first, second)[0].tolist()) == wanted

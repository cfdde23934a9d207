"""Passages of transcripts: no word is lost, no cut parts what is written together, and the same is always cut the same."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadParameter
from data.schema import Word
from models.normalizer.infer import SHIPPED, Normalizer
from serving.search.atoms import Heard, WrittenForm
from serving.search.passages import Passage, PassagePolicy, cut_passages

POLICY = PassagePolicy(max_words=12, max_s=8.0, overlap_words=4, pause_s=0.6)


def heard(text: str, *, gap_s: float = 0.05, **fields) -> Heard:
    """Words of 0.25 s; `|` in the text is a silence of a second, `/` the other speaker's turn."""
    words, speakers, at, speaker = [], [], 0.0, "a"
    for token in text.split():
        if token == "|":
            at += 1.0
        elif token == "/":
            speaker = "b" if speaker == "a" else "a"
        else:
            words.append(Word(text=token, start_s=at, end_s=at + 0.25, confidence=0.5))
            speakers.append(speaker)
            at += 0.25 + gap_s
    fields = {"tenant": "t", "recording_id": "r", "transcript_id": "x", "version": 1, "speakers": tuple(speakers)} | fields
    return Heard(words=tuple(words), **fields)


def written(spoken: str, *pieces: tuple[str, str]) -> WrittenForm:
    """A written form from (spoken part, written part), which joined are both texts."""
    spans, s, w = [], 0, 0
    for said, shown in pieces:
        spans.append(((s, s + len(said)), (w, w + len(shown))))
        s, w = s + len(said), w + len(shown)
    assert "".join(said for said, _ in pieces) == spoken
    return WrittenForm(text="".join(shown for _, shown in pieces), spans=tuple(spans))


def span_of(passage: Passage) -> tuple[int, int]:
    return passage.first_word, passage.first_word + len(passage.words)


@st.composite
def transcripts(draw) -> Heard:
    steps = draw(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 30), st.sampled_from("aab")), max_size=120))
    words, at = [], 0.0
    for number, (gap, length, _) in enumerate(steps):
        at += gap / 10
        words.append(Word(text=f"w{number}", start_s=at, end_s=at + length / 10, confidence=(number % 11) / 10))
        at += length / 10
    form = None
    if words and draw(st.booleans()):
        pieces, number = [], 0
        while number < len(words):
            size = draw(st.integers(1, 4))
            said = " ".join(word.text for word in words[number : number + size])
            number += size
            gap = "" if number >= len(words) else " "
            pieces += [
                (said, draw(st.sampled_from([said, said.upper(), "24/7", ""]))),
                (gap, draw(st.sampled_from([" ", ". ", "–"]))),
            ]
        form = written(" ".join(word.text for word in words), *pieces)
    return Heard(
        tenant="t", recording_id="r", transcript_id="x", version=1, words=tuple(words),
        speakers=tuple(who for _, _, who in steps), written=form,
    )  # fmt: skip


@given(transcripts())
def test_every_word_is_in_a_passage_and_each_passage_goes_on_where_the_last_one_did_not(transcript):
    passages = cut_passages(transcript, POLICY)
    covered = {at for passage in passages for at in range(*span_of(passage))}
    assert covered == set(range(len(transcript.words)))
    for before, after in pairwise(passages):
        assert span_of(before)[0] < span_of(after)[0] <= span_of(before)[1] < span_of(after)[1]
        assert before.start_s <= after.start_s
    for passage in passages:
        assert passage.words == transcript.words[slice(*span_of(passage))]
        assert passage.start_s == passage.words[0].start_s <= passage.end_s == max(word.end_s for word in passage.words)
        assert 0 <= passage.confidence <= 1


@given(transcripts())
def test_a_passage_is_short_and_has_one_speaker(transcript):
    for passage in cut_passages(transcript, POLICY):
        assert len(passage.words) <= POLICY.max_words
        assert passage.end_s - passage.start_s <= POLICY.max_s or len(passage.places) == 1
        assert set(transcript.speakers[slice(*span_of(passage))]) == {passage.speaker}


@given(transcripts())
def test_places_lead_from_the_text_to_every_word_once_and_in_order(transcript):
    for passage in cut_passages(transcript, POLICY):
        assert [place.first for place in passage.places] + [len(passage.words)] == [0, *(p.last for p in passage.places)]
        assert passage.places[-1].end == len(passage.text)
        for before, after in pairwise(passage.places):
            assert before.end <= after.start and passage.text[before.end : after.start] in ("", " ")
        if transcript.written is None:
            assert passage.text == " ".join(word.text for word in passage.words)


@given(transcripts())
def test_the_same_transcript_is_cut_the_same_and_no_id_comes_twice(transcript):
    passages = cut_passages(transcript, POLICY)
    assert passages == cut_passages(transcript, POLICY)
    others = [replace(transcript, **change) for change in ({"tenant": "u"}, {"transcript_id": "y"}, {"version": 2})]
    ids = [passage.id for one in (transcript, *others) for passage in cut_passages(one, POLICY)]
    assert len(set(ids)) == len(ids)


def test_an_id_is_what_it_was_when_indexes_were_made_with_it():
    (passage,) = cut_passages(heard("xin chào"), POLICY)
    assert passage.id == "12770d36-ea05-8f4e-b3da-537d8707e042"


def test_a_passage_ends_at_a_pause_and_not_in_the_middle_of_what_follows():
    passages = cut_passages(heard("một hai ba bốn năm sáu bảy | tám chín mười mười-một mười-hai mười-ba"), POLICY)
    assert passages[0].text == "một hai ba bốn năm sáu bảy"


def test_neighbours_overlap_even_where_nobody_pauses():
    passages = cut_passages(heard(" ".join(f"w{n}" for n in range(100))), POLICY)
    for before, after in pairwise(passages):
        assert 1 <= span_of(before)[1] - span_of(after)[0] <= POLICY.overlap_words


def test_no_passage_holds_words_of_two_people():
    first, second = cut_passages(heard("xin chào / chào anh"), POLICY)
    assert (first.text, first.speaker, second.text, second.speaker) == ("xin chào", "a", "chào anh", "b")


def test_marks_stay_with_their_words_and_expressions_whole():
    spoken = "hẹn ngày hai mươi tư tháng bảy nhé anh nói được"
    form = written(
        spoken, ("hẹn", "Hẹn"), (" ", " "), ("ngày", "ngày"), (" ", " "), ("hai mươi tư tháng bảy", "24/7"), (" ", " "),
        ("nhé", "nhé"), (" ", '! "'), ("anh", "Anh"), (" ", " "), ("nói", "nói"), (" ", ": "), ("được", "được"), ("", '."'),
    )  # fmt: skip
    (passage,) = cut_passages(heard(spoken, written=form), replace(POLICY, max_words=64, overlap_words=16))
    assert passage.text == form.text == 'Hẹn ngày 24/7 nhé! "Anh nói: được."'
    (place,) = [p for p in passage.places if passage.text[p.start : p.end] == "24/7"]
    assert [word.text for word in passage.words[place.first : place.last]] == ["hai", "mươi", "tư", "tháng", "bảy"]


def test_a_sentence_end_is_a_place_to_cut():
    spoken = "một hai ba bốn năm sáu bảy tám chín mười mốt hai ba bốn"
    form = written(spoken, ("một hai ba bốn năm sáu bảy", "Một"), (" ", ". "), *[
        part for word in spoken.split()[7:13] for part in ((word, word), (" ", " "))
    ], ("bốn", "bốn"))  # fmt: skip
    assert cut_passages(heard(spoken, written=form), POLICY)[0].text == "Một."


@pytest.mark.skipif(not SHIPPED.is_dir(), reason="no normalizer is shipped")
def test_what_the_shipped_normalizer_writes_is_shown_as_it_wrote_it():
    spoken = "ngày hai mươi tư tháng bảy năm hai không hai lăm bệnh nhân trả một triệu rưỡi đồng lúc bảy giờ kém mười"
    (found,) = Normalizer.open(SHIPPED, threads=1).normalize([spoken])
    form = WrittenForm(text=found.text, spans=tuple((span.spoken, span.written) for span in found.spans))
    (passage,) = cut_passages(heard(spoken, written=form), PassagePolicy())
    assert passage.text == found.text and "24/7/2025" in passage.text


WORDS = heard("xin chào").words


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"words": (replace(WORDS[0], start_s=float("nan")),), "speakers": ()}, "/words/0/start_s"),
        ({"words": (replace(WORDS[0], end_s=float("inf")),), "speakers": ()}, "/words/0/start_s"),
        ({"words": (replace(WORDS[0], end_s=-1.0),), "speakers": ()}, "/words/0/start_s"),
        ({"words": (WORDS[1], WORDS[0])}, "/words/1/start_s"),
        ({"words": (replace(WORDS[0], text=" "),), "speakers": ()}, "/words/0/text"),
        ({"words": (replace(WORDS[0], confidence=1.5),), "speakers": ()}, "/words/0/confidence"),
        ({"speakers": ("a",)}, "/speakers"),
        ({"written": WrittenForm(text="Xin chào.", spans=())}, "/written/spans/0"),
        ({"written": WrittenForm(text="Xin chào", spans=(((0, 8), (0, 7)),))}, "/written/spans/1"),
        ({"written": WrittenForm(text="ab", spans=(((0, 9), (0, 1)), ((9, 8), (1, 2))))}, "/written/spans/1"),
    ],
)
def test_a_transcript_that_cannot_be_is_refused_with_the_place(change, pointer):
    with pytest.raises(BadParameter) as refusal:
        cut_passages(replace(heard("xin chào"), **change), POLICY)
    assert refusal.value.pointer == pointer


def test_silence_has_no_passages():
    assert cut_passages(heard("")) == []


@pytest.mark.parametrize("change", [{"max_words": 1}, {"overlap_words": 32}, {"max_s": 0.0}, {"pause_s": -1.0}])
def test_a_policy_that_would_never_end_is_refused(change):
    with pytest.raises(ValueError):
        replace(PassagePolicy(), **change)

"""Captions that can be read, and each format as its clients expect it."""

import json
import re
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from data.schema import Word
from serving.asr.captions import LINE_CHARS, MAX_CHARS, MAX_S, captions
from serving.asr.formats import Heard, render
from serving.asr.segment import Speech
from serving.contracts.api import LineageShape, TranscriptionRequest

LINEAGE = LineageShape(
    transcript_id="tr_1", model_name="asr-vi", model_version="3", package_digest="p", dataset_digest="d", run_id="r",
    audio_sha256="a",
)  # fmt: skip


def words(*texts: str, start_s: float = 0.0, step_s: float = 0.4, pause_s: float = 0.1) -> tuple[Word, ...]:
    return tuple(
        Word(text=t, start_s=start_s + i * step_s, end_s=start_s + (i + 1) * step_s - pause_s, confidence=0.9)
        for i, t in enumerate(texts)
    )


def heard(*said: Word, duration_s: float = 10.0) -> Heard:
    speech = Speech(chunks=(), regions=((0, 312),), probability_N=np.full(312, 0.9, np.float32), margin_s=0.5)
    return Heard(words=said, speech=speech, duration_s=duration_s, lineage=LINEAGE)


def rendered(what: Heard, response_format: str, **fields) -> str:
    return render(what, TranscriptionRequest(response_format=response_format, **fields))[0]  # type: ignore[arg-type]


syllables = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxy", min_size=1, max_size=7)


@examples(max_examples=150, deadline=None)
@given(st.lists(st.tuples(syllables, st.floats(0.05, 0.8), st.floats(0, 2)), max_size=150))
def test_captions_hold_every_word_once_and_can_be_read(said):
    spoken, now_s = [], 0.0
    for text, long_s, pause_s in said:
        spoken.append(Word(text=text, start_s=now_s + pause_s, end_s=now_s + pause_s + long_s, confidence=0.5))
        now_s += pause_s + long_s
    found = captions(spoken)
    assert [w for caption in found for w in caption.words] == spoken
    for caption in found:
        assert len(caption.words) == 1 or (len(caption.text) <= MAX_CHARS and caption.end_s - caption.start_s <= MAX_S)
        assert " ".join(caption.lines) == caption.text
        assert len(caption.lines) <= 2
        assert all(len(line) <= LINE_CHARS + 7 for line in caption.lines)
    for a, b in pairwise(found):
        assert a.end_s <= b.start_s + 1e-9


def test_an_hour_without_a_pause_is_cut_without_running_out_of_stack():
    found = captions(words(*["xin"] * 20_000, step_s=0.2, pause_s=0.0))
    assert max(c.end_s - c.start_s for c in found) <= MAX_S


def test_srt_and_vtt():
    said = heard(*words("bật", "đèn"), *words("tắt", "quạt", start_s=3661.0))
    assert rendered(said, "srt") == (
        "1\n00:00:00,000 --> 00:00:00,700\nbật đèn\n\n2\n01:01:01,000 --> 01:01:01,700\ntắt quạt\n"
    )
    assert rendered(said, "vtt") == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:00.700\nbật đèn\n\n01:01:01.000 --> 01:01:01.700\ntắt quạt\n"
    )


def test_silence_is_empty_in_every_format():
    assert rendered(heard(), "text") == ""
    assert rendered(heard(), "srt") == ""
    assert rendered(heard(), "vtt") == "WEBVTT\n"
    assert json.loads(rendered(heard(), "json"))["text"] == ""
    verbose = json.loads(rendered(heard(), "verbose_json"))
    assert (verbose["words"], verbose["segments"], verbose["text"]) == ([], [], "")


def test_json_holds_text_usage_and_lineage():
    body = json.loads(rendered(heard(*words("bật", "đèn")), "json"))
    assert body == {"text": "bật đèn", "usage": {"type": "duration", "seconds": 10.0}, "x_lineage": LINEAGE.model_dump()}


def test_logprobs_joined_are_the_text():
    body = json.loads(rendered(heard(*words("bật", "đèn", "bếp")), "json", logprobs=True))
    assert "".join(token["token"] for token in body["logprobs"]) == body["text"]
    assert all(bytes(token["bytes"]).decode() == token["token"] for token in body["logprobs"])
    assert all(token["logprob"] <= 0 for token in body["logprobs"])


def test_verbose_json_has_what_was_asked_for():
    said = heard(*words("bật", "đèn", "bếp"))
    whole = json.loads(rendered(said, "verbose_json"))
    assert whole.keys() == {"task", "language", "duration", "text", "segments", "words", "usage", "x_lineage"}
    assert whole["words"][1] == {"word": "đèn", "start": 0.4, "end": 0.7, "confidence": 0.9}
    assert whole["segments"][0].keys() == {
        "id", "seek", "start", "end", "text", "tokens", "temperature", "avg_logprob", "compression_ratio", "no_speech_prob",
    }  # fmt: skip
    only_words = json.loads(rendered(said, "verbose_json", granularities=frozenset({"word"})))
    assert "segments" not in only_words and only_words["words"]
    only_segments = json.loads(rendered(said, "verbose_json", granularities=frozenset({"segment"})))
    assert "words" not in only_segments and only_segments["segments"]


def test_clocks_never_show_a_thousand_milliseconds():
    late = Word(text="à", start_s=59.9996, end_s=3599.9999, confidence=1.0)
    assert re.findall(r"[\d:,]{12}", rendered(heard(late), "srt")) == ["00:01:00,000", "01:00:00,000"]

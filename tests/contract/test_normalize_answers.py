"""What `/v1/normalize` takes and answers: the string that is written is what the shapes say, requests are what they say."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import TiengNoiError
from data.text.semiotics import Semiotic
from models.normalizer.infer import Normalizer
from models.normalizer.spans import Normalized, Span
from serving.contracts.api import ModelLineage
from serving.contracts.errors import answer_for
from serving.contracts.normalization import NormalizedListShape, NormalizedShape, NormalizeRequest
from serving.nlp_post.fields import Asked, read_request
from serving.nlp_post.formats import render
from serving.nlp_post.settings import RequestSettings

LINEAGE = ModelLineage(model_name="normalizer-vi", model_version="7", package_digest="p", dataset_digest="d", run_id="r")
LIMITS = RequestSettings(max_text_bytes=100, max_texts=3)

offsets = st.tuples(st.integers(0, 9), st.integers(0, 9))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
spans = st.builds(Span, spoken=offsets, written=offsets, kind=st.sampled_from(Semiotic))
normalized = st.builds(
    Normalized, text=texts, spans=st.lists(spans, max_size=3).map(tuple), refused=st.integers(0, 9), ruled=st.integers(0, 9)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(normalized, min_size=1, max_size=3))
def test_what_is_written_is_what_the_shapes_write(found):
    many = NormalizedListShape.model_validate_json(body := render(found, LINEAGE, single=False))
    assert json.loads(many.model_dump_json(by_alias=True)) == json.loads(body)
    assert [one.text for one in many.results] == [one.text for one in found]
    assert [[(s.spoken, s.written, s.kind) for s in one.spans] for one in many.results] == [
        [(s.spoken, s.written, s.kind) for s in one.spans] for one in found
    ]
    single = NormalizedShape.model_validate_json(body := render(found[:1], LINEAGE, single=True))
    assert json.loads(single.model_dump_json(by_alias=True)) == json.loads(body)
    assert single.x_lineage == many.x_lineage == LINEAGE
    assert single.model_dump(exclude={"x_lineage"}) == many.results[0].model_dump()


def test_offsets_count_code_points_of_the_strings_that_went_in_and_came_out():
    spoken = "bệnh nhân 🎉 hai mươi bốn tuổi"  # One code point for Python, four bytes of UTF-8, two units of UTF-16.
    answer = json.loads(render(Normalizer.of_rules().normalize([spoken]), LINEAGE, single=True))
    (number,) = [span for span in answer["spans"] if span["class"] not in ("plain", "punct")]
    assert spoken[slice(*number["spoken"])] == "hai mươi bốn tuổi"
    assert answer["text"][slice(*number["written"])] == "24 tuổi"


GOOD = [
    ('{"text": "xin chào"}', Asked(texts=("xin chào",), single=True, style="vi", model=None), "the least"),
    ('{"text": "a", "style": "nemo", "model": "m"}', Asked(texts=("a",), single=True, style="nemo", model="m"), "the most"),
    ('{"texts": ["a", "b"]}', Asked(texts=("a", "b"), single=False, style="vi", model=None), "several"),
    ('{"texts": ["a"], "text": null}', Asked(texts=("a",), single=False, style="vi", model=None), "null is not there"),
    ('\ufeff{"text": "a"}', Asked(texts=("a",), single=True, style="vi", model=None), "a mark that Windows puts first"),
    ('{"text": "\\ud83c\\udf89"}', Asked(texts=("🎉",), single=True, style="vi", model=None), "a whole surrogate pair"),
    ('{"text": "\\u0000a\\u0007"}', Asked(texts=("\0a\a",), single=True, style="vi", model=None), "something can be seen"),
    ('{"text": "…"}', Asked(texts=("…",), single=True, style="vi", model=None), "no letter, but visible"),
]


@pytest.mark.parametrize(("body", "asked", "why"), GOOD, ids=[why for _, _, why in GOOD])
def test_a_request_says_what_it_says(body, asked, why):
    assert read_request(body.encode(), LIMITS) == asked


BAD = [
    (b"", "request.bad_parameter", None, "no body"),
    (b"{", "request.bad_parameter", None, "no JSON"),
    (b"text=a", "request.bad_parameter", None, "a form"),
    (b"[]", "request.bad_parameter", None, "no object"),
    (b'"a"', "request.bad_parameter", None, "no object either"),
    (b"[" * 50_000, "request.bad_parameter", None, "nested too deeply"),
    (b'{"text":' + b"[" * 50_000 + b"}", "request.bad_parameter", None, "nested too deeply inside"),
    (b'{"text": ' + b"9" * 5000 + b"}", "request.bad_parameter", None, "a number that takes minutes to read"),
    (b'{"text": "\xff"}', "text.not_utf8", None, "no UTF-8"),
    (b'{"text": "a\\ud800"}', "text.not_utf8", "/text", "half a pair"),
    (b'{"text": "\\udc00\\ud800"}', "text.not_utf8", "/text", "two halves in the wrong order"),
    (b'{"texts": ["a", "\\udfff"]}', "text.not_utf8", "/texts/1", "half a pair in one of several"),
    (b'{"text": ""}', "text.empty", "/text", "empty"),
    (b'{"text": " \\n\\t\\u00a0\\u3000"}', "text.empty", "/text", "whitespace"),
    (b'{"text": "\\u0000\\u0007\\u001b"}', "text.empty", "/text", "control characters"),
    (b'{"text": "\\u200b\\ufeff\\u202e"}', "text.empty", "/text", "nothing that can be seen"),
    (b'{"texts": []}', "text.empty", "/texts", "none at all"),
    (b'{"texts": ["a", " "]}', "text.empty", "/texts/1", "one of them empty"),
    (b"{}", "request.missing_field", "/text", "neither"),
    (b'{"text": null}', "request.missing_field", "/text", "null is not there"),
    (b'{"style": "vi"}', "request.missing_field", "/text", "a style of nothing"),
    (b'{"text": "a", "texts": ["b"]}', "request.bad_parameter", "/texts", "both"),
    (b'{"text": 5}', "request.bad_parameter", "/text", "a number"),
    (b'{"text": ["a"]}', "request.bad_parameter", "/text", "a list where one text belongs"),
    (b'{"text": NaN}', "request.bad_parameter", "/text", "no value of JSON, but Python reads it"),
    (b'{"texts": "a"}', "request.bad_parameter", "/texts", "one text where a list belongs"),
    (b'{"texts": {"0": "a"}}', "request.bad_parameter", "/texts", "an object"),
    (b'{"texts": ["a", 5]}', "request.bad_parameter", "/texts/1", "a number among them"),
    (b'{"texts": ["a", null]}', "request.bad_parameter", "/texts/1", "null among them"),
    (b'{"texts": ["a", "b", "c", "d"]}', "request.bad_parameter", "/texts", "too many"),
    (b'{"texts": [' + b"5," * 500_000 + b"5]}", "request.bad_parameter", "/texts", "a million errors are one"),
    (b'{"text": "a", "style": "VI"}', "request.bad_parameter", "/style", "unknown style"),
    (b'{"text": "a", "style": "\\ud800"}', "request.bad_parameter", "/style", "a style that cannot be said back"),
    (b'{"text": "a", "style": null}', "request.bad_parameter", "/style", "no style"),
    (b'{"text": "a", "style": ["vi"]}', "request.bad_parameter", "/style", "a list of styles"),
    (b'{"text": "a", "model": 5}', "request.bad_parameter", "/model", "a number for a name"),
    (b'{"text": "a", "stlye": "vi"}', "request.bad_parameter", "/stlye", "a misspelt name does not stay without effect"),
    (b'{"text": "a", "\\ud800": 1}', "request.bad_parameter", None, "a name that cannot be said back"),
    (b'{"text": "a", "a/b~c": 1}', "request.bad_parameter", None, "a name that is no pointer"),
    (b'{"text": "' + b"a" * 101 + b'"}', "request.too_large", "/text", "too long"),
    (('{"text": "' + "ạ" * 34 + '"}').encode(), "request.too_large", "/text", "bytes count, not letters"),
    (b'{"texts": ["' + b"a" * 60 + b'", "' + b"a" * 60 + b'"]}', "request.too_large", "/texts/1", "too long together"),
]


@pytest.mark.parametrize(("body", "code", "pointer", "why"), BAD, ids=[why for _, _, _, why in BAD])
def test_a_bad_request_is_refused_with_a_code_and_its_place(body, code, pointer, why):
    with pytest.raises(TiengNoiError) as refusal:
        read_request(body, LIMITS)
    assert (refusal.value.code, refusal.value.pointer) == (code, pointer)
    assert 400 <= answer_for(refusal.value).status < 500
    refusal.value.detail.encode()
    assert len(refusal.value.detail) < 400


names = st.sampled_from(["text", "texts", "style", "model", "x"])
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | anything.map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_is_a_request_or_refused(body):
    try:
        asked = read_request(body, LIMITS)
    except TiengNoiError as refusal:
        assert 400 <= answer_for(refusal).status < 500
    else:
        assert asked.texts and all(text.encode() for text in asked.texts)


def test_the_described_body_is_the_one_that_is_read():
    described = NormalizeRequest.model_json_schema()
    assert set(described["properties"]) == {"text", "texts", "style", "model"}
    assert described["properties"]["style"]["enum"] == ["vi", "nemo"]
    assert all(field.get("description") for field in described["properties"].values())

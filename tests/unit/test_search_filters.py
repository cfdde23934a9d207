"""Filters of the search: the tenant is never asked for, and what cannot be is refused with its place."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadParameter
from data.schema import Word
from serving.search.filters import Filter, parse
from serving.search.points import Payload, point_id

SAID = Payload(
    tenant="a",
    recording_id="r",
    transcript_id="x",
    transcript_version=2,
    passage=0,
    start_s=1.0,
    end_s=2.0,
    confidence=0.8,
    text="xin chào",
    fingerprint="f",
    speaker="s",
    recorded_at_s=100.0,
    words=(Word(text="xin", start_s=1.0, end_s=1.4, confidence=0.8),),
    lineage={"run_id": "7"},
)


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ({}, True),
        ({"speaker": ["s", "t"]}, True),
        ({"speaker": ["t"]}, False),
        ({"recording_id": ["r"], "transcript_version": ["2"]}, True),
        ({"transcript_version": ["1"]}, False),
        ({"min_confidence": ["0.8"]}, True),
        ({"min_confidence": ["0.81"]}, False),
        ({"recorded_from_s": ["100"]}, True),
        ({"recorded_until_s": ["100"]}, False),
    ],
)
def test_all_conditions_hold_together(parameters, wanted):
    assert parse("a", parameters).matches(SAID) is wanted


def test_a_condition_on_what_a_passage_lacks_does_not_hold():
    unknown = replace(SAID, speaker=None, recorded_at_s=None)
    assert not parse("a", {"speaker": ["s"]}).matches(unknown)
    assert not parse("a", {"recorded_from_s": ["0"]}).matches(unknown)


@given(st.dictionaries(st.text(max_size=12) | st.just("tenant"), st.lists(st.text(max_size=12), max_size=3), max_size=4))
def test_no_parameter_shows_another_tenants_passage(parameters):
    try:
        asked = parse("b", parameters)
    except BadParameter:
        return
    assert asked.tenant == "b" and not asked.matches(SAID)


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"tenant": ["a"]}, "/tenant"),
        ({"color": ["red"]}, "/color"),
        ({"min_confidence": ["high"]}, "/min_confidence"),
        ({"min_confidence": ["nan"]}, "/min_confidence"),
        ({"min_confidence": ["0.1", "0.2"]}, "/min_confidence"),
        ({"transcript_version": ["-1"]}, "/transcript_version"),
        ({"speaker": [""]}, "/speakers"),
    ],
)
def test_what_is_no_filter_is_refused_with_its_place(parameters, pointer):
    with pytest.raises(BadParameter) as refusal:
        parse("a", parameters)
    assert refusal.value.pointer == pointer


def test_nobody_asks_without_a_tenant():
    with pytest.raises(BadParameter):
        Filter(tenant="")


@given(
    st.tuples(st.text(), st.text(), st.integers(0, 9), st.integers(0, 9)),
    st.tuples(st.text(), st.text(), st.integers(0, 9), st.integers(0, 9)),
)
def test_two_places_never_have_one_id(one, other):
    assert (point_id(*one) == point_id(*other)) == (one == other)


def test_a_payload_survives_json():
    assert Payload.from_json(json.loads(json.dumps(SAID.to_json()))) == SAID

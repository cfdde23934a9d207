"""Leaving the numbers of a passage unread changes no highlight of a query that holds none."""

import random
from dataclasses import replace

import pytest

from data.errors import EmptyText
from data.text.normalform import fold
from serving.search.highlight import Marker
from serving.search.hybrid import lexical_query
from serving.search.points import Payload
from serving.search.sparse import Bm25, holds_number, term_id, terms_of

PASSAGE = "Ngày 24/7 năm 2019, hai mươi tư người họp về 1.500.000 đồng; một người vắng, covid19 còn đó."
PAYLOAD = Payload(
    tenant="a", recording_id="r", transcript_id="t", transcript_version=1, passage=0, start_s=0.0, end_s=1.0,
    confidence=1.0, text=PASSAGE, fingerprint="",
)  # fmt: skip
QUERIES = [
    ("24/7", True, "written"),
    ("hai mươi tư tháng bảy", True, "spoken"),
    ("hai muoi tu thang bay", True, "spoken without accents"),
    ("một triệu rưỡi", True, "an amount"),
    ("người họp", False, "no number"),
    ("nguoi hop", False, "no number, no accents"),
    ("covid19", True, "a digit inside a word"),
    ("một", False, "an article"),
    ("vắng", False, "one word"),
]


@pytest.mark.parametrize(("query", "held", "why"), QUERIES, ids=[why for *_, why in QUERIES])
def test_only_a_query_with_a_number_reads_those_of_a_passage(query, held, why):
    payload = PAYLOAD
    name, words = lexical_query(query, Bm25())
    whole = Marker(words, folded=name == "folded").mark(payload)
    assert holds_number(query) == held
    assert Marker(words, folded=name == "folded", numbers=holds_number(query)).mark(payload) == whole
    assert whole or query == "mot"
    assert name == ("folded" if fold(query) == query else "accented")


def test_marks_are_where_the_terms_of_a_passage_stand_that_a_query_asks_for():
    """The quick way through spelled words equals a look at all terms."""
    chance = random.Random(5)
    words = [*PASSAGE.split(), "hoà", "hòa", "nước-mắm", "a\u0301o", "Đ", "x_y", "24/7"]
    for _ in range(300):
        text = " ".join(chance.choices(words, k=chance.randint(1, 12)))
        query = " ".join(chance.choices(words, k=chance.randint(1, 4)))
        payload = replace(PAYLOAD, text=text)
        try:
            name, asked = lexical_query(query, Bm25())
        except EmptyText:
            continue
        ids, folded = set(asked.ids.tolist()), name == "folded"
        places = {(t.start, t.end) for t in terms_of(text) if term_id(fold(t.text) if folded else t.text) in ids}
        marked = Marker(asked, folded=folded, numbers=holds_number(query)).mark(payload)
        letters = {at for start, end in places for at in range(start, end)}
        assert letters <= {at for mark in marked for at in range(mark.start, mark.end)}
        assert all((text[m.start : m.end].strip(), m.end > m.start) == (text[m.start : m.end], True) for m in marked)
        outside = {at for mark in marked for at in range(mark.start, mark.end)} - letters
        assert all(text[at].isspace() for at in outside)

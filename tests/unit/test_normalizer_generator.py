"""Decoding by verified guesses writes what one byte at a time would: transformers' greedy `generate`, byte for byte."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch

from data.errors import BrokenPackage, NotUtf8, TextTooLong
from models.normalizer.decoding import BlockPolicy, Counts
from models.normalizer.generator import MAX_SOURCE_BYTES, Generator, limit_of
from models.normalizer.graph import quantize, write_graphs
from models.normalizer.t5 import load_t5
from models.normalizer.tokenizer import END
from tests.tiny_t5 import copying_t5, generate, known_pairs, pair, random_t5, save

RANDOM = {"tied": {"tied": True, "decoder_layers": 1}, "untied, 2 layers": {"tied": False, "decoder_layers": 2}}


def texts(count: int, seed: int = 1) -> list[str]:
    draw = random.Random(seed)
    return [pair(draw)[0] for _ in range(count)]


@pytest.fixture(scope="module")
def copier(tmp_path_factory) -> tuple[Generator, list[str], list[list[int]]]:
    """A model that copies with edits, and what transformers writes with it."""
    folder, spoken = tmp_path_factory.mktemp("copier"), [spoken for spoken, _ in known_pairs()]
    save(copying_t5(), folder / "model")
    engine = Generator(write_graphs(load_t5(folder / "model"), folder / "graphs"), threads=1)
    return engine, spoken, generate(copying_t5(), spoken, 200)


def test_the_copier_copies_and_edits(copier):
    """What the other tests stand on: most outputs are the written side, which is no plain copy."""
    _, spoken, wanted = copier
    written = dict(known_pairs())
    assert sum(_text(ids) == written[text] for text, ids in zip(spoken, wanted, strict=True)) > 0.8 * len(spoken)
    assert all(text not in _text(ids) for text, ids in zip(spoken, wanted, strict=True))


def _text(ids: list[int]) -> str:
    return bytes(id_ - 3 for id_ in ids if id_ >= 3).decode("utf-8", errors="ignore")


def test_output_is_that_of_generate_byte_for_byte(copier):
    engine, spoken, wanted = copier
    assert engine.generate_ids(spoken) == wanted


@pytest.mark.parametrize("shape", RANDOM.values(), ids=RANDOM)
def test_random_weights_write_what_generate_writes(shape, tmp_path):
    """No guess is right and no two texts are alike: what is left is one byte a step, for rows at all kinds of positions."""
    model, spoken = random_t5(seed=4, **shape), texts(4)
    save(model, tmp_path / "model")
    engine = Generator(write_graphs(load_t5(tmp_path / "model"), tmp_path / "graphs"), threads=1)
    wanted = [generate(model, [text], limit_of(len(text.encode())))[0] for text in spoken]
    assert engine.generate_ids(spoken) == wanted
    assert len({tuple(ids) for ids in wanted}) == len(spoken)


@pytest.mark.parametrize(
    "policy", [BlockPolicy(first=1, most=1, least=1), BlockPolicy(first=2, most=300, tokens=10_000), BlockPolicy()]
)
def test_the_length_of_blocks_changes_nothing_but_time(copier, policy):
    engine, spoken, wanted = copier
    assert engine.generate_ids(spoken, policy=policy) == wanted


def test_guesses_change_nothing_but_time(copier):
    engine, spoken, wanted = copier
    draw = random.Random(2)
    garbage = ["".join(chr(draw.randrange(32, 0x1EF0)) for _ in range(draw.randrange(60))) for _ in spoken]
    right = [_text(ids) for ids in wanted]
    read = {}
    for name, drafts in {"none": None, "garbage": garbage, "right": right, "some": [*right[:9], *([None] * 15)]}.items():
        counts = Counts()
        assert engine.generate_ids(spoken, drafts, counts=counts) == wanted
        read[name] = counts.steps
    assert read["right"] < read["none"] < read["garbage"]


def test_a_draft_saves_most_steps(copier):
    engine, spoken, wanted = copier
    for text, ids in zip(spoken, wanted, strict=True):
        counts = Counts()
        engine.generate([text], counts=counts)
        assert counts.written == len(ids)
        assert counts.steps <= len(ids) / 2


def test_texts_of_any_length_come_in_their_order(copier):
    engine, spoken, wanted = copier
    long = [" ".join(spoken), "", spoken[3], "a", spoken[0], "", " ".join(spoken[:5])]
    found = engine.generate(long)
    assert found[1] == found[5] == ""
    assert (found[2], found[4]) == (_text(wanted[3]), _text(wanted[0]))
    assert found == [engine.generate([text])[0] for text in long]


def test_no_texts_are_no_outputs(copier):
    assert copier[0].generate([]) == []


def test_outputs_end_even_where_the_model_does_not(tmp_path):
    """A model that never writes an end is stopped."""
    model = random_t5(seed=4, decoder_layers=1)
    with torch.no_grad():
        model.shared.weight[END] *= 0
    save(model, tmp_path / "model")
    engine = Generator(write_graphs(load_t5(tmp_path / "model"), tmp_path / "graphs"), threads=1)
    ids = engine.generate_ids(["a", "hai ba"])
    assert [len(of_text) for of_text in ids] == [limit_of(1), limit_of(6)]
    # Whatever bytes those are, they come out as text.
    assert all(text.encode("utf-8") is not None for text in engine.generate(["a", "hai ba"]))


def test_a_text_longer_than_the_limit_is_refused(copier):
    engine = copier[0]
    with pytest.raises(TextTooLong):
        engine.generate(["một", "ấ" * (MAX_SOURCE_BYTES // 3 + 1)])


def test_half_a_surrogate_pair_is_refused(copier):
    with pytest.raises(NotUtf8):
        copier[0].generate(["một \ud800"])


@pytest.mark.parametrize("text", [" ", "\n", "\x00", "😀 hai", "１２", "e\u0301", "ا ب", "�"])
def test_unusual_texts_are_answered(copier, text):
    assert isinstance(copier[0].generate([text])[0], str)


def test_int8_writes_nearly_the_same(copier, tmp_path):
    _, spoken, wanted = copier
    save(copying_t5(), tmp_path / "model")
    fp32 = write_graphs(load_t5(tmp_path / "model"), tmp_path / "fp32")
    small = Generator(quantize(fp32, tmp_path / "int8"), threads=1)
    same = sum(a == b for a, b in zip(small.generate_ids(spoken), wanted, strict=True))
    assert same >= 0.7 * len(spoken)
    assert sum(p.stat().st_size for p in (tmp_path / "int8").iterdir()) < sum(p.stat().st_size for p in fp32.iterdir())


def test_a_graph_that_is_none_is_refused(tmp_path: Path):
    (tmp_path / "encoder.onnx").write_bytes(b"no graph")
    with pytest.raises(BrokenPackage) as caught:
        Generator(tmp_path)
    assert caught.value.pointer == "/files/encoder.onnx"

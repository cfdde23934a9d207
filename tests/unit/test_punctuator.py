"""Marks and capitals: what a text tells of its words, and how a punctuator leads what is written."""

from __future__ import annotations

import numpy as np
import pytest

from data.errors import ConfigError
from data.pairs.reader import Pair, PairLink
from models.four_bits import BLOCK, four_bits
from models.normalizer.paths import Paths, Trust, Walk
from models.normalizer.punctuator.calibrate import _best, calibrate
from models.normalizer.punctuator.config import ModelConfig, Recipe
from models.normalizer.punctuator.infer import GRAPH, Punctuator
from models.normalizer.punctuator.labels import UNKNOWN, Labelled, label
from models.normalizer.punctuator.leaning import EXPRESSIONS, MARKS, SPELLINGS, Leaning, parted
from models.normalizer.punctuator.texts import parts
from models.normalizer.punctuator.vocabulary import PAD, Vocabulary
from models.normalizer.tokenizer import END, VOCABULARY, decode, encode


def pair(spoken: str, written: str, *links: tuple[int, int, int, int]) -> Pair:
    told = tuple(PairLink((a, b), (c, d), "date") for a, b, c, d in links)
    return Pair(id="p", spoken=spoken, written=written, links=told, kind="running", source="1")


@pytest.mark.parametrize(
    ("spoken", "written", "links", "marks", "spellings", "why"),
    [
        ("xin chào", "Xin chào!", (), ["", "!"], [1, 0], "a capital and a mark"),
        ("gdp tăng", "GDP tăng", (), ["", ""], [2, 0], "an acronym"),
        ("y tế", "Y tế", (), ["", ""], [1, 0], "one letter is a capital, no acronym"),
        ("nói rồi đi", 'Nói: "Rồi, đi…"', (), [":", ",", "."], [1, 1, 0], "quotation marks are not heard"),
        ("kinh quảng", "Kinh-Quảng;", (), ["", ","], [1, 1], "two words with a hyphen; a semicolon sounds like a comma"),
        ("ngày hai tháng ba đi", "Ngày 2/3, đi.", [(5, 8, 5, 18)], ["", None, None, ",", "."], [1, None, None, None, 0],
         "an expression tells nothing but the mark behind it"),
        ("hoà", "Hòa.", (), ["."], [1], "whichever letter bears the tone"),
    ],
)  # fmt: skip
def test_a_text_tells_of_its_words(spoken, written, links, marks, spellings, why):
    found = label(pair(spoken, written, *links))
    assert [None if m == UNKNOWN else MARKS[m] for m in found.mark_W] == marks, why
    assert [None if s == UNKNOWN else s for s in found.spelling_W.tolist()] == spellings, why


def test_a_text_tells_which_words_are_an_expression():
    found = label(pair("ngày hai tháng ba có hai người", "Ngày 2/3 có 2 người.", (5, 8, 5, 17), (12, 13, 21, 24)))
    told = [EXPRESSIONS[e] for e in found.expression_W]
    assert told == ["outside", "begin", "inside", "inside", "outside", "begin", "outside"]


def test_a_word_without_a_vector_of_its_own_shares_one():
    vocabulary = Vocabulary.of([["a", "b", "a"], ["a", "b", "once"]], words=10, buckets=4)
    assert vocabulary.words == ("a", "b")
    assert [vocabulary.id_of(word) for word in "ab"] == [1, 2]
    assert 3 <= vocabulary.id_of("once") < len(vocabulary) == 7
    assert PAD not in {vocabulary.id_of(word) for word in ("a", "once", "")}


def test_a_saved_vocabulary_is_the_same(tmp_path):
    vocabulary = Vocabulary(["xin", "chào"], 8)
    vocabulary.save(tmp_path / "words.txt")
    again = Vocabulary.load(tmp_path / "words.txt", 8)
    assert (again.words, len(again)) == (vocabulary.words, len(vocabulary))


DEAF = Trust(0.0, 0.0)


def leaning(words: int, **likely: dict[int, str]) -> Leaning:
    """Sure of what is told, and of nothing behind and small letters elsewhere."""
    marks_WC = np.full((words, len(MARKS)), -9.0, np.float32)
    spellings_WC = np.full((words, len(SPELLINGS)), -9.0, np.float32)
    marks_WC[:, 0] = spellings_WC[:, 0] = -0.01
    for (index, names), scores_WC in zip(
        ((likely.get("marks", {}), MARKS), (likely.get("spellings", {}), SPELLINGS)), (marks_WC, spellings_WC), strict=True
    ):
        for word, name in index.items():
            scores_WC[word] = -9.0
            scores_WC[word, names.index(name)] = -0.01
    return Leaning(marks_WC, spellings_WC)


def written(spoken: str, told: Leaning, trust: Trust = DEAF, wish: str = "") -> str:
    """What comes out where a model wishes to write something and a punctuator leans."""
    wished, ids = encode(wish), []
    walk = Walk(Paths(spoken, leaning=told), trust)
    while not ids or ids[-1] != END:
        logits_TV = np.zeros((1, VOCABULARY), np.float32)
        if len(ids) < len(wished):
            logits_TV[0, wished[len(ids)]] = 50.0
        ids += walk.choose([], logits_TV)
    return decode(ids)


def test_marks_and_capitals_are_the_punctuators():
    told = leaning(4, marks={1: ".", 3: "?"}, spellings={0: "capital", 3: "capitals"})
    assert written("tôi về anh ubnd", told) == "Tôi về. Anh UBND?"


def test_a_sentence_begins_with_a_capital_wherever_it_begins():
    assert written("tôi về anh ở", leaning(4, marks={1: "."}, spellings={0: "capital"})) == "Tôi về. Anh ở"


def test_a_capital_for_a_sentence_that_did_not_begin_is_none():
    told = leaning(2, spellings={0: "capital"})
    told.marks_WC[0, MARKS.index(".")] = np.log(0.4)  # Less likely than none …
    told.marks_WC[0, 0] = np.log(0.6)
    told.spellings_WC[1] = np.log([0.55, 0.44, 0.01])  # … and the capital was for it.
    assert written("về anh", told) == "Về anh"


def test_a_model_that_is_trusted_is_heard():
    told = leaning(2, spellings={0: "capital"})
    assert written("tôi về", told, Trust(1.0, 1.0), "tôi, Về.") == "tôi, Về."
    assert written("tôi về", told, Trust(0.0, 1.0), "tôi Về") == "tôi Về"


def test_figures_have_a_weight_of_their_own():
    """Words and capitals are the punctuator's; of figures the model is heard as far as it is trusted there."""
    told = saying(3)
    assert written("có hai người", told, Trust(0.0, 0.0), "Có 2") == "có hai người"
    assert written("có hai người", told, Trust(0.0, 0.0, figures=1.0), "Có 2") == "có 2 người"
    assert written("có hai người", saying(3, (1, 2)), Trust(0.0, 0.0, figures=1.0), "Có hai") == "có hai người"
    assert written("có hai người", told, Trust(0.0, 0.1), "có 2") == written(
        "có hai người", told, Trust(0.0, 0.1, figures=0.1), "có 2"
    ), "none of their own: as words"


def test_a_sentence_ends_where_its_marks_are_likely_together():
    probabilities = np.array([
        [0.35, 0.20, 0.22, 0.20, 0.03, 0.00],  # An end is likelier than any mark.
        [0.50, 0.10, 0.30, 0.05, 0.04, 0.01],
        [0.05, 0.55, 0.30, 0.05, 0.04, 0.01],
    ])  # fmt: skip
    marks_WC = np.log(probabilities + 1e-9).astype(np.float32)
    none_C = np.zeros(len(MARKS), np.float32)

    def best(bias_C: np.ndarray, sentence_end: float) -> list[str]:
        return [MARKS[index] for index in parted(marks_WC, bias_C.astype(np.float32), sentence_end).argmax(1)]

    assert best(none_C, 0.42) == [".", "", ","]
    assert best(none_C, 0.38) == [".", ".", "."]
    asking_C = np.where(np.array(MARKS) == "?", 0.2, 0.0)
    assert best(asking_C, 0.42) == ["?", "", ","], "a question takes no comma's place, nor a comma a question's"
    commas_C = np.where(np.array(MARKS) == ",", 9.0, 0.0)
    assert best(commas_C, 0.42) == [".", ",", ","], "nor does one end fewer sentences"
    assert np.exp(parted(marks_WC, none_C, 0.42)).max() <= 1


def test_calibration_finds_where_sentences_end():
    """Of a punctuator that is unsure everywhere: where ends are likelier than elsewhere, and the marks that people write."""

    class Unsure:
        def read(self, words):
            end = np.array([word == "ạ" for word in words])
            asks = np.array([word == "ạ" and "gì" in words for word in words])
            marks_WC = np.full((len(words), len(MARKS)), 1e-4, np.float32)
            marks_WC[:, 0], marks_WC[:, MARKS.index(".")] = 0.9, np.where(end, 0.6, 0.3)
            marks_WC[:, MARKS.index("?")] = np.where(asks, 0.18, 0.06)
            plain = leaning(len(words))
            return Leaning(np.log(marks_WC / marks_WC.sum(1, keepdims=True)), plain.spellings_WC)

    said = [("tôi về ạ", "Tôi về ạ."), ("anh ăn gì ạ", "Anh ăn gì ạ?")] * 5
    pairs = [
        Pair(id=str(at), spoken=spoken, written=written, links=(), kind="passage" if at < 6 else "sentence", source="1")
        for at, (spoken, written) in enumerate(said)
    ]
    found = calibrate(Unsure(), pairs)  # pyright: ignore[reportArgumentType]
    assert 0.26 < found.sentence_end < 0.42
    assert found.f1["."] == found.f1["?"] == 1.0
    assert found.bias["."] == 0.0 and 1.0 < found.bias["?"] < 2.3


def test_the_letters_of_a_capital_may_be_any_bytes():
    told = leaning(3, spellings={0: "capital", 1: "small", 2: "capital"})
    assert written("ấn đi đà", told) == "Ấn đi Đà"


def test_what_the_punctuator_leans_to_is_a_good_guess():
    told = leaning(4, marks={3: "."}, spellings={0: "capital"})
    assert Paths("trả hai triệu đồng", leaning=told).likeliest() == "Trả 2 triệu đồng."


def saying(words: int, *spans: tuple[int, int], sure: float = 0.99) -> Leaning:
    """Leans to expressions at [start, end), and to words elsewhere."""
    plain = leaning(words)
    told_WC = np.full((words, len(EXPRESSIONS)), (1 - sure) / 2, np.float32)
    for word in range(words):
        name = "outside"
        for start, end in spans:
            name = "begin" if word == start else "inside" if start < word < end else name
        told_WC[word, EXPRESSIONS.index(name)] = sure
    return Leaning(plain.marks_WC, plain.spellings_WC, np.log(told_WC))


@pytest.mark.parametrize(
    ("spoken", "spans", "wanted", "why"),
    [
        ("có hai người", [(1, 2)], "Có 2 người", "a small number that people write in digits here"),
        ("có hai người", [], "Có hai người", "and here in words"),
        ("một người", [], "Một người", "an article"),
        ("có năm sáu người", [(1, 3)], "Có 5-6 người", "one expression of both"),
        ("có năm sáu người", [], "Có năm sáu người", "none"),
        ("trong hai năm", [(1, 2)], "Trong 2 năm", "the unit is no part of it"),
    ],
)
def test_whether_a_number_is_written_is_the_punctuators(spoken, spans, wanted, why):
    told = saying(len(spoken.split()), *spans)
    told.spellings_WC[0] = leaning(1, spellings={0: "capital"}).spellings_WC[0]
    assert written(spoken, told) == wanted, why


def test_a_certain_expression_is_written_whatever_the_punctuator_leans_to():
    assert written("trả hai triệu đồng", saying(4)) == "trả 2 triệu đồng"


def test_a_window_is_told_what_its_line_is():
    told = saying(6, (2, 4))
    part = told.part(2, 5)
    assert part.expressions_WC is not None and told.expressions_WC is not None
    assert np.array_equal(part.expressions_WC, told.expressions_WC[2:5])
    assert leaning(3).part(0, 2).expressions_WC is None


#: A checkpoint's architecture, small.
BERT = {"model_type": "bert", "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64,
        "max_position_embeddings": 32, "vocab_size": 2, "pad_token_id": 0}  # fmt: skip
KINDS = {
    "encoder": {"start_from": "./bert", "pairs": 0},
    "recurrence": {"width": 12, "hidden": 8, "layers": 2, "pairs": 31, "pair_width": 6},
    "attention": {"width": 32, "hidden": 32, "layers": 2, "heads": 2, "feed_forward": 64, "pairs": 0, "pair_width": 6},
}


def network_of(kind: str):
    """One of ten ids that learnt nothing."""
    from models.normalizer.punctuator.network import Network

    config = ModelConfig(kind=kind, words=5, buckets=4, **KINDS[kind])  # pyright: ignore[reportArgumentType]
    return Network(config, 10, BERT if kind == "encoder" else None).eval()


@pytest.fixture(scope="module", params=KINDS)
def checkpoint(request, tmp_path_factory):
    """A punctuator that learnt nothing, as a training leaves it, with matrices that a package holds exactly."""
    torch = pytest.importorskip("torch")
    import json

    from safetensors.torch import save_file

    from models.normalizer.punctuator.encoder import ARCHITECTURE
    from models.normalizer.punctuator.train import CONFIG, WEIGHTS, WORDS

    settings = {"kind": request.param, "words": 5, "buckets": 4, **KINDS[request.param]}
    torch.manual_seed(3)
    folder = tmp_path_factory.mktemp("punctuator")
    state = network_of(request.param).state_dict()
    for name, weight in state.items():
        if name.startswith("attention") and weight.ndim == 2:
            steps_ND, scales_NB = four_bits(weight.numpy())
            state[name] = torch.from_numpy(steps_ND * scales_NB.repeat(BLOCK, axis=1))
    save_file(state, folder / WEIGHTS)
    if request.param == "encoder":
        (folder / ARCHITECTURE).write_text(json.dumps(BERT))
    Vocabulary(["có", "hai", "người", "năm", "sáu"], 4).save(folder / WORDS)
    (folder / CONFIG).write_text(json.dumps(settings))
    return folder


def test_a_long_text_is_learnt_in_parts_of_whole_sentences():
    marks = [0, 1, 2, 0, 2, 0, 0, 0, 0, 3]  # MARKS: nothing, comma, full stop, question mark.
    column = np.array(marks, np.int8)
    text = Labelled([str(place) for place in range(10)], column, column, column)
    cut = [part.words for part in parts(text, 4)]
    assert cut == [["0", "1", "2"], ["3", "4"], ["5", "6", "7", "8"], ["9"]], "inside of the last one no sentence ends in time"
    assert [list(part.mark_W) for part in parts(text, 10)] == [marks]


WORDS_READ = ["có", "hai", "người", "lạ", "có", "năm", "sáu", "người"]


def test_a_packages_graph_says_what_the_network_says(checkpoint, tmp_path):
    import onnx
    import torch

    from models.normalizer.punctuator.graph import write_punctuator
    from models.normalizer.punctuator.train import load_network

    told = Punctuator(tmp_path, {**write_punctuator(checkpoint, tmp_path), "bias": {}}).read(WORDS_READ)
    network, vocabulary = load_network(checkpoint)
    scores = network(torch.tensor([[vocabulary.id_of(word) for word in WORDS_READ]]))
    for found_WC, logits_1WC in zip((told.marks_WC, told.spellings_WC, told.expressions_WC), scores, strict=True):
        # Vectors lie in a byte a number there, and what a transformer's matrices multiply is rounded.
        atol = 2e-3 if network.attention is None else 3e-2
        assert found_WC is not None
        np.testing.assert_allclose(found_WC, logits_1WC[0].log_softmax(-1).numpy(), atol=atol)
    blocked = [node.op_type for node in onnx.load(str(tmp_path / GRAPH)).graph.node].count("MatMulNBits")
    assert (blocked > 0) == (network.attention is not None)


def test_a_long_text_is_read_in_windows_that_overlap(checkpoint, tmp_path, monkeypatch):
    from models.normalizer.punctuator.graph import write_punctuator

    punctuator = Punctuator(tmp_path, {**write_punctuator(checkpoint, tmp_path), "window": 20, "bias": {}})
    graph, seen = punctuator._graph, []

    class Watched:
        def run(self, outputs, inputs):
            seen.append(inputs["words"].shape[1])
            return graph.run(outputs, inputs)

    monkeypatch.setattr(punctuator, "_graph", Watched())
    words = [WORDS_READ[place % 8] for place in range(50)]
    assert len(punctuator.read(words).marks_WC) == 50
    assert max(seen) == 20 and sum(seen) > 50 and len(seen) == 4
    assert len(punctuator.read([]).marks_WC) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_words_far_behind_change_what_is_said_of_the_first(kind):
    import torch

    torch.manual_seed(3)
    network = network_of(kind)
    one, other = (network(torch.tensor([[1, 2, 3, 4, last]]))[0][0, 0] for last in (5, 6))
    assert (one - other).abs().max() > 1e-5


@pytest.mark.parametrize("kind", ["attention", "encoder"])
def test_what_stands_behind_the_end_of_a_text_is_not_seen_by_a_transformer(kind):
    import torch

    torch.manual_seed(3)
    network = network_of(kind)
    alone, padded = network(torch.tensor([[1, 2, 3]])), network(torch.tensor([[1, 2, 3, PAD, PAD]]))
    for short_BWC, long_BWC in zip(alone, padded, strict=True):
        np.testing.assert_allclose(long_BWC[:, :3].detach(), short_BWC.detach(), atol=1e-5)


def test_what_is_hidden_is_not_seen():
    import torch

    torch.manual_seed(3)
    network = network_of("attention")
    hidden_BW = torch.tensor([[False, True, False]])
    for one, other in zip(*(network(torch.tensor([[1, word, 3]]), hidden_BW) for word in (2, 4)), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("model", "rule"),
    [
        ({"kind": "attention", "hidden": 10, "heads": 4}, "even parts"),
        ({"kind": "attention", "hidden": 12, "cloze": 0.1}, "needs a transformer without vectors of pairs"),
        ({"kind": "recurrence", "cloze": 0.1, "pairs": 0}, "needs a transformer"),
    ],
)
def test_a_model_that_cannot_be_is_refused(model, rule):
    with pytest.raises(ConfigError, match=rule):
        Recipe(name="r", model=ModelConfig(**model))


def test_a_bias_makes_expressions_likelier_and_leaves_probabilities(checkpoint, tmp_path):
    from models.normalizer.punctuator.graph import write_punctuator

    told = write_punctuator(checkpoint, tmp_path)
    plain, biased = (Punctuator(tmp_path, {**told, "bias": bias}).read(WORDS_READ) for bias in ({}, {"expression": 1.0}))
    assert plain.expressions_WC is not None and biased.expressions_WC is not None
    assert (biased.expressions_WC[:, 0] < plain.expressions_WC[:, 0]).all()
    np.testing.assert_allclose(np.exp(biased.expressions_WC).sum(-1), 1, rtol=1e-5)


def test_a_bias_is_what_finds_most():
    rng = np.random.default_rng(5)
    true_W = rng.random(4000) < 0.1
    score_W = np.where(true_W, rng.normal(-0.5, 1, 4000), rng.normal(-3, 1, 4000))  # Never sure enough by itself.
    scores_WC = np.stack([np.zeros(4000), score_W], 1)
    bias, f1 = _best(("", "."), scores_WC, true_W.astype(int))["."]
    told_W = score_W > 0
    plain = 2 * (told_W & true_W).sum() / (told_W.sum() + true_W.sum())
    assert bias > 0 and f1 > plain + 0.1

"""A multilingual model made smaller: the same vectors from the pieces that texts use, and from weights of four bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.errors import ConfigError
from data.text.normalform import fold
from models.embedder.transformer_graph import TransformerGraph
from models.embedder.trimming import trim
from models.onnx_session import start

TEXTS = ["thủ đô của việt nam là hà nội", "sông hồng chảy qua hà nội", "biển đông ở phía đông"]
FOREIGN = ["▁Straßenbahn", "▁москва", "東京", "▁kota"]
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


def multilingual(folder: Path, kind: str = "unigram") -> Any:
    """A tiny model in the manner of XLM-R: special tokens first, pieces of many languages, `<mask>` last."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = sorted({f"▁{word}" for text in TEXTS for word in (*text.split(), *fold(text).split())})
    characters = sorted({character for word in words for character in word} | set("ßмw"))
    pieces = [*SPECIAL, "▁query", ":", *characters, *FOREIGN, *words, "<mask>"]
    if kind == "unigram":
        scores = [0.0 if piece in SPECIAL else -float(len(pieces)) + len(piece) for piece in pieces]
        tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=3))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()  # pyright: ignore
    else:
        tokenizer = Tokenizer(models.WordLevel({piece: at for at, piece in enumerate(pieces)}, unk_token="<unk>"))
    tokenizer.post_processor = processors.TemplateProcessing(  # pyright: ignore
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>",
        mask_token="<mask>", model_max_length=64, model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces) + 3, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=64, pad_token_id=1,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    fast.save_pretrained(folder)
    return SentenceTransformer(modules=[Transformer(str(folder)), Pooling(32, pooling_mode="mean")], device="cpu")


def test_what_texts_use_keeps_its_vectors_and_the_rest_goes(tmp_path):
    model = multilingual(tmp_path / "whole")
    asked = [*TEXTS, *map(fold, TEXTS), "query: hà nội"]
    before, rows = model.encode(asked), model[0].auto_model.get_input_embeddings().num_embeddings
    trim(model, TEXTS, 75, always=["query: "])
    np.testing.assert_allclose(model.encode(asked), before, atol=1e-6)
    assert model[0].auto_model.get_input_embeddings().num_embeddings <= min(75, rows)
    vocabulary = model.tokenizer.get_vocab()
    assert not {"▁москва", "東京", "м"} & set(vocabulary), "what is written in other scripts goes"
    assert model.tokenizer.mask_token_id == vocabulary["<mask>"] < 75


def test_room_that_is_left_goes_to_what_names_may_need_and_use_tells_the_order(tmp_path):
    model = trim(multilingual(tmp_path / "whole"), [*TEXTS, *["hà nội"] * 9], 200)
    vocabulary = model.tokenizer.get_vocab()
    assert {"▁Straßenbahn", "▁kota", "ß"} < set(vocabulary)
    assert not {"▁москва", "東京", "м"} & set(vocabulary)
    assert set(map(vocabulary.get, SPECIAL)) < set(range(len(SPECIAL) + 1)), "special tokens come first"
    assert vocabulary["▁nội"] < vocabulary["▁việt"] < vocabulary["▁kota"]


def test_a_trimmed_model_is_saved_and_read_back(tmp_path):
    from sentence_transformers import SentenceTransformer

    model = trim(multilingual(tmp_path / "whole"), TEXTS, 75)
    model.save(str(tmp_path / "saved"), create_model_card=False)
    again = SentenceTransformer(str(tmp_path / "saved"), device="cpu")
    np.testing.assert_allclose(again.encode(TEXTS), model.encode(TEXTS), atol=1e-6)


def test_rare_words_are_spelled_with_shorter_pieces(tmp_path):
    model = multilingual(tmp_path / "whole")
    often = [*TEXTS[:1] * 5, *TEXTS]
    trim(model, often, 55)
    tokens = model.tokenizer.tokenize("thủ đô chảy")
    assert tokens[:2] == ["▁thủ", "▁đô"] and "".join(tokens[2:]) == "▁chảy" and len(tokens) > 3


@pytest.mark.parametrize(("kind", "pieces"), [("unigram", 10), ("words", 75)])
def test_what_cannot_be_cut_is_told(tmp_path, kind, pieces):
    with pytest.raises(ConfigError) as raised:
        trim(multilingual(tmp_path / "whole", kind), TEXTS, pieces)
    assert raised.value.pointer == "/model/pieces"


def grid(generator: np.random.Generator, inputs: int, outputs: int) -> np.ndarray:
    """Weights that four bits hold exactly: whole steps of a block's own size, the furthest of them eight."""
    steps_NBK = generator.integers(-7, 8, (outputs, inputs // 32, 32))
    steps_NBK[..., 0] = -8
    sizes_NB1 = generator.choice([-0.25, 0.125, 0.5], (outputs, inputs // 32, 1))
    return (steps_NBK * sizes_NB1).reshape(outputs, inputs).T.astype(np.float32)


def test_weights_that_were_of_four_bits_are_not_rounded_again():
    from models.four_bits import four_bits

    weights_ND = grid(np.random.default_rng(0), 96, 5).T
    steps_ND, scales_NB = four_bits(weights_ND)
    np.testing.assert_array_equal(steps_ND * scales_NB.repeat(32, axis=1), weights_ND)
    assert four_bits(np.zeros((2, 32), np.float32))[1].ravel().tolist() == [0, 0]


def test_a_block_loses_no_more_than_with_the_scale_of_its_furthest_number():
    from models.four_bits import four_bits

    weights_ND = np.random.default_rng(0).standard_normal((50, 64)).astype(np.float32)
    steps_ND, scales_NB = four_bits(weights_ND)
    assert steps_ND.min() >= -8 and steps_ND.max() <= 7
    blocks_NBK = weights_ND.reshape(50, 2, 32)
    widest_NB1 = np.take_along_axis(blocks_NBK, np.abs(blocks_NBK).argmax(2)[..., None], axis=2) / -8
    plain_NBK = np.round(blocks_NBK / widest_NB1).clip(-8, 7) * widest_NB1
    lost, lost_plainly = (
        np.square(one.reshape(50, 2, 32) - blocks_NBK).sum(2) for one in (steps_ND * scales_NB.repeat(32, axis=1), plain_NBK)
    )
    assert (lost <= lost_plainly * (1 + 1e-5)).all() and lost.sum() < 0.95 * lost_plainly.sum()


def test_a_graph_of_four_bits_gives_the_vectors_of_its_weights(tmp_path):
    """Weights that four bits hold lose nothing but what rounding the inputs of a product costs."""
    import torch

    from models.embedder.onnx_graph import quantize, write_graph

    model, generator = multilingual(tmp_path / "whole"), np.random.default_rng(1)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim == 2 and "embeddings" not in name:
                weight.copy_(torch.from_numpy(grid(generator, *weight.T.shape).T / 8))
    fp32 = write_graph(model, tmp_path / "fp32.onnx")
    int4 = quantize(fp32, tmp_path / "int4.onnx", "int4")
    vectors = []
    for graph in (fp32, int4):
        tokenizer = model.tokenizer.backend_tokenizer
        vectors.append(TransformerGraph(start(graph, None, 1), tokenizer, dim=32, max_tokens=64, pad=1).embed(TEXTS))
    whole_ND, small_ND = (one / np.linalg.norm(one, axis=1, keepdims=True) for one in vectors)
    assert (whole_ND * small_ND).sum(axis=1).min() > 0.999
    assert int4.stat().st_size < fp32.stat().st_size
    eight = [quantize(fp32, tmp_path / f"int8-{fine}.onnx", "int8", fine=fine).read_bytes() for fine in (0, 9)]
    assert eight[0] == eight[1], "int8 knows of no grades"


def test_a_table_in_two_grades_gives_its_rows(tmp_path):
    """Fine rows are exact where four bits hold them, coarse ones where there are no more patterns than bytes tell apart."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    from models.embedder.graded_table import grade_table

    generator = np.random.default_rng(2)
    fine_FD = grid(generator, 96, 7).T
    patterns_PSW = generator.standard_normal((200, 24, 4)).astype(np.float32)
    coarse_CD = patterns_PSW[generator.integers(0, 200, (900, 24)), np.arange(24)].reshape(900, 96)
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "ids"], ["vectors"], name="look")],
        "g",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "tokens"])],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", "tokens", 96])],
        [numpy_helper.from_array(np.concatenate([fine_FD, coarse_CD]), "table")],
    )
    grade_table(graph, "ids", len(fine_FD))
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), str(tmp_path / "graded.onnx"))
    session = start(tmp_path / "graded.onnx", None, 1)
    asked_BT = np.arange(907, dtype=np.int64)[None].repeat(2, axis=0)
    found_BTD = np.asarray(session.run(["vectors"], {"ids": asked_BT})[0])
    np.testing.assert_array_equal(found_BTD[1, :7], fine_FD)
    errors_C = np.square(found_BTD[0, 7:] - coarse_CD).sum(axis=1) / np.square(coarse_CD).sum(axis=1)
    assert errors_C.mean() < 0.1
    np.testing.assert_array_equal(found_BTD[0], found_BTD[1])


@pytest.mark.parametrize(("rows", "fine", "width"), [(300, 45, 96), (300, 0, 40)])
def test_a_table_that_has_no_two_grades_is_told(rows, fine, width):
    from onnx import TensorProto, helper, numpy_helper

    from models.embedder.graded_table import grade_table

    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "ids"], ["vectors"])],
        "g",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, [1])],
        [],
        [numpy_helper.from_array(np.zeros((rows, width), np.float32), "table")],
    )
    with pytest.raises(ConfigError) as raised:
        grade_table(graph, "ids", fine)
    assert raised.value.pointer == "/model/fine_pieces"

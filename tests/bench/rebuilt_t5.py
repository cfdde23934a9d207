"""The T5 of an int8 package as a checkpoint in transformers' format, so that what is shipped is what peers are measured on.

A package holds no checkpoint: weights are read back from its graphs. What int8 rounded stays rounded, so all who run the
checkpoint in fp32 run the same weights (tests/unit/test_rebuilt_t5.py).

D model, E all heads of it, H heads, K width of a head, N inputs, M outputs, V vocabulary, X distances.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from models.normalizer.generator import DECODER, ENCODER
from models.normalizer.tokenizer import END, PAD, VOCABULARY

F32 = NDArray[np.float32]

#: T5's own, which no recipe changes.
_BUCKETS = 32
_QUANTIZED = ("DynamicQuantizeLinear", "MatMulInteger")
_FEED_FORWARD = {"gate": "wi_0", "inner": "wi_1", "outer": "wo"}


def dequantize(source: Path, folder: Path) -> Path:
    """Write the graphs of an int8 package into a new folder, with plain matrix products of the weights that int8 left."""
    folder.mkdir()
    for name in (ENCODER, DECODER):
        graph = onnx.load(source / name)
        _dequantize(graph.graph)
        onnx.checker.check_model(graph)
        onnx.save(graph, folder / name)
    return folder


def rebuild(graphs: Path, folder: Path) -> Path:
    """Write the T5 of dequantized graphs as trainings leave theirs; its output matrix is its own, since int8 parted the two."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    from models.normalizer.build import save

    encoder, decoder = (_weights(onnx.load(graphs / name).graph) for name in (ENCODER, DECODER))
    heads, _, head_width = encoder["layers.0.attention.tables.0.table"].shape
    layers, decoder_layers = (
        len({name.split(".")[at] for name in side if name.startswith(start)})
        for side, start, at in ((encoder, "layers.", 1), (decoder, "decoder.layers.", 2))
    )
    farthest = encoder["positions.table"].shape[0] // 2
    config = T5Config(
        vocab_size=VOCABULARY, d_model=encoder["embedding.weight"].shape[1], d_kv=head_width, num_heads=heads,
        d_ff=encoder["layers.0.feed_forward.gate"].shape[0], num_layers=layers, num_decoder_layers=decoder_layers,
        relative_attention_num_buckets=_BUCKETS, relative_attention_max_distance=farthest, dropout_rate=0.0,
        feed_forward_proj="gated-gelu", pad_token_id=PAD, eos_token_id=END,
        decoder_start_token_id=PAD, tie_word_embeddings=False,  # pyright: ignore[reportCallIssue]
    )  # fmt: skip
    found = _stack("encoder", encoder, "", layers, config) | _stack("decoder", decoder, "decoder.", decoder_layers, config)
    for n in range(decoder_layers):
        for part in ("keys", "values"):
            found[f"decoder.block.{n}.layer.1.EncDecAttention.{part[0]}.weight"] = encoder[f"{part}.{n}"]
    # One tensor by three names.
    names = ("shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight")
    found |= dict.fromkeys(names, encoder["embedding.weight"]) | {"lm_head.weight": decoder["decoder.head"]}
    model = T5ForConditionalGeneration(config).eval()
    # transformers 5 ties the matrices of a fresh model, whatever its configuration says, and scales what comes out then.
    model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.lm_head.weight))
    model.config.scale_decoder_outputs = model.config.tie_word_embeddings = False
    model.load_state_dict({name: torch.tensor(weight) for name, weight in found.items()})
    save(model, folder)
    return folder


def _stack(side: str, weights: Mapping[str, F32], root: str, layers: int, config: Any) -> dict[str, F32]:
    """The weights of one half by transformers' names."""
    both_ways = side == "encoder"
    found = {f"{side}.final_layer_norm.weight": weights[f"{root}norm.weight"]}
    table_XH = weights[f"{root}positions.table"][0 if both_ways else 1 :]
    found[f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"] = _buckets(table_XH, config, both_ways)
    for n in range(layers):
        own, block = f"{root}layers.{n}", f"{side}.block.{n}.layer"
        if n:
            found[f"{block}.0.layer_norm.weight"] = weights[f"{own}.attention.norm.weight"]
            for at, part in enumerate("qkv"):
                found[f"{block}.0.SelfAttention.{part}.weight"] = weights[f"{own}.attention.projections.{at}"]
        else:
            # Only the product of both is left: the norm's weight becomes one, and what it was is in the projections.
            found[f"{block}.0.layer_norm.weight"] = np.ones(config.d_model, np.float32)
            normed_VD = _normed(weights[f"{root}embedding.weight"], config.layer_norm_epsilon)
            for at, part in enumerate("qkv"):
                table_HVK = weights[f"{own}.attention.tables.{at}.table"]
                found[f"{block}.0.SelfAttention.{part}.weight"] = _projection(normed_VD, table_HVK)
        found[f"{block}.0.SelfAttention.o.weight"] = weights[f"{own}.output"]
        last = f"{block}.{1 if both_ways else 2}"
        found[f"{last}.layer_norm.weight"] = weights[f"{own}.feed_forward.norm.weight"]
        for part, name in _FEED_FORWARD.items():
            found[f"{last}.DenseReluDense.{name}.weight"] = weights[f"{own}.feed_forward.{part}"]
        if not both_ways:
            found[f"{block}.1.layer_norm.weight"] = weights[f"{own}.cross.norm.weight"]
            found[f"{block}.1.EncDecAttention.q.weight"] = weights[f"{own}.cross.query"]
            found[f"{block}.1.EncDecAttention.o.weight"] = weights[f"{own}.cross.output"]
    return found


def _normed(embedding_VD: F32, epsilon: float) -> NDArray[np.float64]:
    wide_VD = embedding_VD.astype(np.float64)
    return wide_VD / np.sqrt((wide_VD**2).mean(1, keepdims=True) + epsilon)


def _projection(normed_VD: NDArray[np.float64], table_HVK: F32) -> F32:
    """The matrix that makes a table of the normed embeddings; there are more bytes than dimensions, so there is one."""
    table_VE = table_HVK.transpose(1, 0, 2).reshape(len(normed_VD), -1).astype(np.float64)
    return np.linalg.lstsq(normed_VD, table_VE, rcond=None)[0].T.astype(np.float32)


def _buckets(table_XH: F32, config: Any, both_ways: bool) -> F32:
    """The bias by bucket of a bias by distance."""
    import torch
    from transformers.models.t5.modeling_t5 import T5Attention

    farthest = config.relative_attention_max_distance
    relative_X = torch.arange(-farthest, farthest + 1) if both_ways else -torch.arange(farthest + 1)
    bucket_X = T5Attention._relative_position_bucket(
        relative_X, bidirectional=both_ways, num_buckets=_BUCKETS, max_distance=farthest
    ).numpy()
    bias_BH = np.zeros((_BUCKETS, table_XH.shape[1]), np.float32)
    bias_BH[bucket_X] = table_XH  # Of each bucket any distance: their biases are one number.
    return bias_BH


def _weights(graph: onnx.GraphProto) -> dict[str, F32]:
    """Initializers by name, and the matrices of products by the module that multiplies, outputs first: NM → MN."""
    named = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    found = {name: value for name, value in named.items() if not name.startswith("onnx::")}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in named:
            found[node.name.removesuffix("/MatMul").strip("/").replace("/", ".")] = named[node.input[1]].T
    return found


def _dequantize(graph: onnx.GraphProto) -> None:
    """Exchange each integer product and what stands around it for a product of its input with its weights."""
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    made_by = {output: node for node in graph.node for output in node.output}
    read_by = {name: node for node in graph.node for name in node.input}
    nodes, gone, weights = [], set(), []
    for node in graph.node:
        if node.op_type != "MatMulInteger":
            nodes.append(node)
            continue
        given, matrix, _, zero = node.input
        stem = matrix.removesuffix("_quantized")
        scale_M, zero_M = (numpy_helper.to_array(tensors[name]).astype(np.float32) for name in (f"{stem}_scale", zero))
        weight_NM = (numpy_helper.to_array(tensors[matrix]).astype(np.float32) - zero_M) * scale_M
        cast = read_by[node.output[0]]
        scaled = read_by[cast.output[0]]
        gone |= {cast.name, scaled.name, next(made_by[name].name for name in scaled.input if name != cast.output[0])}
        weights.append(numpy_helper.from_array(weight_NM, stem))
        name = node.name.removesuffix("_quant")
        nodes.append(helper.make_node("MatMul", [made_by[given].input[0], stem], [scaled.output[0]], name))
    kept = [node for node in nodes if node.op_type not in _QUANTIZED and node.name not in gone]
    del graph.node[:]
    graph.node.extend(kept)
    used = {name for node in kept for name in node.input}
    left = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend([*left, *weights])

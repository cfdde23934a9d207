"""T5 checkpoints for CTranslate2, which the normalizer is measured beside.

Its own converter wants the files of a tokenizer, which a model that reads bytes has none of; so weights are laid out here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from models.normalizer.tokenizer import END, PAD, VOCABULARY


def convert(checkpoint: Path, folder: Path, precision: str) -> None:
    """A T5 on bytes as CTranslate2's."""
    import numpy as np
    from ctranslate2.specs import common_spec, transformer_spec  # pyright: ignore[reportMissingImports]
    from safetensors.numpy import load_file

    config = json.loads((checkpoint / "config.json").read_text("utf-8"))
    weights = load_file(checkpoint / "model.safetensors")
    spec: Any = transformer_spec.TransformerSpec.from_config(
        (config["num_layers"], config["num_decoder_layers"]), config["num_heads"], pre_norm=True,
        activation=common_spec.Activation.GELUTanh, ffn_glu=True, relative_attention_bias=True, rms_norm=True,
    )  # fmt: skip
    for side, stack in (("encoder", spec.encoder), ("decoder", spec.decoder)):
        stack.layer_norm.gamma = weights[f"{side}.final_layer_norm.weight"]
        embeddings = stack.embeddings[0] if side == "encoder" else stack.embeddings
        embeddings.weight = weights["shared.weight"]
        stack.scale_embeddings = False
        bias = weights[f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"]
        for number, layer in enumerate(stack.layer):
            name = f"{side}.block.{number}.layer"
            _lay_attention(layer.self_attention, weights, f"{name}.0", "SelfAttention", fused=(3,))
            layer.self_attention.relative_attention_bias = bias
            layer.self_attention.relative_attention_max_distance = np.int32(config["relative_attention_max_distance"])
            if side == "decoder":
                _lay_attention(layer.attention, weights, f"{name}.1", "EncDecAttention", fused=(1, 2))
            last = f"{name}.{1 if side == 'encoder' else 2}"
            layer.ffn.layer_norm.gamma = weights[f"{last}.layer_norm.weight"]
            layer.ffn.linear_0.weight = weights[f"{last}.DenseReluDense.wi_0.weight"]
            layer.ffn.linear_0_noact.weight = weights[f"{last}.DenseReluDense.wi_1.weight"]
            layer.ffn.linear_1.weight = weights[f"{last}.DenseReluDense.wo.weight"]
    spec.decoder.projection.weight = weights.get("lm_head.weight", weights["shared.weight"])
    if config.get("tie_word_embeddings") is not False:
        spec.decoder.scale_outputs = np.float32(config["d_model"] ** -0.5)
    vocabulary = [str(id_) for id_ in range(VOCABULARY)]
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.config.bos_token = spec.config.decoder_start_token = str(PAD)
    spec.config.eos_token, spec.config.unk_token = str(END), "2"
    spec.config.add_source_bos = spec.config.add_source_eos = False
    spec.validate()
    spec.optimize(quantization=precision)
    folder.mkdir()
    spec.save(str(folder))


def _lay_attention(spec: Any, weights: dict[str, Any], name: str, kind: str, *, fused: tuple[int, ...]) -> None:
    """Queries, keys and values in one matrix, or queries apart."""
    import numpy as np

    parts = [weights[f"{name}.{kind}.{part}.weight"] for part in "qkv"]
    spec.layer_norm.gamma = weights[f"{name}.layer_norm.weight"]
    for place, count in enumerate(fused):
        spec.linear[place].weight = np.concatenate(parts[:count])
        del parts[:count]
    spec.linear[len(fused)].weight = weights[f"{name}.{kind}.o.weight"]
    spec.queries_scale = np.float32(1)

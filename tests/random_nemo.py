"""A `.nemo` file with random weights, made without NeMo: what engine tests and benchmarks run on.

That such a file means to NeMo what it means to us is proved by tests/golden on files that NeMo itself wrote.
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import torch
import yaml

from models.asr.fastconformer import FastConformer, Shape

CACHE_AWARE: dict[str, Any] = {
    "att_context_style": "chunked_limited",
    "att_context_size": [[70, 13], [70, 6], [70, 1], [70, 0]],
    "causal_downsampling": True,
    "conv_context_size": "causal",
    "conv_norm_type": "layer_norm",
    "xscaling": False,
}
FULL_CONTEXT: dict[str, Any] = {"att_context_style": "regular", "att_context_size": [-1, -1], "conv_norm_type": "batch_norm"}
#: The sizes that recipes train, by the name of their configuration.
SIZES: dict[str, dict[str, int]] = {
    "tiny": {"width": 32, "layers": 2, "heads": 4, "channels": 16, "pieces": 40},
    "smoke": {"width": 96, "layers": 4, "heads": 4, "channels": 48, "pieces": 140},
    "small": {"width": 176, "layers": 16, "heads": 4, "channels": 176, "pieces": 1024},
    "large": {"width": 512, "layers": 17, "heads": 8, "channels": 256, "pieces": 2048},
}


def write_random_nemo(path: Path, *, size: str = "tiny", encoder: dict[str, Any] = CACHE_AWARE, seed: int = 0) -> Path:
    """Write a checkpoint of the given size whose weights, biases and norms are all random."""
    config = nemo_config(size, encoder)
    shape = Shape.from_nemo(config)
    model = FastConformer(shape, shape.look_aheads[0])
    torch.manual_seed(seed)
    randomize(model)
    prefixes = {"head": "decoder.decoder_layers.0"}
    weights = {
        ".".join([prefixes.get(head, f"encoder.{head}"), rest]): value
        for head, rest, value in ((*name.split(".", 1), value) for name, value in model.state_dict().items())
    }
    stream = io.BytesIO()
    torch.save(weights, stream)
    members = {
        "model_config.yaml": yaml.safe_dump(config, allow_unicode=True).encode(),
        "model_weights.ckpt": stream.getvalue(),
    }
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def nemo_config(size: str, encoder: dict[str, Any]) -> dict[str, Any]:
    """The parts of NeMo's configuration that a reader of `.nemo` files looks at."""
    sizes = SIZES[size]
    return {
        "preprocessor": {
            "sample_rate": 16_000, "normalize": "NA", "window_size": 0.025, "window_stride": 0.01, "window": "hann",
            "features": 80, "n_fft": 512, "frame_splicing": 1, "dither": 0.0, "pad_to": 0,
        },
        "encoder": {
            "feat_in": 80, "feat_out": -1, "n_layers": sizes["layers"], "d_model": sizes["width"], "n_heads": sizes["heads"],
            "subsampling": "dw_striding", "subsampling_factor": 8, "subsampling_conv_channels": sizes["channels"],
            "self_attention_model": "rel_pos", "conv_kernel_size": 9, **encoder,
        },
        "decoder": {"num_classes": sizes["pieces"], "vocabulary": pieces(sizes["pieces"])},
        "tokenizer": {"type": "bpe"},
    }  # fmt: skip


def pieces(number: int) -> list[str]:
    """Tokens that make up words of one to three of them."""
    letters = ("bcdđghklmnpqrstvx"[index % 17] + "aeiou"[index // 17 % 5] * (1 + index // 85) for index in range(number))
    return [("▁" if index % 2 else "") + syllable for index, syllable in enumerate(letters)]


def randomize(module: torch.nn.Module) -> None:
    """Give every parameter a random value of a size that keeps activations alive."""
    with torch.no_grad():
        for name, value in module.named_parameters():
            norm = "norm" in name and name.endswith("weight")
            spread = 0.3 if value.dim() < 2 or "pos_bias" in name else 1.2 * value[0].numel() ** -0.5
            value.copy_(float(norm) + torch.randn_like(value) * (0.1 if norm else spread))
        for name, value in module.named_buffers():
            if "running_mean" in name:
                value.normal_(std=0.3)
            elif "running_var" in name:
                value.uniform_(0.5, 2.0)

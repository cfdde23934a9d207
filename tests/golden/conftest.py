"""Tiny NeMo models with random weights: norms and biases too, or a missing one would not show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.random_nemo import randomize

#: Every syllable once, so that a tokenizer of any small size can be trained on it.
SYLLABLES = "một hai ba bốn năm sáu bảy tám chín mười bật tắt đèn quạt cửa nhà bếp phòng khách mở đóng gọi cho mẹ bố"

CACHE_AWARE = {
    "att_context_style": "chunked_limited",
    "att_context_size": [[70, 13], [70, 6], [70, 1], [70, 0]],
    "causal_downsampling": True,
    "conv_context_size": "causal",
    "conv_norm_type": "layer_norm",
    "xscaling": False,
}
FULL_CONTEXT = {
    "att_context_style": "regular",
    "att_context_size": [-1, -1],
    "causal_downsampling": False,
    "conv_context_size": None,
    "conv_norm_type": "batch_norm",
    "xscaling": True,
    "untie_biases": False,
    "use_bias": False,
}
LOCAL_CONTEXT = {**FULL_CONTEXT, "att_context_size": [16, 8], "untie_biases": True, "use_bias": True}


@dataclass(frozen=True)
class Pair:
    """A NeMo model and the file that it was saved as."""

    model: Any
    path: Path


def train_tokenizer(folder: Path) -> Path:
    """A SentencePiece model of a few dozen pieces, in the layout that NeMo reads."""
    import sentencepiece

    folder.mkdir()
    (folder / "text.txt").write_text("\n".join([SYLLABLES] * 20), "utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "text.txt"), model_prefix=str(folder / "tokenizer"), vocab_size=60, model_type="bpe",
        hard_vocab_limit=False, bos_id=-1, eos_id=-1, minloglevel=2,
    )  # fmt: skip
    pieces = [line.split("\t")[0] for line in (folder / "tokenizer.vocab").read_text("utf-8").splitlines()]
    (folder / "vocab.txt").write_text("\n".join(pieces[1:]) + "\n", "utf-8")
    return folder


@pytest.fixture(scope="session")
def nemo_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    """One process imports NeMo once (35 s) and builds every model of this folder."""
    folder = tmp_path_factory.mktemp("nemo")
    tokenizer_dir = train_tokenizer(folder / "tokenizer")
    kinds = {"cache_aware": CACHE_AWARE, "full_context": FULL_CONTEXT, "local_context": LOCAL_CONTEXT}
    return {name: make_model(folder / f"{name}.nemo", tokenizer_dir, kind) for name, kind in kinds.items()}


def make_model(path: Path, tokenizer_dir: Path, encoder: dict[str, Any], *, width: int = 48, layers: int = 2, heads: int = 4,
               channels: int = 24) -> Pair:  # fmt: skip
    """Build a NeMo CTC model with random weights and save it."""
    import torch
    from nemo.collections.asr.models import EncDecCTCModelBPE
    from omegaconf import OmegaConf

    torch.manual_seed(7)
    per_feature = encoder["conv_norm_type"] == "batch_norm"
    config = OmegaConf.create({
        "sample_rate": 16_000,
        "log_prediction": False,
        "preprocessor": {
            "_target_": "nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor",
            "sample_rate": 16_000, "normalize": "per_feature" if per_feature else "NA", "window_size": 0.025,
            "window_stride": 0.01, "window": "hann", "features": 80, "n_fft": 512,
            "frame_splicing": 1, "dither": 0.0, "pad_to": 0,
        },
        "encoder": {
            "_target_": "nemo.collections.asr.modules.ConformerEncoder",
            "feat_in": 80, "feat_out": -1, "n_layers": layers, "d_model": width, "subsampling": "dw_striding",
            "subsampling_factor": 8, "subsampling_conv_channels": channels, "ff_expansion_factor": 4,
            "self_attention_model": "rel_pos", "n_heads": heads, "conv_kernel_size": 9, "untie_biases": True,
            "pos_emb_max_len": 5000, "dropout": 0.1, "dropout_pre_encoder": 0.1, "dropout_emb": 0.0,
            "dropout_att": 0.1, **encoder,
        },
        "decoder": {
            "_target_": "nemo.collections.asr.modules.ConvASRDecoder",
            "feat_in": None, "num_classes": -1, "vocabulary": [],
        },
        "decoding": {"strategy": "greedy_batch"},
        "tokenizer": {"dir": str(tokenizer_dir), "type": "bpe"},
        "optim": {"name": "adamw", "lr": 1e-3},
    })  # fmt: skip
    model = EncDecCTCModelBPE(cfg=config).eval()
    randomize(model.encoder)
    randomize(model.decoder)
    model.save_to(str(path))
    return Pair(model=model, path=path)

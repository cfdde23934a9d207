"""A recipe to a NeMo model: from scratch, from a hub id or from a local `.nemo`."""

from __future__ import annotations

import json
import logging
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.digest import sha256_of
from data.errors import BrokenPackage, ConfigError, Unavailable
from data.schema import RATE_HZ
from models.asr.config import ModelConfig, Recipe

if TYPE_CHECKING:
    import torch
    from nemo.collections.asr.models import EncDecCTCModelBPE


def build(recipe: Recipe, tokenizer_dir: Path) -> EncDecCTCModelBPE:
    """The model that the recipe asks for, with the tokenizer in `tokenizer_dir` unless it keeps its own.

    Raises:
        ConfigError: the checkpoint to start from is missing, or is no CTC model with pieces.
        BrokenPackage: the local `.nemo` has another digest than expected.
        Unavailable: the hub does not answer.
    """
    import torch
    from nemo.collections.asr.models import EncDecCTCModelBPE
    from nemo.utils import logging as nemo_logging

    nemo_logging.setLevel(logging.ERROR)
    start = recipe.model.start_from
    if not start:
        from omegaconf import OmegaConf

        return EncDecCTCModelBPE(cfg=OmegaConf.create(nemo_config(recipe.model, tokenizer_dir)))
    if not hasattr(tarfile, "data_filter"):
        raise ConfigError("NeMo opens its files with Python 3.11.4 or newer alone", pointer="/model/start_from")
    if start.endswith(".nemo"):
        path = Path(start)
        _check_digest(path, recipe.model.start_sha256)
        model = EncDecCTCModelBPE.restore_from(str(path), map_location=torch.device("cpu"))
    else:
        try:
            model = EncDecCTCModelBPE.from_pretrained(start, map_location=torch.device("cpu"))
        except (OSError, ConnectionError) as error:
            raise Unavailable(f"the hub did not give {start}: {error}") from error
    if not isinstance(model, EncDecCTCModelBPE):
        raise ConfigError(f"{start} is a {type(model).__name__}, not a CTC model with pieces", pointer="/model/start_from")
    model.spec_augmentation = None  # type: ignore[assignment]  # Ours is applied by the training step.
    if not recipe.tokenizer.keep:
        model.change_vocabulary(str(tokenizer_dir), "bpe")
    return model


def nemo_config(model: ModelConfig, tokenizer_dir: Path) -> dict[str, Any]:
    """NeMo's configuration of a cache-aware FastConformer-CTC: everything causal but the look-ahead of a chunk."""
    return {
        "sample_rate": RATE_HZ,
        "preprocessor": {
            "_target_": "nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor",
            "sample_rate": RATE_HZ,
            "normalize": "NA",  # Statistics of a whole utterance do not exist while it is still spoken.
            "window_size": 0.025,
            "window_stride": 0.01,
            "window": "hann",
            "features": 80,
            "n_fft": 512,
            "log": True,
            "frame_splicing": 1,
            "dither": 0.0,  # The augmentation adds noise of its own; serving must not.
            "pad_to": 0,
        },
        "tokenizer": {"dir": str(tokenizer_dir), "type": "bpe"},
        "encoder": {
            "_target_": "nemo.collections.asr.modules.ConformerEncoder",
            "feat_in": 80,
            "feat_out": -1,
            "n_layers": model.layers,
            "d_model": model.d_model,
            "subsampling": "dw_striding",
            "subsampling_factor": 8,
            "subsampling_conv_channels": model.subsampling_channels,
            "causal_downsampling": True,
            "ff_expansion_factor": model.feed_forward_factor,
            "self_attention_model": "rel_pos",
            "n_heads": model.heads,
            "att_context_size": [[model.left_context, look_ahead] for look_ahead in model.look_aheads],
            "att_context_style": "chunked_limited",
            "xscaling": True,
            "untie_biases": True,
            "pos_emb_max_len": 5000,
            "conv_kernel_size": model.conv_kernel,
            "conv_norm_type": "layer_norm",
            "conv_context_size": "causal",
            "dropout": model.dropout,
            "dropout_pre_encoder": model.dropout,
            "dropout_emb": 0.0,
            "dropout_att": model.dropout,
        },
        "decoder": {
            "_target_": "nemo.collections.asr.modules.ConvASRDecoder",
            "feat_in": None,
            "num_classes": -1,
            "vocabulary": [],
        },
        # NeMo's transcribe() reads this section; nothing is loaded from it.
        "validation_ds": {"defer_setup": True, "manifest_filepath": None, "use_start_end_token": False},
    }


def settle_subsampling(model: EncDecCTCModelBPE, samples_BT: torch.Tensor, samples_B: torch.Tensor) -> None:
    """Start the subsampling with outputs of mean 0 and deviation 1 in every channel, measured on some clips.

    Log-mel without normalisation lies around -10, and fresh convolutions shrink what varies in it until biases drown it:
    a small network spends its first thousand steps on that. The weights can say it at once; serving has nothing to do.
    Source: Krähenbühl et al. 2016, data-dependent initialization.
    """
    import torch

    encoder: Any = model.encoder

    def settle(layer: Any, _: object, output: torch.Tensor) -> torch.Tensor:
        dims = (0, 2, 3) if output.ndim == 4 else (0, 1)
        shape = (1, -1, 1, 1) if output.ndim == 4 else (1, 1, -1)
        mean, deviation = output.mean(dims), output.std(dims).clamp(min=1e-4)
        if isinstance(layer, torch.nn.Linear) and encoder.xscale:
            deviation = deviation * encoder.xscale  # The encoder multiplies by it right after.
        layer.weight /= deviation.view(-1, *[1] * (layer.weight.ndim - 1))
        layer.bias.copy_((layer.bias - mean) / deviation)
        return (output - mean.view(shape)) / deviation.view(shape)

    layers = [m for m in encoder.pre_encode.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    hooks = [layer.register_forward_hook(settle) for layer in layers]
    try:
        with torch.no_grad():
            features_BMF, frames_B = model.preprocessor(input_signal=samples_BT, length=samples_B)
            encoder.pre_encode(x=features_BMF.transpose(1, 2), lengths=frames_B)
    finally:
        for hook in hooks:
            hook.remove()


def _check_digest(path: Path, expected: str) -> None:
    """A `.nemo` holds pickled tensors: only one whose digest is known may be opened."""
    if not path.is_file():
        raise ConfigError(f"{path} is missing", pointer="/model/start_from")
    if not expected:
        try:
            expected = json.loads((path.parent / "run.json").read_text("utf-8"))["model_sha256"]
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(f"say the digest of {path}", pointer="/model/start_sha256") from error
    if sha256_of(path) != expected:
        raise BrokenPackage(f"{path} has another digest than expected")

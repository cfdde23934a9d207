"""FastConformer with a CTC head for inference: pure PyTorch, the weights of a `.nemo` under their own names.

B batch, T time (feature frames before subsampling, encoder frames after), M mel bands, C channels, D model width,
V vocabulary with the blank last.

Source: equal to NeMo 3.0.0's EncDecCTCModelBPE within 1e-4 on log-probs (tests/golden/test_against_nemo.py). Attention
of limited context is computed in blocks that see only their own window, so that time and memory grow with the length
of the audio and not with its square; NeMo computes all pairs and masks most of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from data.errors import ConfigError
from models.asr.attention import Attention, Span, Window, make_window
from models.asr.convolution import padded_conv
from models.asr.nemo_file import Checkpoint, ctc_head


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The hyper-parameters of a model, as its checkpoint gives them."""

    mel_bands: int
    layers: int
    width: int
    heads: int
    feed_forward: int
    kernel: int
    kernel_left: int
    conv_norm: str
    sub_channels: int
    sub_layers: int
    sub_causal: bool
    scale: float
    bias: bool
    outputs: int
    chunked: bool
    look_aheads: tuple[tuple[int, int], ...]

    @classmethod
    def from_nemo(cls, config: dict[str, Any]) -> Shape:
        """Read the `encoder` section and the CTC head of a NeMo configuration.

        Raises:
            ConfigError: the encoder is of a kind that is not built here.
        """
        encoder = config["encoder"]
        kinds = {
            "subsampling": ("dw_striding",),
            "self_attention_model": ("rel_pos",),
            "att_context_style": ("regular", "chunked_limited"),
            "conv_norm_type": ("batch_norm", "layer_norm"),
            "reduction": (None,),
            "conv_context_style": ("regular",),
        }
        for key, known in kinds.items():
            if encoder.get(key, known[0]) not in known:
                raise ConfigError(f"{key} {encoder[key]!r} is none of {known}", pointer=f"/encoder/{key}")
        width, kernel = encoder["d_model"], encoder.get("conv_kernel_size", 31)
        if encoder.get("feat_out", -1) not in (-1, width):
            raise ConfigError("an output projection is not built here", pointer="/encoder/feat_out")
        context = encoder.get("conv_context_size") or [(kernel - 1) // 2] * 2
        channels = encoder.get("subsampling_conv_channels", -1)
        return cls(
            mel_bands=encoder["feat_in"],
            layers=encoder["n_layers"],
            width=width,
            heads=encoder.get("n_heads", 4),
            feed_forward=width * encoder.get("ff_expansion_factor", 4),
            kernel=kernel,
            kernel_left=kernel - 1 if context == "causal" else context[0],
            conv_norm=encoder.get("conv_norm_type", "batch_norm"),
            sub_channels=width if channels == -1 else channels,
            sub_layers=int(math.log2(encoder.get("subsampling_factor", 4))),
            sub_causal=bool(encoder.get("causal_downsampling", False)),
            scale=math.sqrt(width) if encoder.get("xscaling", True) else 1.0,
            bias=bool(encoder.get("use_bias", True)),
            outputs=len(ctc_head(config)["vocabulary"]) + 1,
            chunked=encoder.get("att_context_style", "regular") == "chunked_limited",
            look_aheads=tuple((left, right) for left, right in _pairs(encoder.get("att_context_size") or [-1, -1])),
        )


def _pairs(sizes: list[Any]) -> list[Any]:
    """NeMo takes one pair or a list of them."""
    return sizes if isinstance(sizes[0], list) else [sizes]


def load_model(checkpoint: Checkpoint, right_context: int | None = None) -> FastConformer:
    """Build the model of a checkpoint, ready to run.

    Args:
        right_context: frames of look-ahead, one of the checkpoint's; the farthest where none is given, -1 for all.
    Raises:
        ConfigError: the model is of another kind, lacks a weight, or was not trained for this look-ahead.
    """
    shape = Shape.from_nemo(checkpoint.config)
    known = {right: (left, right) for left, right in shape.look_aheads}
    # -1, no limit, is the farthest of all.
    farthest = -1 if -1 in known else max(known)
    chosen = known.get(farthest if right_context is None else right_context)
    if chosen is None:
        raise ConfigError(f"look-ahead {right_context} is none of the checkpoint's: {sorted(known)}", pointer="/right_context")
    model = FastConformer(shape, chosen)
    weights = {name.removeprefix("encoder."): value.float() for name, value in checkpoint.weights.items()}
    head = "ctc_decoder.decoder_layers.0." if "aux_ctc" in checkpoint.config else "decoder.decoder_layers.0."
    weights |= {"head." + name.removeprefix(head): value for name, value in weights.items() if name.startswith(head)}
    wanted = model.state_dict()
    missing = sorted(wanted.keys() - weights.keys())
    if missing:
        raise ConfigError(f"the checkpoint lacks {missing[0]} and {len(missing) - 1} more weights")
    # Pointwise convolutions are linear layers here: their kernels of one lose their last axis.
    model.load_state_dict({name: weights[name].reshape(value.shape) for name, value in wanted.items()})
    for module in model.modules():
        if isinstance(module, Attention):
            module.project_positions()
    return model.eval().requires_grad_(False)


class FastConformer(nn.Module):
    """Features to log-probabilities."""

    def __init__(self, shape: Shape, look_ahead: tuple[int, int]) -> None:
        super().__init__()
        self.shape = shape
        self.span = Span(left=look_ahead[0], right=look_ahead[1], chunked=shape.chunked)
        self.pre_encode = Subsampling(shape)
        self.layers = nn.ModuleList(Layer(shape, self.span) for _ in range(shape.layers))
        self.head = nn.Linear(shape.width, shape.outputs)

    def forward(self, features_BTM: Tensor, lengths_B: Tensor) -> tuple[Tensor, Tensor]:
        """Run a padded batch; each item's result is the same as alone.

        Args:
            lengths_B: feature frames that are no padding, int64.
        Returns:
            log_probs_BTV, and the encoder frames that are no padding, int64; what stands behind them means nothing.
        """
        x_BTD, lengths_B = self.pre_encode(features_BTM, lengths_B)
        x_BTD = x_BTD * self.shape.scale
        real_BT = torch.arange(x_BTD.size(1), device=x_BTD.device)[None] < lengths_B[:, None]
        window = make_window(self.span, real_BT)
        keep_BT1 = real_BT[..., None].to(x_BTD.dtype)
        for layer in self.layers:
            x_BTD = layer(x_BTD, keep_BT1, window)
        return fn.log_softmax(self.head(x_BTD), dim=-1), lengths_B


class Subsampling(nn.Module):
    """Three strided convolutions over time and frequency, all but the first depthwise-separable: 8 frames become one."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        channels = shape.sub_channels
        self.before, self.after = (2, 1) if shape.sub_causal else (1, 1)
        layers: list[nn.Module] = [nn.Conv2d(1, channels, 3, 2), nn.ReLU()]
        for _ in range(shape.sub_layers - 1):
            layers += [nn.Conv2d(channels, channels, 3, 2, groups=channels), nn.Conv2d(channels, channels, 1), nn.ReLU()]
        self.conv = nn.ModuleList(layers)
        bands = shape.mel_bands
        for _ in range(shape.sub_layers):
            bands = self.halved(bands)
        self.out = nn.Linear(channels * bands, shape.width)

    def halved(self, length: Any) -> Any:
        """How long a length is after one strided convolution: an int or a tensor of them."""
        return (length + (self.before + self.after - 3)) // 2 + 1

    def forward(self, x_BTM: Tensor, lengths_B: Tensor) -> tuple[Tensor, Tensor]:
        x_BCTM = x_BTM[:, None]
        for layer in self.conv:
            if isinstance(layer, nn.Conv2d) and layer.stride == (2, 2):
                # Padding must be zero wherever a kernel reaches over the end, and biases make it something else.
                x_BCTM = padded_conv(_cut(x_BCTM, lengths_B), layer, self.before, self.after)
                lengths_B = self.halved(lengths_B)
            else:
                x_BCTM = layer(x_BCTM)
        return self.out(x_BCTM.transpose(1, 2).flatten(2)), lengths_B


def _cut(x_BCTM: Tensor, lengths_B: Tensor) -> Tensor:
    real_BT = torch.arange(x_BCTM.size(2), device=x_BCTM.device)[None] < lengths_B[:, None]
    return x_BCTM * real_BT[:, None, :, None].to(x_BCTM.dtype)


class Layer(nn.Module):
    """Half a feed-forward, attention, convolution, half a feed-forward: each added to what came in."""

    def __init__(self, shape: Shape, span: Span) -> None:
        super().__init__()
        self.norm_feed_forward1, self.feed_forward1 = nn.LayerNorm(shape.width), FeedForward(shape)
        self.norm_self_att, self.self_attn = nn.LayerNorm(shape.width), Attention(shape.width, shape.heads, shape.bias, span)
        self.norm_conv, self.conv = nn.LayerNorm(shape.width), Convolution(shape)
        self.norm_feed_forward2, self.feed_forward2 = nn.LayerNorm(shape.width), FeedForward(shape)
        self.norm_out = nn.LayerNorm(shape.width)

    def forward(self, x_BTD: Tensor, keep_BT1: Tensor, window: Window) -> Tensor:
        x_BTD = x_BTD + 0.5 * self.feed_forward1(self.norm_feed_forward1(x_BTD))
        x_BTD = x_BTD + self.self_attn(self.norm_self_att(x_BTD), window)
        x_BTD = x_BTD + self.conv(self.norm_conv(x_BTD), keep_BT1)
        x_BTD = x_BTD + 0.5 * self.feed_forward2(self.norm_feed_forward2(x_BTD))
        return self.norm_out(x_BTD)


class FeedForward(nn.Module):
    """Wide, swish, narrow."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.linear1 = nn.Linear(shape.width, shape.feed_forward, bias=shape.bias)
        self.linear2 = nn.Linear(shape.feed_forward, shape.width, bias=shape.bias)

    def forward(self, x_BTD: Tensor) -> Tensor:
        return self.linear2(fn.silu(self.linear1(x_BTD)))


class Convolution(nn.Module):
    """Gated pointwise, depthwise over time, norm, swish, pointwise."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.padding = (shape.kernel_left, shape.kernel - 1 - shape.kernel_left)
        self.pointwise_conv1 = nn.Linear(shape.width, 2 * shape.width, bias=shape.bias)
        self.depthwise_conv = nn.Conv1d(shape.width, shape.width, shape.kernel, groups=shape.width, bias=shape.bias)
        by_frame = shape.conv_norm == "layer_norm"
        self.batch_norm = nn.LayerNorm(shape.width) if by_frame else nn.BatchNorm1d(shape.width)
        self.pointwise_conv2 = nn.Linear(shape.width, shape.width, bias=shape.bias)

    def forward(self, x_BTD: Tensor, keep_BT1: Tensor) -> Tensor:
        x_BTD = fn.glu(self.pointwise_conv1(x_BTD), dim=-1) * keep_BT1
        x_BDT = padded_conv(x_BTD.transpose(1, 2), self.depthwise_conv, *self.padding)
        if isinstance(self.batch_norm, nn.BatchNorm1d):
            x_BTD = self.batch_norm(x_BDT).transpose(1, 2)
        else:
            x_BTD = self.batch_norm(x_BDT.transpose(1, 2))
        return self.pointwise_conv2(fn.silu(x_BTD))

"""T5 for inference, in PyTorch alone: the weights of a folder in transformers' format, cut where serving wants to cut it.

`Encoder` runs once a text and gives the keys and values that the decoder looks up in it. `DecoderStep` reads a block of
tokens at once, each row of a batch at a position of its own, beside keys and values that the host keeps.

B rows, S source tokens, T tokens of a block, C cached tokens, D model, F feed-forward, H heads, K width of a head,
E = H·K, V vocabulary.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from data.errors import ConfigError
from models.normalizer.tokenizer import PAD

#: Far enough that nothing is left of it after a softmax, and no infinity, which would make a row without any key NaN.
MASKED = -1e9

Weights = dict[str, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The architecture, as config.json of transformers says it."""

    width: int
    heads: int
    head_width: int
    layers: int
    decoder_layers: int
    buckets: int
    max_distance: int
    epsilon: float
    scaled: bool
    """Whether the decoder's output is scaled before the head, as where embeddings are tied."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Shape:
        """
        Raises:
            ConfigError: the model is no T5 with gated GELU.
        """
        if config.get("model_type") != "t5" or config.get("feed_forward_proj") != "gated-gelu":
            found = f"{config.get('model_type')}, {config.get('feed_forward_proj')}"
            raise ConfigError(f"only a T5 with gated-gelu can be exported, not {found}", pointer="/feed_forward_proj")
        return cls(
            width=config["d_model"],
            heads=config["num_heads"],
            head_width=config["d_kv"],
            layers=config["num_layers"],
            decoder_layers=config.get("num_decoder_layers") or config["num_layers"],
            buckets=config["relative_attention_num_buckets"],
            max_distance=config.get("relative_attention_max_distance", 128),
            epsilon=config["layer_norm_epsilon"],
            scaled=config.get("tie_word_embeddings") is not False,
        )


class T5(nn.Module):
    """Both halves."""

    def __init__(self, shape: Shape, weights: Weights) -> None:
        super().__init__()
        self.shape = shape
        self.parameters_in_checkpoint = sum({id(w): w.numel() for w in weights.values()}.values())
        self.encoder = Encoder(shape, weights)
        self.decoder = DecoderStep(shape, weights)


def load_t5(folder: Path) -> T5:
    """The model of a folder in transformers' format, in fp32, ready for inference.

    Equal to transformers' own to 1e-4 on logits (tests/unit/test_normalizer_t5.py).

    Raises:
        ConfigError: the folder holds no T5 that can be exported.
    """
    try:
        shape = Shape.from_config(json.loads((folder / "config.json").read_text("utf-8")))
        weights = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
        return T5(shape, weights).requires_grad_(False).eval()
    except (OSError, ValueError, SafetensorError) as error:
        raise ConfigError(f"{folder} holds no T5 model: {error}", pointer="/checkpoint") from error
    except (KeyError, IndexError, TypeError, RuntimeError) as error:
        raise ConfigError(f"{folder} lacks a part of its T5 model: {error}", pointer="/checkpoint") from error


class Encoder(nn.Module):
    """Source tokens to the keys and values of every decoder layer, and the bytes' own mask."""

    def __init__(self, shape: Shape, weights: Weights) -> None:
        super().__init__()
        names = [f"encoder.block.{n}" for n in range(shape.layers)]
        self.embedding = nn.Embedding.from_pretrained(weights["shared.weight"].clone())
        bias = weights[f"{names[0]}.layer.0.SelfAttention.relative_attention_bias.weight"]
        self.positions = _Bias(_bias_by_distance(bias, shape, both_ways=True))
        self.max_distance = shape.max_distance
        self.layers = nn.ModuleList(_EncoderLayer(shape, weights, name, first=not n) for n, name in enumerate(names))
        self.norm = _Norm(shape, weights["encoder.final_layer_norm.weight"])
        crosses = [f"decoder.block.{n}.layer.1.EncDecAttention" for n in range(shape.decoder_layers)]
        self.keys = nn.ModuleList(_linear(weights[f"{name}.k.weight"]) for name in crosses)
        self.values = nn.ModuleList(_linear(weights[f"{name}.v.weight"]) for name in crosses)
        self.heads = shape.heads

    def forward(self, source_BS: Tensor) -> tuple[Tensor, ...]:
        """
        Returns:
            keys, values of the first decoder layer, of the second…: each HBSK.
        """
        x_BSD = self.embedding(source_BS)
        at_S = torch.arange(source_BS.size(1), device=source_BS.device)
        distance_SS = (at_S[None, :] - at_S[:, None]).clamp(-self.max_distance, self.max_distance) + self.max_distance
        mask_BS = (source_BS == PAD) * MASKED
        bias_HBSS = self.positions(distance_SS)[:, None] + mask_BS[None, :, None, :]
        for layer in self.layers:
            x_BSD = layer(source_BS, x_BSD, bias_HBSS)
        x_BSD = self.norm(x_BSD)
        found = []
        for keys, values in zip(self.keys, self.values, strict=True):
            found += [split_heads(keys(x_BSD), self.heads), split_heads(values(x_BSD), self.heads)]
        return tuple(found)


class DecoderStep(nn.Module):
    """A block of tokens, what was cached before it, and the source: what comes after each token of the block."""

    def __init__(self, shape: Shape, weights: Weights) -> None:
        super().__init__()
        names = [f"decoder.block.{n}" for n in range(shape.decoder_layers)]
        self.embedding = nn.Embedding.from_pretrained(weights["shared.weight"].clone())
        bias = weights[f"{names[0]}.layer.0.SelfAttention.relative_attention_bias.weight"]
        table_XH = _bias_by_distance(bias, shape, both_ways=False)
        # One more entry, the first, for what must not be seen; so one look-up gives bias and mask.
        self.positions = _Bias(torch.cat([torch.full_like(table_XH[:1], MASKED), table_XH]))
        self.max_distance, self.heads = shape.max_distance, shape.heads
        self.layers = nn.ModuleList(_DecoderLayer(shape, weights, name, first=not n) for n, name in enumerate(names))
        scale = shape.width**-0.5 if shape.scaled else 1.0
        self.norm = _Norm(shape, weights["decoder.final_layer_norm.weight"] * scale)
        self.head = _linear(weights.get("lm_head.weight", weights["shared.weight"]))

    def forward(self, tokens_BT: Tensor, cached_B: Tensor, source_B: Tensor, *tensors: Tensor) -> tuple[Tensor, ...]:
        """
        Args:
            tokens_BT: the last token that is certain and guesses of what follows.
            cached_B: how many entries of each row's cache are valid.
            source_B: how many tokens each row's source has.
            tensors: for each layer its cached keys and values, HBCK, and then the encoder's for it, HBSK.
        Returns:
            logits_BTV, then the keys and values of the block for each layer, HBTK.
        """
        cached_HBCK, source_HBSK = tensors[0], tensors[2]
        at_T = torch.arange(tokens_BT.size(1), device=tokens_BT.device)
        at_C = torch.arange(cached_HBCK.size(2), device=tokens_BT.device)
        at_S = torch.arange(source_HBSK.size(2), device=tokens_BT.device)
        back_BTC = (cached_B[:, None, None] + at_T[None, :, None] - at_C).clamp(max=self.max_distance) + 1
        back_BTC = back_BTC * (at_C < cached_B[:, None])[:, None, :]
        back_TT = (at_T[:, None] - at_T[None, :]).clamp(-1, self.max_distance) + 1
        bias_HBTC, bias_HTT = self.positions(back_BTC), self.positions(back_TT)[:, None]
        mask_BS = ((at_S >= source_B[:, None]) * MASKED)[None, :, None, :]
        x_BTD = self.embedding(tokens_BT)
        new = []
        for n, layer in enumerate(self.layers):
            x_BTD, k, v = layer(tokens_BT, x_BTD, bias_HBTC, bias_HTT, mask_BS, *tensors[4 * n : 4 * n + 4])
            new += [k, v]
        return self.head(self.norm(x_BTD)), *new


class _EncoderLayer(nn.Module):
    def __init__(self, shape: Shape, weights: Weights, name: str, *, first: bool) -> None:
        super().__init__()
        self.attention = _SelfAttention(shape, weights, f"{name}.layer.0", first=first)
        self.feed_forward = _FeedForward(shape, weights, f"{name}.layer.1")

    def forward(self, tokens_BS: Tensor, x_BSD: Tensor, bias_HBSS: Tensor) -> Tensor:
        q, k, v = self.attention(tokens_BS, x_BSD)
        weights_HBSS = torch.softmax(q @ k.transpose(2, 3) + bias_HBSS, dim=3)
        x_BSD = x_BSD + self.attention.output(join_heads(weights_HBSS @ v))
        return x_BSD + self.feed_forward(x_BSD)


class _DecoderLayer(nn.Module):
    def __init__(self, shape: Shape, weights: Weights, name: str, *, first: bool) -> None:
        super().__init__()
        self.attention = _SelfAttention(shape, weights, f"{name}.layer.0", first=first)
        self.cross = _CrossAttention(shape, weights, f"{name}.layer.1")
        self.feed_forward = _FeedForward(shape, weights, f"{name}.layer.2")

    def forward(
        self, tokens_BT: Tensor, x_BTD: Tensor, bias_HBTC: Tensor, bias_HTT: Tensor, mask_BS: Tensor, past_k: Tensor,
        past_v: Tensor, source_k: Tensor, source_v: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        q, k, v = self.attention(tokens_BT, x_BTD)
        # Two products and not one over joined keys: joining would copy the whole cache at each step.
        scores = torch.cat([q @ past_k.transpose(2, 3) + bias_HBTC, q @ k.transpose(2, 3) + bias_HTT], dim=3)
        weights, length = torch.softmax(scores, dim=3), past_k.size(2)
        seen_HBTK = weights[..., :length] @ past_v + weights[..., length:] @ v
        x_BTD = x_BTD + self.attention.output(join_heads(seen_HBTK))
        x_BTD = x_BTD + self.cross(x_BTD, source_k, source_v, mask_BS)
        return x_BTD + self.feed_forward(x_BTD), k, v


class _SelfAttention(nn.Module):
    """The projections of one self-attention; of the first layer they depend on the token alone, and become tables."""

    def __init__(self, shape: Shape, weights: Weights, name: str, *, first: bool) -> None:
        super().__init__()
        self.heads = shape.heads
        self.norm = _Norm(shape, weights[f"{name}.layer_norm.weight"])
        projections = [_linear(weights[f"{name}.SelfAttention.{part}.weight"]) for part in "qkv"]
        self.output = _linear(weights[f"{name}.SelfAttention.o.weight"])
        self.tables, self.projections = nn.ModuleList(), nn.ModuleList()
        if first:
            with torch.no_grad():
                normed_VD = self.norm(weights["shared.weight"])
                self.tables.extend(
                    _Table(split_heads(linear(normed_VD)[None], self.heads)[:, 0].contiguous()) for linear in projections
                )
        else:
            self.projections.extend(projections)

    def forward(self, tokens_BT: Tensor, x_BTD: Tensor) -> list[Tensor]:
        """Queries, keys and values, HBTK."""
        if self.tables:
            return [table(tokens_BT) for table in self.tables]
        normed = self.norm(x_BTD)
        return [split_heads(linear(normed), self.heads) for linear in self.projections]


class _CrossAttention(nn.Module):
    def __init__(self, shape: Shape, weights: Weights, name: str) -> None:
        super().__init__()
        self.heads = shape.heads
        self.norm = _Norm(shape, weights[f"{name}.layer_norm.weight"])
        self.query = _linear(weights[f"{name}.EncDecAttention.q.weight"])
        self.output = _linear(weights[f"{name}.EncDecAttention.o.weight"])

    def forward(self, x_BTD: Tensor, keys_HBSK: Tensor, values_HBSK: Tensor, mask_1B1S: Tensor) -> Tensor:
        query_HBTK = split_heads(self.query(self.norm(x_BTD)), self.heads)
        return self.output(join_heads(torch.softmax(query_HBTK @ keys_HBSK.transpose(2, 3) + mask_1B1S, dim=3) @ values_HBSK))


class _FeedForward(nn.Module):
    def __init__(self, shape: Shape, weights: Weights, name: str) -> None:
        super().__init__()
        self.norm = _Norm(shape, weights[f"{name}.layer_norm.weight"])
        self.gate = _linear(weights[f"{name}.DenseReluDense.wi_0.weight"])
        self.inner = _linear(weights[f"{name}.DenseReluDense.wi_1.weight"])
        self.outer = _linear(weights[f"{name}.DenseReluDense.wo.weight"])

    def forward(self, x_BTD: Tensor) -> Tensor:
        normed = self.norm(x_BTD)
        return self.outer(nn.functional.gelu(self.gate(normed), approximate="tanh") * self.inner(normed))


class _Norm(nn.Module):
    def __init__(self, shape: Shape, weight_D: Tensor) -> None:
        super().__init__()
        self.weight, self.epsilon = nn.Parameter(weight_D.clone()), shape.epsilon

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * (x / torch.sqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon))


class _Bias(nn.Module):
    """A number for each head by distance."""

    table: Tensor

    def __init__(self, table_XH: Tensor) -> None:
        super().__init__()
        self.register_buffer("table", table_XH.clone())

    def forward(self, distance: Tensor) -> Tensor:
        """H…: looked up for all heads together and then turned, which is several times as fast as number by number."""
        return self.table[distance].movedim(distance.dim(), 0)


class _Table(nn.Module):
    """A vector for each head and token."""

    table: Tensor

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.register_buffer("table", table.clone())

    def forward(self, index: Tensor) -> Tensor:
        return self.table[:, index]


def _linear(weight: Tensor) -> nn.Linear:
    linear = nn.Linear(weight.size(1), weight.size(0), bias=False)
    linear.weight = nn.Parameter(weight.clone(), requires_grad=False)
    return linear


def split_heads(x_BTE: Tensor, heads: int) -> Tensor:
    """HBTK: heads lead, so that a bias by head and distance needs no turning."""
    return x_BTE.unflatten(-1, (heads, -1)).permute(2, 0, 1, 3)


def join_heads(x_HBTK: Tensor) -> Tensor:
    return x_HBTK.permute(1, 2, 0, 3).flatten(2)


def _bias_by_distance(bias_XH: Tensor, shape: Shape, *, both_ways: bool) -> Tensor:
    """The bias by distance of each head, farther ones cut off: key − query + max where both ways, else query − key.

    Source: the buckets of T5, exact near and logarithmic far.
    """
    farthest = shape.max_distance
    if not both_ways:
        return bias_XH[_bucket(torch.arange(farthest + 1), shape.buckets, farthest)]
    relative = torch.arange(-farthest, farthest + 1)
    half = shape.buckets // 2
    return bias_XH[(relative > 0) * half + _bucket(relative.abs(), half, farthest)]


def _bucket(distance: Tensor, buckets: int, farthest: int) -> Tensor:
    exact = buckets // 2
    # In fp32 and in this order, for a distance at the edge of two buckets to fall where it fell in training.
    steps = torch.log(distance.float() / exact) / math.log(farthest / exact) * (buckets - exact)
    far = (exact + steps.clamp(min=0).long()).clamp(max=buckets - 1)
    return torch.where(distance < exact, distance, far)

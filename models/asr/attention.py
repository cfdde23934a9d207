"""Attention with relative positions, in blocks of queries that see one window of keys each.

B batch, T time, D model width, H heads, E width of a head, N blocks of queries, S queries a block, K keys that a block
sees, R relative positions. Where the context is unlimited there is one block, and its window is the whole audio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

#: What is added to a masked score: NeMo's number, after which softmax gives an exact zero.
_MASKED = -10_000.0
#: Queries a block at the least: smaller ones make matrix products that no core is fast at.
_BLOCK_QUERIES = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which keys a query may see: `left` and `right` frames, -1 for all; counted in chunks of `right + 1` if chunked.

    Source: ConformerEncoder._create_masks of NeMo 3.0.0.
    """

    left: int
    right: int
    chunked: bool

    @property
    def chunk(self) -> int:
        return self.right + 1

    @property
    def reach(self) -> int:
        """Whole chunks to the left, in frames."""
        return self.left // self.chunk * self.chunk

    @property
    def limited(self) -> bool:
        """Whether a block of queries sees a window of keys and not all of them."""
        return self.chunked and self.left >= 0 and self.right >= 0

    @property
    def block(self) -> int:
        """Queries a block, a multiple of the chunk; of a limited span alone."""
        return -(-_BLOCK_QUERIES // self.chunk) * self.chunk

    def sees(self, query: Tensor, key: Tensor) -> Tensor:
        """Whether frame `query` may see frame `key`; both broadcast."""
        if self.chunked and self.right >= 0:
            behind = query // self.chunk - torch.div(key, self.chunk, rounding_mode="floor")
            seen = behind >= 0
            return seen & (behind <= self.left // self.chunk) if self.left >= 0 else seen
        seen = torch.ones_like(query - key, dtype=torch.bool)
        seen = seen & (query - key <= self.left) if self.left >= 0 else seen
        return seen & (key - query <= self.right) if self.right >= 0 and not self.chunked else seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What every layer shares: the mask, and for blocks the keys of each and the frames that fill the last one."""

    mask_BN1SK: Tensor
    keys_NK: Tensor | None = None
    fill: int = 0


def make_window(span: Span, real_BT: Tensor) -> Window:
    """Lay the windows over a batch whose real frames are `real_BT`."""
    frames = real_BT.size(1)
    time_T = torch.arange(frames, device=real_BT.device)
    if not span.limited:
        seen_BTT = span.sees(time_T[:, None], time_T[None])[None] & real_BT[:, None] & real_BT[..., None]
        return Window(mask_BN1SK=_additive(seen_BTT)[:, None, None])
    blocks = (frames + span.block - 1) // span.block
    starts_N1 = torch.arange(blocks, device=real_BT.device)[:, None] * span.block
    keys_NK = starts_N1 + torch.arange(-span.reach, span.block, device=real_BT.device)
    # Indices outside the audio are moved to its ends, so that nothing need be padded; the mask hides them.
    nearest_NK = keys_NK.clamp(min=0, max=frames - 1)
    inside_BNK = real_BT[:, nearest_NK.flatten()].unflatten(1, (-1, span.reach + span.block)) & (keys_NK == nearest_NK)
    queries_S = torch.arange(span.block, device=real_BT.device)
    keys_K = torch.arange(-span.reach, span.block, device=real_BT.device)
    seen_SK = span.sees(queries_S[:, None], keys_K[None])
    mask = _additive(inside_BNK[:, :, None] & seen_SK)[:, :, None]
    return Window(mask_BN1SK=mask, keys_NK=nearest_NK, fill=blocks * span.block - frames)


def _additive(seen: Tensor) -> Tensor:
    return torch.where(seen, 0.0, _MASKED)


def positions(farthest: int, nearest: int, width: int) -> Tensor:
    """Sinusoids of the relative positions `farthest` … `nearest` (query minus key): positions_RD."""
    # Counted up from zero, since the exporter writes down both ends of any other range.
    position_R1 = (farthest - torch.arange(farthest - nearest + 1))[:, None].float()
    rate_D = torch.exp(torch.arange(0, width, 2, dtype=torch.float32) * -(math.log(10_000.0) / width))
    return torch.stack((torch.sin(position_R1 * rate_D), torch.cos(position_R1 * rate_D)), dim=-1).flatten(1)


class Attention(nn.Module):
    """Transformer-XL attention: content and position both, with a bias of each head's own."""

    position_HER: Tensor

    def __init__(self, width: int, heads: int, bias: bool, span: Span) -> None:
        super().__init__()
        self.heads, self.span = heads, span
        self.linear_q, self.linear_k = nn.Linear(width, width, bias=bias), nn.Linear(width, width, bias=bias)
        self.linear_v, self.linear_out = nn.Linear(width, width, bias=bias), nn.Linear(width, width, bias=bias)
        self.linear_pos = nn.Linear(width, width, bias=False)
        self.pos_bias_u = nn.Parameter(torch.zeros(heads, width // heads))
        self.pos_bias_v = nn.Parameter(torch.zeros(heads, width // heads))
        self.register_buffer("position_HER", None, persistent=False)

    def project_positions(self) -> None:
        """Project the positions of a limited window once for all; they depend on weights alone."""
        if self.span.limited:
            with torch.no_grad():
                self.position_HER = self._project(self.span.reach + self.span.block - 1, 1 - self.span.block)

    def _project(self, farthest: int, nearest: int) -> Tensor:
        weight = self.linear_pos.weight
        position_RD = self.linear_pos(positions(farthest, nearest, weight.size(0)).to(weight))
        return position_RD.unflatten(1, (self.heads, -1)).permute(1, 2, 0)

    def forward(self, x_BTD: Tensor, window: Window) -> Tensor:
        frames, scale = x_BTD.size(1), (x_BTD.size(2) // self.heads) ** -0.5
        query_BTD, key_BTD, value_BTD = self.linear_q(x_BTD), self.linear_k(x_BTD), self.linear_v(x_BTD)
        queries, keys = (self.span.block, self.span.reach + self.span.block) if self.span.limited else (frames, frames)
        if window.keys_NK is None:
            position_HER = self._project(frames - 1, 1 - frames)
            query_BNSD, key_BNKD, value_BNKD = query_BTD[:, None], key_BTD[:, None], value_BTD[:, None]
        else:
            position_HER = self.position_HER
            query_BNSD = fn.pad(query_BTD, (0, 0, 0, window.fill)).unflatten(1, (-1, queries))
            key_BNKD, value_BNKD = key_BTD[:, window.keys_NK], value_BTD[:, window.keys_NK]
        query_BNSHE = query_BNSD.unflatten(-1, (self.heads, -1))
        content_BNHSE = ((query_BNSHE + self.pos_bias_u) * scale).transpose(2, 3)
        position_BNHSE = ((query_BNSHE + self.pos_bias_v) * scale).transpose(2, 3)
        key_BNHEK = key_BNKD.unflatten(-1, (self.heads, -1)).permute(0, 1, 3, 4, 2)
        value_BNHKE = value_BNKD.unflatten(-1, (self.heads, -1)).transpose(2, 3)
        scores_BNHSK = content_BNHSE @ key_BNHEK + _shift(position_BNHSE @ position_HER, queries, keys) + window.mask_BN1SK
        mixed_BNHSE = fn.softmax(scores_BNHSK, dim=-1) @ value_BNHKE
        return self.linear_out(mixed_BNHSE.transpose(2, 3).flatten(3).flatten(1, 2)[:, :frames])


def _shift(x_BNHSR: Tensor, queries: int, keys: int) -> Tensor:
    """Turn scores by relative position into scores by key: row i moves left by S-1-i (Transformer-XL, appendix B)."""
    # The padding makes a row one longer, so that dropping S numbers in front moves each row by one less than the last.
    shifted = fn.pad(x_BNHSR, (1, 0)).flatten(-2)[..., queries:].reshape_as(x_BNHSR)
    return shifted[..., :keys]

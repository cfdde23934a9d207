"""Numbers of four bits: blocks of 32 that share a scale, as in the format Q4_0 of llama.cpp."""

# N rows, D numbers in a row, B blocks of it, K numbers in a block, H bytes of a row.

from __future__ import annotations

import numpy as np

BLOCK = 32


def four_bits(weights_ND: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """steps_ND from -8 to 7 and scales_NB: a number is its step times the scale of its block.

    The number of a block that is furthest from 0 becomes -8, so that what was rounded so before is not rounded again.
    """
    blocks_NBK = weights_ND.reshape(len(weights_ND), -1, BLOCK).astype(np.float32)
    furthest = np.abs(blocks_NBK).argmax(axis=2)[..., None]
    scales_NB1 = np.take_along_axis(blocks_NBK, furthest, axis=2) / -8
    steps_NBK = np.round(blocks_NBK / np.where(scales_NB1 == 0, 1, scales_NB1)).clip(-8, 7).astype(np.int8)
    return steps_NBK.reshape(weights_ND.shape), scales_NB1[..., 0]


def two_in_a_byte(halves_ND: np.ndarray) -> np.ndarray:
    """bytes_NH: the lower four bits of each two neighbours, the first in the lower half."""
    halves_ND = halves_ND.astype(np.uint8) & 15
    return halves_ND[:, 0::2] | halves_ND[:, 1::2] << 4

"""Numbers of four bits in blocks of 32 that share a scale, as in the format Q4_0 of llama.cpp, and products with them."""

# N rows, D numbers in a row, B blocks of it, K numbers in a block or rows of a matrix, H bytes of a row.

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

BLOCK = 32
#: The first version of ONNX's files that knows numbers of four bits.
_IR_OF_INT4 = 10
#: Scales that are tried, over the one that makes the number furthest from 0 an 8: what is lost there many others gain.
_TRIED = (1.0, 0.97, 0.94, 0.91, 0.88, 0.85, 0.82, 0.79)


def four_bits(weights_ND: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """steps_ND from -8 to 7 and scales_NB: a number is its step times the scale of its block.

    Of each block the scale is taken that changes its numbers least, by squares. First is tried the one that makes the number
    furthest from 0 a step of -8, so that what was rounded so before is not rounded again.
    """
    blocks_NBK = weights_ND.reshape(len(weights_ND), -1, BLOCK).astype(np.float32)
    furthest = np.abs(blocks_NBK).argmax(axis=2)[..., None]
    widest_NB1 = np.take_along_axis(blocks_NBK, furthest, axis=2) / -8
    scales_NB1, steps_NBK = widest_NB1, np.zeros_like(blocks_NBK, np.int8)
    least_NB1 = np.full_like(widest_NB1, np.inf)
    for share in _TRIED:
        tried_NB1 = widest_NB1 * np.float32(share)
        rounded_NBK = np.round(blocks_NBK / np.where(tried_NB1 == 0, 1, tried_NB1)).clip(-8, 7)
        lost_NB1 = np.square(rounded_NBK * tried_NB1 - blocks_NBK).sum(axis=2, keepdims=True)
        better_NB1 = lost_NB1 < least_NB1
        scales_NB1 = np.where(better_NB1, tried_NB1, scales_NB1)
        steps_NBK = np.where(better_NB1, rounded_NBK.astype(np.int8), steps_NBK)
        least_NB1 = np.minimum(lost_NB1, least_NB1)
    return steps_NBK.reshape(weights_ND.shape), scales_NB1[..., 0]


def two_in_a_byte(halves_ND: np.ndarray) -> np.ndarray:
    """bytes_NH: the lower four bits of each two neighbours, the first in the lower half."""
    halves_ND = halves_ND.astype(np.uint8) & 15
    return halves_ND[:, 0::2] | halves_ND[:, 1::2] << 4


def multiply_blocks(model: onnx.ModelProto) -> None:
    """Write products with constant matrices anew, as products with blocks of four bits whose inputs are rounded to eight, block
    by block; the model is changed in place.

    What is no whole number of blocks stays, and so does a matrix of fewer columns than a block: scores of a few classes.
    """
    graph = model.graph
    constants = {one.name: one for one in graph.initializer}
    blocked: dict[str, list[onnx.TensorProto]] = {}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        held = constants.get(node.input[1]) if node.op_type == "MatMul" else None
        if held is None or len(held.dims) != 2 or held.dims[0] % BLOCK or held.dims[1] < BLOCK:
            nodes.append(node)
            continue
        if held.name not in blocked:
            packed, scales = _packed(numpy_helper.to_array(held))
            named = ((packed, f"{held.name}.blocks"), (scales, f"{held.name}.scales"))
            blocked[held.name] = [numpy_helper.from_array(values, name) for values, name in named]
        names = [node.input[0], *(one.name for one in blocked[held.name])]
        inputs, outputs = held.dims
        nodes.append(
            helper.make_node(
                "MatMulNBits", names, list(node.output), name=node.name, domain="com.microsoft",
                K=inputs, N=outputs, bits=4, block_size=BLOCK, accuracy_level=4,
            )
        )  # fmt: skip
    used = {name for node in nodes for name in node.input}
    kept = [one for name, one in constants.items() if name in used or name not in blocked]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*kept, *(one for pair in blocked.values() for one in pair)])
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    model.ir_version = max(model.ir_version, _IR_OF_INT4)


def _packed(weights_KN: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """bytes_NBH and scales: of each column blocks of 32 weights, two in a byte, the first in its lower half."""
    steps_NK, scales_NB = four_bits(weights_KN.T)
    packed_NH = two_in_a_byte(steps_NK + 8)
    return np.ascontiguousarray(packed_NH.reshape(*scales_NB.shape, BLOCK // 2)), scales_NB.ravel()

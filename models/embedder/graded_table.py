"""A graph's table of embeddings in two grades: pieces that texts use most in four bits a number, all others by shared patterns.

The rows of the second grade are cut into stretches of four numbers, and of each stretch 256 patterns are kept, so that four
numbers take one byte (product quantization, Jégou, Douze and Schmid 2011). A row loses a tenth of what it says, and a query of
a few words that holds one such piece keeps a cosine of 0.998.
"""

# V pieces, F of them fine and C coarse, D numbers in a vector, S stretches of it, W numbers in a stretch, P patterns, B blocks.

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from scipy.cluster.vq import kmeans2, vq

from data.errors import ConfigError
from models.four_bits import BLOCK, four_bits, two_in_a_byte

#: Numbers that share a byte in the coarse grade, and what a byte tells apart.
_STRETCH, _PATTERNS = 4, 256
_ROUNDS, _SEED = 10, 0


def table_of(graph: onnx.GraphProto, ids: str) -> onnx.NodeProto:
    """The node that looks token ids up in a table that the graph holds."""
    held = {one.name for one in graph.initializer}
    (found,) = [node for node in graph.node if node.op_type == "Gather" and node.input[0] in held and node.input[1] == ids]
    return found


def grade_table(graph: onnx.GraphProto, ids: str, fine: int) -> None:
    """Replace the table that token ids are looked up in; the graph is changed in place.

    Args:
        ids: the graph's input of them.
        fine: so many rows, the first ones, keep four bits a number.
    Raises:
        ConfigError: a row is no whole number of blocks, or fewer rows than patterns are left.
    """
    looked_up = table_of(graph, ids)
    (table,) = [one for one in graph.initializer if one.name == looked_up.input[0]]
    rows_VD = numpy_helper.to_array(table)
    if rows_VD.shape[1] % BLOCK or len(rows_VD) < fine + _PATTERNS:
        raise ConfigError(
            f"a table of {rows_VD.shape} has no {fine} fine rows beside coarse ones", pointer="/model/fine_pieces"
        )
    nodes, held = _lookup(looked_up.output[0], ids, rows_VD[:fine], rows_VD[fine:])
    graph.initializer.remove(table)
    graph.initializer.extend(held)
    before = list(graph.node)
    at = before.index(looked_up)
    del graph.node[:]
    graph.node.extend([*before[:at], *nodes, *before[at + 1 :]])


def _lookup(
    out: str, ids: str, fine_FD: np.ndarray, coarse_CD: np.ndarray
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """The nodes from ids to vectors, and the constants that they hold; every id is looked up in both grades."""
    steps_FD, scales_FB = four_bits(fine_FD)
    codes_CS, patterns_SPW = patterns_of(coarse_CD)
    stretches, _, width = patterns_SPW.shape
    arrays = {
        "last_fine": np.array(len(fine_FD) - 1, np.int64),
        "first_coarse": np.array(len(fine_FD), np.int64),
        "zero": np.array(0, np.int64),
        # In sixteen bits: the scales of a checkpoint that was of four bits before are no longer than that.
        "scales": scales_FB.astype(np.float16),
        "codes": codes_CS,
        "patterns": patterns_SPW.reshape(-1, width),
        # Where the patterns of each stretch begin.
        "begins": np.arange(stretches, dtype=np.int32) * _PATTERNS,
        "shape": np.array([0, 0, stretches * width], np.int64),
        "last_axis": np.array([-1], np.int64),
    }
    held = [numpy_helper.from_array(values, f"{out}.{key}") for key, values in arrays.items()]
    packed = two_in_a_byte(steps_FD).tobytes()
    held.append(helper.make_tensor(f"{out}.steps", TensorProto.INT4, steps_FD.shape, packed, raw=True))

    def node(kind: str, inputs: list[str], output: str, **attributes: Any) -> onnx.NodeProto:
        names = [ids if one == "ids" else f"{out}.{one}" for one in inputs]
        return helper.make_node(kind, names, [f"{out}.{output}" if output else out], name=f"{out}.{output}", **attributes)

    nodes = [
        node("Less", ["ids", "first_coarse"], "is_fine"),
        node("Min", ["ids", "last_fine"], "fine_ids"),
        node(
            "GatherBlockQuantized", ["steps", "fine_ids", "scales"], "fine_halves",
            domain="com.microsoft", gather_axis=0, quantize_axis=1, block_size=BLOCK,
        ),
        node("Cast", ["fine_halves"], "fine", to=TensorProto.FLOAT),
        node("Sub", ["ids", "first_coarse"], "behind"),
        node("Max", ["behind", "zero"], "coarse_ids"),
        node("Gather", ["codes", "coarse_ids"], "bytes"),
        node("Cast", ["bytes"], "numbers", to=TensorProto.INT32),
        node("Add", ["numbers", "begins"], "places"),
        node("Gather", ["patterns", "places"], "stretches"),
        node("Reshape", ["stretches", "shape"], "coarse"),
        node("Unsqueeze", ["is_fine", "last_axis"], "is_fine_row"),
        node("Where", ["is_fine_row", "fine", "coarse"], ""),
    ]  # fmt: skip
    return nodes, held


def patterns_of(rows_CD: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """codes_CS, bytes, and patterns_SPW: a row is the patterns that its bytes name, one behind the other."""
    random = np.random.default_rng(_SEED)
    codes, patterns = [], []
    for part_CW in np.split(rows_CD.astype(np.float32), rows_CD.shape[1] // _STRETCH, axis=1):
        pattern_PW, _ = kmeans2(part_CW, _PATTERNS, iter=_ROUNDS, minit="points", rng=random)
        codes.append(vq(part_CW, pattern_PW)[0].astype(np.uint8))
        patterns.append(pattern_PW)
    return np.stack(codes, axis=1), np.stack(patterns).astype(np.float32)

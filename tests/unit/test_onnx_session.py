"""A graph means the same on every processor."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from data.errors import BrokenPackage
from models.denormals import CAN
from models.onnx_session import start

INPUTS, OUTPUTS = 64, 32


@pytest.fixture(scope="module")
def extreme(tmp_path_factory):
    """A product of int8 weights, each as large as it can be, behind the quantization of its input."""
    weights = np.where(np.arange(OUTPUTS) % 2, 127, -127) * np.ones((INPUTS, 1))
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["bytes", "scale", "zero"]),
        helper.make_node("MatMulInteger", ["bytes", "weights", "zero"], ["sums"]),
        helper.make_node("Cast", ["sums"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["real", "scale"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "extreme",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", INPUTS])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", OUTPUTS])],
        [numpy_helper.from_array(weights.astype(np.int8), "weights")],
    )
    path = tmp_path_factory.mktemp("extreme") / "extreme.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


@pytest.mark.parametrize("rows", [1, 7, 64])
def test_the_largest_int8_products_are_summed_exactly(extreme, rows):
    """255 times 127, twice, is beyond 16 bits: a processor without VNNI would cut it off."""
    y_RO = np.asarray(start(extreme, None, 1).run(None, {"x": np.ones((rows, INPUTS), np.float32)})[0])
    wanted_O = np.where(np.arange(OUTPUTS) % 2, 127.0, -127.0) * INPUTS
    np.testing.assert_allclose(y_RO, np.broadcast_to(wanted_O, (rows, OUTPUTS)), rtol=1e-5)


@pytest.mark.skipif(not CAN, reason="denormals are left as they are on this machine")
@pytest.mark.parametrize("threads", [1, 2])
def test_denormals_are_zero_within_a_graph_in_every_thread_and_nowhere_else(tmp_path, threads):
    path, side = tmp_path / "square.onnx", 1 << 18  # Large enough that the pool shares it.
    graph = helper.make_graph(
        [helper.make_node("Mul", ["x", "x"], ["y"])],
        "square",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    with ThreadPoolExecutor(1) as early:
        early.submit(int).result()
        session = start(path, None, threads)

        def square(value: float) -> np.ndarray:
            return np.asarray(session.run(None, {"x": np.full(side, value, np.float32)})[0])

        for run in (square, lambda value: early.submit(square, value).result()):
            assert not run(1e-20).any()
            assert run(1e-18).all()
    assert sys.float_info.min / 2 > 0


def test_what_is_no_graph_is_a_broken_package(tmp_path):
    (tmp_path / "graph.onnx").write_bytes(b"not a graph")
    with pytest.raises(BrokenPackage):
        start(tmp_path / "graph.onnx", None, 1)

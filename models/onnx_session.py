"""The graph of a serving package, loaded: the same for every family."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnxruntime

from data.errors import BrokenPackage
from models.denormals import CAN, denormals_are_zero


class _Session(onnxruntime.InferenceSession):
    """One that takes denormals for zero."""

    def run(self, *args: Any, **kwargs: Any) -> Any:
        with denormals_are_zero():
            return super().run(*args, **kwargs)


def start(graph: Path, providers: Sequence[str] | None, threads: int | None) -> onnxruntime.InferenceSession:
    """Load a graph for inference.

    Args:
        providers: CUDA where it is built in, then the CPU, where none are given.
        threads: all cores where none are given.
    Raises:
        BrokenPackage: the graph cannot be loaded.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Idle threads that spin take the cores from whatever else the machine does.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Without VNNI the sum of two int8 products overflows its 16 bits: such processors multiply unsigned bytes instead, exactly.
    options.add_session_config_entry("session.x64quantprecision", "1")
    # The threads of its pool; what this does to the thread that loads the first graph of all ends with the loading.
    options.add_session_config_entry("session.set_denormal_as_zero", str(int(CAN)))
    wanted = providers or ("CUDAExecutionProvider", "CPUExecutionProvider")
    usable = [name for name in wanted if name in onnxruntime.get_available_providers()]
    try:
        with denormals_are_zero():
            return _Session(str(graph), options, providers=usable)
    except Exception as error:  # onnxruntime raises classes of its own that share no narrower base.
        raise BrokenPackage(f"the graph cannot be loaded: {error}", pointer=f"/files/{graph.name}") from error

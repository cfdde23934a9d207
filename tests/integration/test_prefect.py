"""Flows under a real Prefect server: deployments with their schedules, one accelerator, and what a killed flow leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from flows.__main__ import flow_names

ROOT = Path(__file__).resolve().parents[2]
#: Flows of a person at a terminal: the demo starts a service, and the other measures a package for whoever names it.
BY_COMMAND = {"run_demo", "evaluate_model"}

#: Holds the accelerator for `seconds` and says when it got it.
HOLDER = """
import logging, sys, time
from flows.environment import prepare
prepare()
from flows.accelerator import one_accelerator
with one_accelerator(logging.getLogger()):
    print("got", time.time(), flush=True)
    time.sleep(float(sys.argv[1]))
    print("gave", time.time(), flush=True)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """An artifacts folder with a server; the environment that children see."""
    folder = tmp_path_factory.mktemp("prefect")
    keeper = """
        import os, time
        from flows.environment import prepare
        from flows.server import prefect_server, wait_for_server
        prepare()
        with prefect_server():
            wait_for_server()
            print(os.environ["PREFECT_API_URL"], flush=True)
            time.sleep(600)
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "MLFLOW_"))}
    env = {**kept, "PYTHONPATH": str(ROOT), "TIENGNOI_ARTIFACTS": str(folder)}
    server = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(keeper)], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    yield {**env, "PREFECT_API_URL": server.stdout.readline().strip()}
    server.terminate()
    server.wait()


def python(code: str, env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *arguments], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def killed_s(home) -> float:
    """When a flow that held the accelerator was killed; the first test asks for it, so that its lease runs out meanwhile."""
    victim = python(HOLDER, home, "600")
    assert victim.stdout and victim.stdout.readline().startswith("got")
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    return time.monotonic()


def test_every_flow_is_deployed_and_found_by_its_dotted_name(home, killed_s):
    code = """
        import asyncio, importlib, json
        from flows.environment import prepare
        prepare()
        from flows.deployments import deployments
        from prefect.client.orchestration import get_client
        ids = [d.apply() for d in deployments()]
        with get_client(sync_client=True) as client:
            found = [client.read_deployment(i) for i in ids]
        rows = []
        for d in found:
            module, _, name = d.entrypoint.rpartition(".")
            flow = getattr(importlib.import_module(module), name)
            rows.append([d.entrypoint, len(d.schedules), d.paused, flow.name])
        print(json.dumps(rows))
    """
    rows = json.loads(python(code, home).communicate(timeout=120)[0])
    deployed = {entrypoint: (schedules, paused) for entrypoint, schedules, paused, _ in rows}
    assert set(deployed) == {f"flows.{name}.{name}" for name in set(flow_names()) - BY_COMMAND}
    assert deployed["flows.guard_champion.guard_champion"] == (1, False)
    costly = ("package_dataset", "package_pairs", "package_queries", "train_asr", "train_embedder", "train_normalizer")
    assert {deployed[f"flows.{name}.{name}"] for name in costly} == {(1, True)}


def test_what_a_killed_flow_held_becomes_free(home, killed_s):
    successor = python(HOLDER, home, "0")
    assert successor.communicate(timeout=240)[0].startswith("got")
    assert time.monotonic() - killed_s < 180  # A lease of 60 s, a server that looks every 15 s, a start on a busy machine.


def test_two_flows_never_hold_the_accelerator_together(home):
    first, second = python(HOLDER, home, "2"), python(HOLDER, home, "2")
    spans = []
    for holder in (first, second):
        words = holder.communicate(timeout=180)[0].split()
        spans.append((float(words[1]), float(words[3])))
    (_, gave), (got, _) = sorted(spans)
    assert got >= gave

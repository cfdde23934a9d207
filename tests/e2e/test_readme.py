"""Every command of the README, in its order, as a newcomer would type it, in a copy made small."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from data.config import read_config
from serving.local import LocalConfig
from tests.checkout import ROOT, environment, small_checkout

BLOCKS = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
#: This suite is what `make test` runs.
NOT_AGAIN = {"make test"}
EXIT_REFUSED = 3


def commands() -> list[str]:
    return [line for block in BLOCKS for line in block.splitlines() if line and line not in NOT_AGAIN]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    return small_checkout(tmp_path_factory.mktemp("checkout"))


def run(command: str, checkout: Path) -> subprocess.CompletedProcess[str]:
    written, here = (read_config(root / "configs" / "serving" / "local.yaml", LocalConfig) for root in (ROOT, checkout))
    return subprocess.run(
        ["bash", "-c", command.replace(f":{written.normalizer_port}/", f":{here.normalizer_port}/")],
        cwd=checkout,
        env=environment(checkout),
        capture_output=True,
        text=True,
        timeout=590,
        check=False,
    )


def test_every_block_of_the_readme_is_found():
    assert {"make demo", "make test"} <= {line for block in BLOCKS for line in block.splitlines()}
    assert len(commands()) >= 8


@pytest.mark.parametrize("command", commands())
def test_command_of_the_readme_works(command, checkout):
    judges_recordings = "promote_model" in command and "normalizer" not in command
    if ("phone_keywords" in command or judges_recordings) and not os.environ.get("TIENGNOI_DATA"):
        pytest.skip("needs a model trained on the real telephone recordings of TIENGNOI_DATA")
    done = run(command, checkout)
    refused = done.returncode == EXIT_REFUSED and judges_recordings  # An answer: the model learned for seconds.
    assert done.returncode == 0 or refused, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    if "/v1/normalize" in command:
        assert "1.500.000 đồng" in json.loads(done.stdout)["text"]
    if command == "make demo":
        look_at_the_demo(checkout)


def look_at_the_demo(checkout: Path) -> None:
    report = json.loads((checkout / "artifacts" / "demo" / "report.json").read_text("utf-8"))
    assert report["gate"]["champion"] == report["version"]
    assert len(report["pairs"]) >= report["dataset"]["splits"]["test"]["utterances"]
    assert {row["clip"] for row in report["transcripts"]} and len(report["transcripts"]) == 3
    assert 0 < report["service"]["ready_s"] <= 60  # Another test has the other core; test_service_process counts CPU time.
    assert report["service"]["resident_mb"] <= 700
    assert set(report["seconds"]) == {"train", "gate", "bundle", "serve"}

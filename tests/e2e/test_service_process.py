"""The served process: light, soon ready, closed to broken packages, and polite when it is told to stop."""

import json
import shutil
import signal
import subprocess
import sys
import threading
import time

import httpx
import pytest

from tests.served import serve
from tests.sounds import file_of, voice

PATH = "/v1/audio/transcriptions"
START = """
import asyncio
from serving.asr.bootstrap import asr_app

async def start():
    app = asr_app()
    async with app.router.lifespan_context(app):
        print("served")

asyncio.run(start())
"""


def test_it_is_ready_after_ten_seconds_of_work(asr_service):
    # Start is one process after the other, so its CPU time is its wall time on a machine that does nothing else.
    print(f"ready after {asr_service.ready_wall_s:.1f} s, {asr_service.ready_cpu_s:.1f} s of them CPU")
    assert asr_service.ready_cpu_s < 10


def test_all_its_processes_fit_700_mb(asr_service):
    httpx.post(asr_service.url + PATH, files={"file": ("a.flac", file_of(voice(60)))}, timeout=120).raise_for_status()
    print(f"{asr_service.rss_bytes() / 1e6:.0f} MB in {len(asr_service.processes())} processes")
    assert asr_service.rss_bytes() < 700_000_000


def test_no_library_of_training_is_mapped_into_it(asr_service):
    heavy = ("/torch/", "/nemo/", "/lightning/", "/transformers/", "/mlflow/", "/prefect/", "/lhotse/", "/scipy/", "/pandas/")
    for process in asr_service.processes():
        mapped = {area.path for area in process.memory_maps()}
        assert any("python" in path for path in mapped)
        assert not [path for path in mapped if any(name in path for name in heavy)]


def test_the_service_imports_nothing_heavy():
    code = (
        "import json, sys\n"
        "import serving.asr.handlers, serving.asr.engine, serving.asr.service, serving.asr.bootstrap\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    heavy = {
        "torch",
        "nemo",
        "lightning",
        "pytorch_lightning",
        "mlflow",
        "prefect",
        "transformers",
        "lhotse",
        "datasets",
        "dvc",
    }
    assert not heavy & {name.partition(".")[0] for name in loaded}


def test_its_own_log_lines_are_json_with_the_request(asr_service):
    httpx.get(asr_service.url + "/v1/models", headers={"x-request-id": "find-me"})
    # The line is written when the answer has left.
    time.sleep(0.5)
    lines = [json.loads(line) for line in asr_service.log.read_text("utf-8").splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line.get("request_id") == "find-me"]
    assert (line["route"], line["status"], line["logger"]) == ("/v1/models", 200, "tiengnoi.http")


def test_told_to_stop_it_finishes_what_it_began(asr_bento, tmp_path):
    speech = file_of(voice(120))
    answers: list[httpx.Response] = []
    with serve(asr_bento.tag, bentoml_home=asr_bento.home, folder=tmp_path, threads="1") as served:
        ask = threading.Thread(
            target=lambda: answers.append(httpx.post(served.url + PATH, files={"file": ("a.flac", speech)}, timeout=120))
        )
        ask.start()
        while not any(served.spool_dir.iterdir()):
            time.sleep(0.01)
        children = served.processes()[1:]
        served.process.send_signal(signal.SIGTERM)
        ask.join()
        assert served.process.wait(60) == 0
        for child in children:
            child.wait(10)
    assert answers[0].status_code == 200
    assert answers[0].json()["usage"]["seconds"] == 120


@pytest.mark.parametrize("harm", ["a flipped byte", "another answer"])
def test_a_package_that_is_not_as_it_was_is_not_served(harm, asr_package, tmp_path):
    broken = tmp_path / "package"
    shutil.copytree(asr_package, broken)
    if harm == "a flipped byte":
        data = bytearray((broken / "model.onnx").read_bytes())
        data[len(data) // 2] ^= 1
        (broken / "model.onnx").write_bytes(data)
    else:
        golden = broken / "golden" / "golden.json"
        golden.write_text(golden.read_text("utf-8").replace('"text": "', '"text": "x'), "utf-8")
        (broken / "package.json").unlink()
        _write_manifest_again(asr_package, broken)
    done = subprocess.run(
        [sys.executable, "-c", START], env={"TIENGNOI_ASR_PACKAGE": str(broken)}, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0 and "served" not in done.stdout
    assert ("BrokenPackage" if harm == "a flipped byte" else "GoldenMismatch") in done.stderr


def _write_manifest_again(package, broken) -> None:
    from models.package import write_package

    manifest = json.loads((package / "package.json").read_text("utf-8"))
    kept = {name: manifest[name] for name in ("family", "name", "settings", "lineage", "metrics")}
    write_package(broken, broken.with_name("again"), **kept)
    broken.with_name("again").rename(broken)

"""Files of texts, speakers and slices, good and bad."""

import json
import subprocess
import sys

import pytest

from data.errors import NotUtf8, ScoreError
from models.tables import read_groups, read_slices, read_texts


def test_a_bare_id_is_an_empty_text(tmp_path):
    (tmp_path / "t").write_bytes("\ufeffa\txin chào\r\nb\t\r\n\r\nc\n".encode())
    assert read_texts(tmp_path / "t") == {"a": "xin chào", "b": "", "c": ""}
    assert read_groups(tmp_path / "t") == {"a": "xin chào"}


def test_an_utterance_may_be_in_several_slices(tmp_path):
    (tmp_path / "s").write_text("a\tdialect=bắc\na\tsnr=0-5\nb\tdialect=nam\na\tsnr=0-5\n", "utf-8")
    assert read_slices(tmp_path / "s") == {"a": ["dialect=bắc", "snr=0-5"], "b": ["dialect=nam"]}


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"a\tx\na\ty\n", ScoreError), (b"no tab here\n", ScoreError), (b"\ttext\n", ScoreError), (b"a\t\xff\n", NotUtf8)],
)
def test_bad_lines_are_refused(tmp_path, content, error):
    (tmp_path / "t").write_bytes(content)
    with pytest.raises(error):
        read_texts(tmp_path / "t")


def test_the_callers_fault_exits_2_with_its_code_in_one_line(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "models", "score", "--ref", str(tmp_path), "--hyp", str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert json.loads(done.stderr)["code"] == "score.mismatch"


def test_scoring_loads_nothing_heavy():
    code = (
        "import sys, models.__main__, models.commands, models.metrics;"
        "print(*sorted({n.partition('.')[0] for n in sys.modules} & {'torch', 'nemo', 'lightning', 'mlflow', 'matplotlib'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []

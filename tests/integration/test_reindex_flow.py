"""The flow `reindex_search` moves the search of the settings, and back, with one command each."""

import json

import pytest

from data.errors import BadParameter, UnknownSpace
from flows import reindex_search as module
from models.embedder.export import export
from serving.search.__main__ import main
from tests.tiny_embedder import tiny_checkpoint, tiny_queries


def test_a_search_is_moved_and_brought_back(tmp_path, monkeypatch, capsys):
    queries = tiny_queries(tmp_path / "queries")
    for width in (32, 24):
        export(tiny_checkpoint(queries, tmp_path / f"model{width}", width=width), queries, tmp_path / f"package{width}")
    words = [
        {"text": word, "start_s": at, "end_s": at + 0.5, "confidence": 1.0} for at, word in enumerate(["chợ", "hòa", "bình"])
    ]
    line = {"recording_id": "r", "transcript_id": "t", "version": 1, "words": words}
    (tmp_path / "lines.jsonl").write_text(json.dumps(line), "utf-8")
    (tmp_path / "golden.jsonl").write_text(json.dumps({"id": "q", "text": "hoà bình"}), "utf-8")
    (tmp_path / "golden.tsv").write_text("q\tt\t1\n", "utf-8")
    monkeypatch.setenv("TIENGNOI_ARTIFACTS", str(tmp_path))
    monkeypatch.setenv("TIENGNOI_SEARCH_PACKAGE", str(tmp_path / "package32"))
    monkeypatch.setenv("TIENGNOI_SEARCH_GOLDEN__QUERIES", str(tmp_path / "golden.jsonl"))
    monkeypatch.setenv("TIENGNOI_SEARCH_GOLDEN__QRELS", str(tmp_path / "golden.tsv"))
    shown = []
    # Prefect's server is not what is proved here.
    monkeypatch.setattr(module, "show_table", lambda key, rows, description: shown.append(rows))
    flow = module.reindex_search.fn

    assert main(["index", str(tmp_path / "lines.jsonl")]) == 0
    with pytest.raises(BadParameter):
        flow(step="sideways")
    with pytest.raises(UnknownSpace):
        flow(step="back")
    moved = flow(package=str(tmp_path / "package24"))
    assert moved["report"]["new"]["ndcg@10"] == moved["report"]["overlap"] == 1.0
    assert [row["space"] for row in shown[0]] == ["old", "new"]
    assert flow(package=str(tmp_path / "package24"))["report"] is None
    returned = flow(step="back")
    assert (returned["serving"], returned["previous"]) == (moved["previous"], moved["serving"])
    assert flow(step="finish")["previous"] is None
    capsys.readouterr()
    assert main(["ask", "hoa binh"]) == 0
    (hit,) = json.loads(capsys.readouterr().out)["hits"]
    assert hit["highlights"] == [{"start": 4, "end": 12, "start_s": 1.0, "end_s": 2.5}]

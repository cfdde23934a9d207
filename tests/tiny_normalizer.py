"""A serving package of a normalizer that was never trained: its model keeps every word as it was said and
adds no mark, so the rules write alone.

Real graphs, real files and the real export; made in a process of its own, since torch and transformers do not leave again.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from pathlib import Path

import torch

from models.normalizer.export import export
from models.normalizer.tokenizer import END, OFFSET
from tests.tiny_t5 import make_t5, save

SPOKEN = ("xin chào các bạn", "trời hôm nay đẹp quá", "hai mươi bốn giờ", "ba phẩy năm phần trăm", "đi về nhà", "sáu mươi")


def make_package(folder: Path) -> Path:
    """Write the package."""
    torch.manual_seed(7)
    model = make_t5(tied=False)
    with torch.no_grad():
        # One direction alone reaches the output. It is positive from the first embedding on, and there each id has its rank.
        model.decoder.final_layer_norm.weight.zero_()
        model.decoder.final_layer_norm.weight[0] = 1.0
        model.shared.weight[:, 0] = 10.0
        model.lm_head.weight[:, 0] = torch.arange(model.lm_head.weight.size(0)) / -1000
        for rank, ids in enumerate((_ids("0123456789"), _ids("abcdefghijklmnopqrstuvwxyz"), _ids(" "), [END]), start=1):
            model.lm_head.weight[ids, 0] += rank
        # Of letters beyond ASCII the small ones have the greater bytes.
        model.lm_head.weight[OFFSET + 128 : OFFSET + 256, 0] = 2.5 + torch.arange(128) / 1000
    with tempfile.TemporaryDirectory() as scratch:
        pairs = Path(scratch) / "pairs"
        pairs.mkdir()
        _write_pairs(pairs)
        export(save(model, Path(scratch) / "model"), pairs, folder, precision="fp32")
    return folder


def _ids(text: str) -> list[int]:
    return [byte + OFFSET for byte in text.encode()]


def _write_pairs(folder: Path) -> None:
    lines = [
        {"id": f"p{n}", "spoken": text, "written": f"{text.capitalize()}.", "links": [], "kind": "running", "source": "1"}
        for n, text in enumerate(SPOKEN)
    ]
    with gzip.open(folder / "dev.jsonl.gz", "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    head = {"name": "none", "digest": "d" * 32, "licence": "CC0-1.0", "usage": "any", "splits": {"dev": {"pairs": len(lines)}}}
    (folder / "dataset.json").write_text(json.dumps(head), "utf-8")


if __name__ == "__main__":
    make_package(Path(sys.argv[1]))

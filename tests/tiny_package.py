"""A serving package with random weights: real shapes, real files, nonsense for text; made without NeMo in seconds."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from data.audio import decode, encode_flac
from models.asr.fastconformer import FastConformer, Shape
from models.asr.features import FrontEnd, log_mel
from models.asr.graph import write_graph
from models.asr.infer import Engine
from models.package import write_package
from tests.sounds import voice

SYLLABLES = "một hai ba bốn năm sáu bảy tám chín mười bật tắt đèn quạt cửa nhà bếp phòng"
TOKENS = [f"▁{syllable}" for syllable in SYLLABLES.split()]
SHAPE = Shape(
    mel_bands=80, layers=2, width=48, heads=4, feed_forward=192, kernel=9, kernel_left=8, conv_norm="layer_norm",
    sub_channels=24, sub_layers=3, sub_causal=True, scale=1.0, bias=True, outputs=len(TOKENS) + 1, chunked=True,
    look_aheads=((70, 13),),
)  # fmt: skip
FRAME_S = 0.08
FRONT_END = FrontEnd(normalize="per_feature")


def make_package(folder: Path) -> Path:
    """Write the package; the same torch gives the same one."""
    torch.manual_seed(11)
    model = FastConformer(SHAPE, SHAPE.look_aheads[0]).eval()
    with torch.no_grad():
        for name, value in model.named_parameters():
            norm = "norm" in name and name.endswith("weight")
            spread = 0.3 if value.dim() < 2 else 1.5 * value[0].numel() ** -0.5
            value.copy_(float(norm) + torch.randn_like(value) * (0.1 if norm else spread))
    for layer in model.layers:
        layer.self_attn.project_positions()  # type: ignore[union-attr]
    _make_talkative(model)
    draft = folder.with_name(f".{folder.name}")
    graph = write_graph(model, draft)
    (draft / "golden").mkdir()
    (draft / "tokens.json").write_text(json.dumps(TOKENS, ensure_ascii=False), "utf-8")
    (draft / "card.md").write_text("# A package for tests\n", "utf-8")
    engine = Engine(graph, front_end=FRONT_END, tokens=TOKENS, frame_s=FRAME_S)
    audio = draft / "golden" / "00.flac"
    audio.write_bytes(encode_flac(np.random.default_rng(0).normal(0, 0.1, 32_000).astype(np.float32)))
    clip = decode(audio)
    np.save(draft / "golden" / "00.npy", engine.log_probs([clip])[0].astype(np.float16))
    golden = [{"audio": "golden/00.flac", "log_probs": "golden/00.npy", "text": engine.transcribe_batch([clip])[0].text}]
    (draft / "golden" / "golden.json").write_text(json.dumps(golden, ensure_ascii=False), "utf-8")
    settings = {
        "front_end": asdict(FRONT_END),
        "decoder": {"kind": "ctc_greedy", "frame_s": FRAME_S, "blank": len(TOKENS)},
        "model": {"kind": "fastconformer_ctc", "precision": "fp32"},
    }
    lineage = {"dataset": "none", "dataset_digest": "d" * 32, "run_id": "r" * 32}
    write_package(draft, folder, family="asr", name="asr-vi", settings=settings, lineage=lineage, metrics={})
    return folder


def _make_talkative(model: FastConformer) -> None:
    """Random weights say one thing for ever; with centred outputs what they say follows the sound."""
    features_BTM = torch.from_numpy(log_mel(voice(20), FRONT_END))[None]
    with torch.no_grad():
        log_probs_BTV, _ = model(features_BTM, torch.tensor([features_BTM.size(1)]))
        model.head.bias -= log_probs_BTV.mean(dim=(0, 1))
        model.head.weight *= 4
        model.head.bias *= 4


if __name__ == "__main__":
    make_package(Path(sys.argv[1]))

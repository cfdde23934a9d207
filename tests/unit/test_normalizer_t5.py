"""Our T5 is transformers' T5: the same logits from the same folder, whatever is cached and wherever a row stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from transformers.models.t5.modeling_t5 import T5Attention

from data.errors import ConfigError
from models.normalizer.t5 import T5, _bucket, load_t5
from models.normalizer.tokenizer import PAD
from tests.tiny_t5 import random_t5, save

TOLERANCE = 1e-4


@pytest.fixture(scope="module", params=[(True, 1), (True, 2), (False, 2)], ids=["tied", "tied, 2 layers", "untied, 2 layers"])
def models(request, tmp_path_factory):
    tied, layers = request.param
    theirs = random_t5(seed=layers, tied=tied, decoder_layers=layers)
    folder = save(theirs, tmp_path_factory.mktemp("t5") / "model")
    return theirs, load_t5(folder)


def ids(rows: int, length: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(3, 259, (rows, length), generator=torch.Generator().manual_seed(seed))


def step(model: T5, source_BS: torch.Tensor, tokens_BT: torch.Tensor, cached_B: torch.Tensor, past: list[torch.Tensor]):
    cross = model.encoder(source_BS)
    tensors = [t for n in range(model.shape.decoder_layers) for t in (*past[2 * n : 2 * n + 2], *cross[2 * n : 2 * n + 2])]
    return model.decoder(tokens_BT, cached_B, (source_BS != PAD).sum(1), *tensors)


def empty(model: T5, rows: int, room: int = 8) -> list[torch.Tensor]:
    shape = model.shape
    return [torch.full((shape.heads, rows, room, shape.head_width), 7.0) for _ in range(2 * shape.decoder_layers)]


@torch.inference_mode()
def test_logits_are_those_of_transformers(models):
    theirs, ours = models
    source_BS, target_BT = ids(3, 200), ids(3, 170, seed=1)
    source_BS[1, 120:], source_BS[2, 3:] = PAD, PAD
    wanted = theirs(input_ids=source_BS, attention_mask=(source_BS != PAD).long(), decoder_input_ids=target_BT).logits
    found, *_ = step(ours, source_BS, target_BT, torch.zeros(3, dtype=torch.long), empty(ours, 3))
    assert wanted.std() > 0.3, "logits that hardly differ prove little"
    # Rounding grows with what is rounded: unscaled outputs of random weights spread wider than any trained model's.
    torch.testing.assert_close(found, wanted, atol=TOLERANCE * max(1.0, float(wanted.std())), rtol=0)


@torch.inference_mode()
def test_a_block_behind_a_cache_is_the_whole_at_once(models):
    """Rows stand at positions of their own, and what lies behind them in the cache is not seen."""
    _, ours = models
    source_BS, target_BT = ids(3, 50), ids(3, 180, seed=1)
    whole, *new = step(ours, source_BS, target_BT, torch.zeros(3, dtype=torch.long), empty(ours, 3))
    cached_B, past = torch.tensor([150, 1, 40]), empty(ours, 3, room=160)
    for tensor, entries in zip(past, new, strict=True):
        for row, length in enumerate(cached_B.tolist()):
            tensor[:, row, :length] = entries[:, row, :length]
    block = torch.stack([target_BT[row, at : at + 30] for row, at in enumerate(cached_B.tolist())])
    found, *_ = step(ours, source_BS, block, cached_B, past)
    for row, at in enumerate(cached_B.tolist()):
        torch.testing.assert_close(found[row], whole[row, at : at + 30], atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize(
    ("both_ways", "buckets", "farthest"), [(False, 32, 128), (True, 32, 128), (False, 12, 50), (True, 64, 500)]
)
def test_every_distance_falls_into_the_bucket_of_transformers(both_ways, buckets, farthest):
    distance = torch.arange(2 * farthest)
    wanted = T5Attention._relative_position_bucket(-distance, both_ways, buckets, farthest)
    torch.testing.assert_close(_bucket(distance, buckets // 2 if both_ways else buckets, farthest), wanted)


def test_a_half_precision_folder_is_served_in_fp32(tmp_path):
    model = random_t5(decoder_layers=1).bfloat16()
    ours = load_t5(save(model, tmp_path / "model"))
    assert {weight.dtype for weight in ours.parameters()} == {torch.float32}
    assert ours.parameters_in_checkpoint == sum(p.numel() for p in model.parameters())


def _folder(tmp_path: Path, **changes: object) -> Path:
    folder = save(random_t5(decoder_layers=1), tmp_path / "model")
    config = json.loads((folder / "config.json").read_text("utf-8")) | changes
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"model_type": "bart"}, "no T5"),
        ({"feed_forward_proj": "relu"}, "the first T5's feed-forward"),
        ({"num_decoder_layers": 3}, "a layer without weights"),
        ({"d_model": None}, "no width"),
    ],
)
def test_a_folder_that_cannot_be_served_is_refused(tmp_path, changes, why):
    with pytest.raises(ConfigError):
        load_t5(_folder(tmp_path, **changes))


@pytest.mark.parametrize("content", [b"", b"no weights", None])
def test_broken_weights_are_refused(tmp_path, content):
    path = _folder(tmp_path) / "model.safetensors"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ConfigError):
        load_t5(path.parent)

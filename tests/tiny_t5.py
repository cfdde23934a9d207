"""T5 models for tests, in transformers' format: random weights that say all kinds of things, and a copyist."""

from __future__ import annotations

import functools
import random
from pathlib import Path
from typing import TYPE_CHECKING

from models.normalizer.tokenizer import END, PAD, VOCABULARY, encode

if TYPE_CHECKING:
    from transformers import T5ForConditionalGeneration

SYLLABLES = "một hai ba bốn năm sáu bảy tám chín mười nhà cửa đèn quạt bếp ấm ông ư ơi đi về ăn ở đâu"
WORDS = tuple(SYLLABLES.split())
DIGITS = {"một": "1", "hai": "2", "ba": "3", "bốn": "4", "năm": "5", "sáu": "6", "bảy": "7", "tám": "8", "chín": "9"}


def make_t5(*, tied: bool = True, layers: int = 2, decoder_layers: int = 1, width: int = 48) -> T5ForConditionalGeneration:
    """A small T5 as ByT5 are."""
    from transformers import T5Config, T5ForConditionalGeneration

    config = T5Config(
        vocab_size=VOCABULARY, d_model=width, d_kv=16, d_ff=2 * width, num_layers=layers, num_decoder_layers=decoder_layers,
        num_heads=3, feed_forward_proj="gated-gelu", dropout_rate=0.0, pad_token_id=PAD, eos_token_id=END,
        decoder_start_token_id=PAD, tie_word_embeddings=tied,  # pyright: ignore[reportCallIssue]
    )  # fmt: skip
    return T5ForConditionalGeneration(config).eval()


def random_t5(seed: int = 0, *, tied: bool = True, decoder_layers: int = 1) -> T5ForConditionalGeneration:
    """Weights spread so that attention attends and every position matters; what it writes differs from text to text."""
    import torch

    torch.manual_seed(seed)
    model = make_t5(tied=tied, decoder_layers=decoder_layers)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "norm" in name:
                weight.copy_(1 + 0.1 * torch.randn_like(weight))
            elif "shared" in name or "relative" in name:
                # Where nothing scales the outputs, the embeddings that make them are smaller.
                weight.copy_(torch.randn_like(weight) * (1 if tied or "relative" in name else 0.3))
            else:
                # What layers add outweighs the byte that was read, or tied weights would repeat it for ever.
                outer = 4 if name.endswith(("o.weight", "wo.weight")) else 1
                weight.copy_(torch.randn_like(weight) * outer * weight.size(1) ** -0.5)
    return model


def pair(draw: random.Random) -> tuple[str, str]:
    """Spoken and written: the first letter a capital, a digit behind "ông", a comma before "ở", a full stop."""
    words = [draw.choice(WORDS) for _ in range(draw.randint(2, 6))]
    written = []
    for at, word in enumerate(words):
        comma = "," if at + 1 < len(words) and words[at + 1] == "ở" else ""
        written.append((DIGITS[word] if at and words[at - 1] == "ông" and word in DIGITS else word) + comma)
    text = " ".join(written)
    return " ".join(words), text[0].upper() + text[1:] + "."


def known_pairs() -> list[tuple[str, str]]:
    """What `copying_t5` has learnt by heart."""
    draw = random.Random(5)
    return [pair(draw) for _ in range(24)]


@functools.cache
def copying_t5() -> T5ForConditionalGeneration:
    """Some seconds of training: it writes `known_pairs` by heart, for copying itself takes longer to learn."""
    import torch

    torch.manual_seed(3)
    steps, model, pairs = 120, make_t5(width=64).train(), known_pairs()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=steps, pct_start=0.1)
    source_BS, target_BT = (_padded([encode(both[side]) for both in pairs]) for side in (0, 1))
    labels_BT = target_BT.masked_fill(target_BT == PAD, -100)
    for _ in range(steps):
        loss = model(input_ids=source_BS, attention_mask=(source_BS != PAD).long(), labels=labels_BT).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model.eval()


def generate(model: T5ForConditionalGeneration, texts: list[str], limit: int) -> list[list[int]]:
    """transformers' own greedy decoding, a text at a time: ids behind the start, up to the end."""
    import torch

    found = []
    for text in texts:
        with torch.inference_mode():
            ids = model.generate(torch.tensor([encode(text)]), do_sample=False, num_beams=1, max_new_tokens=limit)  # pyright: ignore
        found.append(ids[0, 1:].tolist())
    return found


def save(model: T5ForConditionalGeneration, folder: Path) -> Path:
    """As trainings leave their models."""
    from models.normalizer import build

    build.save(model, folder)
    return folder


def _padded(rows: list[list[int]]):
    import torch

    return torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=PAD)

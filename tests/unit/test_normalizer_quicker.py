"""What is quicker is the same: outputs, gradients, and what is saved."""

from __future__ import annotations

import copy

import torch
from transformers.models.t5.modeling_t5 import T5LayerNorm

from models.normalizer.build import build, save
from models.normalizer.config import ModelConfig
from models.normalizer.quicker import FusedNorm, quicken


def tiny():
    torch.manual_seed(0)
    return build(ModelConfig(d_model=24, d_kv=6, heads=4, feed_forward=32, layers=2, decoder_layers=2))


def answer(model) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Logits of two sources of unlike length, and the gradients of their loss."""
    generator = torch.Generator().manual_seed(1)
    source_BS, target_BT = (torch.randint(3, 259, (2, size), generator=generator) for size in (17, 11))
    mask_BS = torch.ones_like(source_BS)
    source_BS[1, 9:] = mask_BS[1, 9:] = 0
    logits_BTV = model(input_ids=source_BS, attention_mask=mask_BS, decoder_input_ids=target_BT, use_cache=False).logits
    torch.nn.functional.cross_entropy(logits_BTV.transpose(1, 2), target_BT.roll(-1, 1)).backward()
    return logits_BTV.detach(), {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def test_a_quicker_model_answers_and_learns_alike():
    plain = tiny()
    quick = copy.deepcopy(plain)
    quicken(quick)
    assert any(isinstance(module, FusedNorm) for module in quick.modules()), "or nothing is compared"
    (logits, gradients), (quick_logits, quick_gradients) = answer(plain), answer(quick)
    torch.testing.assert_close(quick_logits, logits, rtol=1e-4, atol=1e-5)
    assert set(quick_gradients) == set(gradients)
    for name, gradient in gradients.items():
        torch.testing.assert_close(quick_gradients[name], gradient, rtol=1e-3, atol=1e-6, msg=name)


def test_the_norms_gradient_is_the_derivative():
    norm = T5LayerNorm(5).double()
    norm.weight.data.uniform_(0.5, 1.5)
    norm.__class__ = FusedNorm
    x_ND = torch.randn(2, 3, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x, weight: torch.func.functional_call(norm, {"weight": weight}, x), (x_ND, norm.weight)
    )


def test_what_is_saved_knows_nothing_of_it(tmp_path):
    plain = tiny()
    save(plain, tmp_path / "plain")
    quicken(plain)
    save(plain, tmp_path / "quick")
    for name in ("config.json", "model.safetensors"):
        assert (tmp_path / "quick" / name).read_bytes() == (tmp_path / "plain" / name).read_bytes(), name

"""A punctuator that starts from a checkpoint: words begin as the mean of their pieces, and the hub is asked once."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from data.errors import ConfigError
from models.normalizer.punctuator.config import ModelConfig, Recipe
from models.normalizer.punctuator.vocabulary import Vocabulary
from tests.tiny_encoder import LONGEST, tiny_encoder

torch = pytest.importorskip("torch")
VOCABULARY = Vocabulary(["xin", "chào", "ghế"], 4)


@pytest.fixture(scope="module", params=["bert", "roberta"])
def checkpoint(request, tmp_path_factory) -> Path:
    return tiny_encoder(tmp_path_factory.mktemp("checkpoint"), ["▁xin", "▁ch", "ào", "▁anh"], kind=request.param)


@pytest.fixture(scope="module")
def fetched(checkpoint, tmp_path_factory) -> Path:
    from models.normalizer.punctuator.encoder import fetch

    folder = tmp_path_factory.mktemp("fetched")
    fetch(recipe(checkpoint), VOCABULARY, LONGEST, folder)
    return folder


def recipe(checkpoint: Path | str, layers: int = 2) -> ModelConfig:
    return ModelConfig(kind="encoder", start_from=str(checkpoint), layers=layers, pairs=0, words=3, buckets=4, dropout=0.0)


def network(fetched: Path):
    from models.normalizer.punctuator.encoder import begin, read_architecture
    from models.normalizer.punctuator.network import Network

    made = Network(recipe("./bert"), len(VOCABULARY), read_architecture(fetched))
    begin(made, fetched)
    return made.eval()


def test_a_word_begins_as_the_mean_of_its_pieces(checkpoint, fetched):
    from transformers import AutoModel

    pieces_VD = AutoModel.from_pretrained(checkpoint).get_input_embeddings().weight
    vectors_WD = network(fetched).vectors.weight
    wanted_WD = torch.stack([torch.zeros(12), pieces_VD[4], pieces_VD[5:7].mean(0)])
    np.testing.assert_allclose(vectors_WD[:3].detach(), wanted_WD.detach(), atol=1e-6)
    assert len({tuple(vector.tolist()) for vector in vectors_WD[4:]}) == 4, "buckets are apart"


def test_words_of_one_piece_are_seen_as_the_checkpoint_sees_them(checkpoint, fetched):
    """Its first two layers over <s> xin anh, from transformers itself."""
    from transformers import AutoModel

    whole = AutoModel.from_pretrained(checkpoint).eval()
    with torch.no_grad():
        wanted_BWD = whole(torch.tensor([[0, 4]]), output_hidden_states=True).hidden_states[2]
        seen_BWD = network(fetched).seen(torch.tensor([[1]]))
    np.testing.assert_allclose(seen_BWD, wanted_BWD[:, 1:], atol=1e-5)


def test_a_training_takes_up_what_was_fetched_and_leaves_a_network_that_needs_no_hub(checkpoint, fetched, tmp_path):
    from safetensors.torch import save_file

    from models.normalizer.punctuator.encoder import ARCHITECTURE
    from models.normalizer.punctuator.train import CONFIG, WEIGHTS, WORDS, load_network

    trained = network(fetched)
    save_file(trained.state_dict(), tmp_path / WEIGHTS)
    VOCABULARY.save(tmp_path / WORDS)
    shutil.copyfile(fetched / ARCHITECTURE, tmp_path / ARCHITECTURE)
    settings = {"kind": "encoder", "start_from": "gone/elsewhere", "layers": 2, "pairs": 0, "words": 3, "buckets": 4}
    (tmp_path / CONFIG).write_text(json.dumps(settings))
    again, _ = load_network(tmp_path)
    assert again.config.start_from == "gone/elsewhere"
    words_BW = torch.tensor([[1, 2, 3]])
    with torch.no_grad():
        for found, wanted in zip(again(words_BW), trained(words_BW), strict=True):
            assert torch.equal(found, wanted)


def test_quicker_attention_sees_and_learns_alike(fetched):
    from models.normalizer.punctuator.encoder import Encoder
    from models.normalizer.punctuator.quick_attention import quicken

    plain = network(fetched)
    quick = copy.deepcopy(plain)
    assert isinstance(plain.attention, Encoder) and isinstance(quick.attention, Encoder)
    quicken(quick.attention.body)
    assert quick.attention.body.config._attn_implementation != plain.attention.body.config._attn_implementation
    words_BW = torch.tensor([[1, 2, 3, 2, 1], [3, 1, 0, 0, 0]])  # Behind the end of the second nothing looks.
    (told, wanted) = (one(words_BW) for one in (quick, plain))
    for scores, part in ((told, quick), (wanted, plain)):
        torch.cat([score_BWC[words_BW > 0].square().flatten() for score_BWC in scores]).sum().backward()
        assert part.vectors.weight.grad is not None
    for found_BWC, wanted_BWC in zip(told, wanted, strict=True):
        torch.testing.assert_close(found_BWC[words_BW > 0], wanted_BWC[words_BW > 0])
    gradients = {name: weight.grad for name, weight in plain.named_parameters() if weight.grad is not None}
    assert any("query" in name for name in gradients)
    for name, weight in quick.named_parameters():
        if weight.grad is not None:
            torch.testing.assert_close(weight.grad, gradients[name], rtol=1e-3, atol=1e-5, msg=name)


def test_a_further_training_takes_up_words_and_weights(fetched, tmp_path):
    from safetensors.torch import save_file

    from models.normalizer.punctuator.encoder import ARCHITECTURE, begin, read_architecture
    from models.normalizer.punctuator.train import WEIGHTS, WORDS, take_up

    trained, other, taken = network(fetched), network(fetched), tmp_path / "taken"
    save_file(trained.state_dict(), tmp_path / WEIGHTS)
    VOCABULARY.save(tmp_path / WORDS)
    shutil.copyfile(fetched / ARCHITECTURE, tmp_path / ARCHITECTURE)
    taken.mkdir()
    take_up(tmp_path, taken)
    begin(other, taken)
    assert Vocabulary.load(taken / WORDS, 4).words == VOCABULARY.words
    assert read_architecture(taken) == read_architecture(fetched)
    with torch.no_grad():
        for found, wanted in zip(other(torch.tensor([[1, 2, 3]])), trained(torch.tensor([[1, 2, 3]])), strict=True):
            assert torch.equal(found, wanted)


def test_what_cannot_be_taken_up_is_refused(fetched, tmp_path):
    from safetensors.torch import save_file

    from models.normalizer.punctuator.encoder import WEIGHTS, begin
    from models.normalizer.punctuator.train import take_up

    with pytest.raises(ConfigError, match="has no model") as refused:
        take_up(tmp_path, tmp_path)
    assert refused.value.pointer == "/model/continue_from"
    save_file({"marks.bias": torch.zeros(2)}, tmp_path / WEIGHTS)
    with pytest.raises(ConfigError, match="another shape"):
        begin(network(fetched), tmp_path)


@pytest.mark.parametrize(
    ("start_from", "layers", "longest", "pointer"),
    [
        ("./nowhere", 2, LONGEST, "/model/start_from"),
        ("", 4, LONGEST, "/model/layers"),
        ("", 2, LONGEST + 1, "/model/start_from"),
    ],
)
def test_what_cannot_be_started_from_is_refused(checkpoint, start_from, layers, longest, pointer, tmp_path):
    from models.normalizer.punctuator.encoder import fetch

    with pytest.raises(ConfigError) as refused:
        fetch(recipe(start_from or checkpoint, layers), VOCABULARY, longest, tmp_path)
    assert refused.value.pointer == pointer
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_model_is_refused(tmp_path):
    from models.normalizer.punctuator.encoder import fetch

    with pytest.raises(ConfigError) as refused:
        fetch(recipe(tmp_path), VOCABULARY, LONGEST, tmp_path)
    assert refused.value.pointer == "/model/start_from"


@pytest.mark.parametrize(
    ("model", "pointer"),
    [
        ({"kind": "encoder", "pairs": 0}, "/model/start_from"),
        ({"start_from": "some/encoder"}, "/model/start_from"),
        ({"kind": "encoder", "start_from": "some/encoder"}, "/model/pairs"),
    ],
)
def test_a_recipe_that_contradicts_itself_is_refused(model, pointer):
    with pytest.raises(ConfigError) as refused:
        Recipe(name="x", dataset="y", model=ModelConfig(**model))
    assert refused.value.pointer == pointer

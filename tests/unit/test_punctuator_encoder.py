"""A punctuator that starts from a checkpoint: words begin as the mean of their pieces, and the hub is asked once."""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import replace
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


@pytest.fixture
def trained(fetched, tmp_path):
    """RUNDIR/model of a training."""
    from safetensors.torch import save_file

    from models.normalizer.punctuator.train import CONFIG, WEIGHTS, WORDS

    folder = tmp_path / "model"
    shutil.copytree(fetched, folder)
    save_file(network(fetched).state_dict(), folder / WEIGHTS)
    VOCABULARY.save(folder / WORDS)
    settings = {"kind": "encoder", "start_from": "gone/elsewhere", "layers": 2, "pairs": 0, "words": 3, "buckets": 4}
    (folder / CONFIG).write_text(json.dumps(settings))
    return folder


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


def test_a_training_leaves_a_network_that_needs_no_hub(fetched, trained):
    from safetensors.torch import load_file

    from models.normalizer.punctuator.train import WEIGHTS, load_network

    again, _ = load_network(trained)
    assert again.config.start_from == "gone/elsewhere"
    saved, words_BW = network(fetched), torch.tensor([[1, 2, 3]])
    saved.load_state_dict(load_file(trained / WEIGHTS))
    with torch.no_grad():
        for found, wanted in zip(again(words_BW), saved(words_BW), strict=True):
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


def further(trained: Path, words: int, layers: int = 2, dropout: float = 0.0) -> ModelConfig:
    return replace(recipe("gone/elsewhere", layers), continue_from=str(trained), words=words, dropout=dropout)


def test_a_further_training_takes_up_words_and_weights_and_begins_new_words_as_their_buckets(trained, tmp_path):
    from models.normalizer.punctuator.encoder import begin, read_architecture
    from models.normalizer.punctuator.network import Network
    from models.normalizer.punctuator.train import WORDS, load_network, take_up

    before, known = load_network(trained)
    taken, model = tmp_path / "taken", further(trained, 5, dropout=0.1)
    taken.mkdir()
    said = [*VOCABULARY.words, "lạ", "bạn", "lạ", "bạn", "lạ"]
    take_up(model, [said], LONGEST, taken)
    vocabulary, architecture = Vocabulary.load(taken / WORDS, 4), read_architecture(taken)
    assert vocabulary.words == (*VOCABULARY.words, "lạ", "bạn")
    assert architecture == (read_architecture(trained) or {}) | {"hidden_dropout_prob": 0.1}
    after = Network(model, len(vocabulary), architecture)
    begin(after, taken)
    words = [*said, "khác"]
    with torch.no_grad():
        told = [one.eval()(torch.tensor([[of.id_of(w) for w in words]])) for one, of in ((before, known), (after, vocabulary))]
    for wanted, found in zip(*told, strict=True):
        assert torch.equal(found, wanted)


def test_what_cannot_be_taken_up_is_refused(trained, fetched, tmp_path):
    from safetensors.torch import save_file

    from models.normalizer.punctuator.encoder import WEIGHTS, begin
    from models.normalizer.punctuator.train import take_up

    no, few, other = ("holds no punctuator", "sees fewer", "has 2 layers")
    for of_folder, layers, longest, told in (
        (tmp_path, 2, LONGEST, no), (trained, 2, LONGEST + 1, few), (trained, 3, LONGEST, other)
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=told):
            take_up(further(of_folder, 3, layers), [], longest, tmp_path)
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

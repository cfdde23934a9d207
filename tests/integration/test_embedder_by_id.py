"""A better embedder by id: only a name in a recipe changes, and questions find what they share no word with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from data.paraphrases.build import paraphrase
from data.paraphrases.synonyms import concepts
from data.queries.reader import read_queries
from data.text.normalform import normal_form
from serving.search.__main__ import main
from tests.checkout import ROOT
from tests.tiny_embedder import tiny_checkpoint, tiny_queries

#: The things that the toy passages speak of, two by two.
THINGS = [concept for concept in concepts() if len(concept.written) == len(concept.asked) == 1][:24]


@pytest.fixture(scope="module")
def collection(tmp_path_factory) -> list[str]:
    """Passages of two things each, and the questions for them in other words."""
    folder = tmp_path_factory.mktemp("collection")
    passages = {
        f"p{a}.{b}": f"{THINGS[a].written[0]} rồi đến {THINGS[b].written[0]} ."
        for a in range(len(THINGS))
        for b in range(a + 1, len(THINGS), 5)
    }
    made = paraphrase(passages, THINGS)
    for name, texts in (("passages", made.passages), ("queries", made.queries)):
        lines = [json.dumps({"id": id_, "text": text}, ensure_ascii=False) for id_, text in texts.items()]
        (folder / f"{name}.jsonl").write_text("\n".join(lines), "utf-8")
    judged = [f"{query}\t{passage}\t1" for query, answers in made.answers.items() for passage in answers]
    (folder / "qrels.tsv").write_text("\n".join(judged), "utf-8")
    assert len(made.queries) > 50
    names = {"passages": "passages.jsonl", "queries": "queries.jsonl", "qrels": "qrels.tsv"}
    return [part for option, name in names.items() for part in (f"--{option}", str(folder / name))]


@pytest.fixture(scope="module")
def queries(tmp_path_factory) -> Path:
    return tiny_queries(tmp_path_factory.mktemp("queries"))


def knowing_model(folder: Path, texts: Iterable[str]) -> Path:
    """A transformer in sentence-transformers' own format, as a hub would give it: the syllables of a row are one to it."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    known = [{word for text in (*one.written, *one.asked) for word in text.split()} for one in THINGS]
    others = {word for text in texts for word in normal_form(text).split()}
    vocabulary = {word: at for at, word in enumerate(["<pad>", "<unk>", *sorted(others.union(*known))])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])  # pyright: ignore
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(  # pyright: ignore
        [pre_tokenizers.Punctuation("removed"), pre_tokenizers.WhitespaceSplit()]
    )
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", model_max_length=64)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=64, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64, pad_token_id=0,
    )  # fmt: skip
    torch.manual_seed(0)
    bert = BertModel(config, add_pooling_layer=False)
    with torch.no_grad():
        for name, weight in bert.named_parameters():
            if "position_embeddings" in name or "token_type" in name or "output.dense" in name:
                weight.zero_()  # What is left of a layer hands its input on.
        rows = bert.embeddings.word_embeddings.weight
        for things in known:
            direction = torch.randn(64)
            for word in things:
                rows[vocabulary[word]] = direction
    bert.save_pretrained(folder / "bert")
    fast.save_pretrained(folder / "bert")
    model = SentenceTransformer(modules=[Transformer(str(folder / "bert")), Pooling(64, pooling_mode="mean")], device="cpu")
    model.save(str(folder / "hub"), create_model_card=False)
    shutil.rmtree(folder / "bert")
    return folder / "hub"


def figures(capsys, verb: str, *arguments: object) -> dict:
    assert main([verb, *map(str, arguments)]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_model_by_its_id_raises_what_paraphrases_find_and_nothing_else_changes(collection, queries, tmp_path, capsys):
    from models.embedder.export import export

    export(tiny_checkpoint(queries, tmp_path / "weak-model"), queries, tmp_path / "weak")
    hub = knowing_model(
        tmp_path, [passage.text for split in ("train", "dev", "test") for passage in read_queries(queries, split)]
    )
    # The recipe of a real model of a hub, but for its id.
    text = (ROOT / "configs" / "embedder" / "multilingual_e5_small.yaml").read_text("utf-8")
    (recipe := tmp_path / "by_id.yaml").write_text(text.replace("intfloat/multilingual-e5-small", str(hub)), "utf-8")
    command = ["export", "--config", recipe, "--dataset", queries, "--out", tmp_path / "by-id"]
    done = subprocess.run(
        [sys.executable, "-m", "models", "embedder", *map(str, command)],
        cwd=ROOT, env=os.environ | {"TIENGNOI_ARTIFACTS": str(tmp_path / "artifacts")},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]

    words = figures(capsys, "evaluate", *collection, "--mode", "lexical", "--package", tmp_path / "weak")
    assert words["ndcg@10"] == 0.0, "by words alone nothing can be found"
    weak = figures(capsys, "fit", *collection, "--package", tmp_path / "weak", "--out", tmp_path / "weak.json")
    strong = figures(capsys, "fit", *collection, "--package", tmp_path / "by-id", "--out", tmp_path / "strong.json")
    print(f"nDCG@10 held out: words 0, an untrained table {weak['held_out']:.3f}, by id {strong['held_out']:.3f}")
    assert strong["held_out"] > 0.6 > 0.2 > weak["held_out"]
    assert strong["fusion"]["dense"] > 0

    # A fusion is of the space that it was fitted for.
    foreign = ["evaluate", *collection, "--package", str(tmp_path / "weak"), "--fusion", str(tmp_path / "strong.json")]
    assert main(foreign) == 2
    assert capsys.readouterr().err.startswith("space.foreign: ")

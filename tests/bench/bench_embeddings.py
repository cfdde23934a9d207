"""Our embedding against sentence-transformers on torch: the same model, the same texts of all lengths, the same core.

    python -m tests.bench embeddings [--package DIR] [--squad FILE] [--rounds 7] [--checkpoint ID]

Rounds are interleaved, so that a busy machine slows all of them; figures are medians of the rounds' ratios of CPU time, one
thread each. sentence-transformers runs with batches of 32, its default, and of 256; ours is held against the faster. The
transformer has random weights, 4 layers of width 256, fp32 and int8; only what keeps a cosine of 0.995 counts. The static
model is the package's own, put back into sentence-transformers: once with the tokenizer as models/embedder/vocabulary.py
says it, a word at a time, and once with our batch tokenizer on both sides, which leaves only the sum of the rows to compare.
With `--checkpoint` the shipped transformer is held against what it was made of, too. The ratio that counts is the smallest one
of the transformers and the static model with the plain tokenizer.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from models.embedder.infer import SHIPPED, SHIPPED_TABLE, Embedder
from models.embedder.judging import read_squad
from models.package import open_package, write_package

LEAST = 2.0
#: A transformer is a hundred times slower than a table: so many texts of the mix are enough.
_TRANSFORMER_TEXTS = 24
_TOGETHER = 256
_LEAST_COSINE = 0.995
_NOT_COUNTED = "static, our tokenizer on both sides"

Embed = Callable[[], np.ndarray]


def texts_of(squad: Path | None) -> list[str]:
    """Questions and paragraphs in turn, five to one, as they stand; sentences of our own where no file is named."""
    if squad is None:
        story = (Path(__file__).resolve().parents[2] / "configs/data/pairs/smoke.txt").read_text("utf-8").splitlines()
        return [" ".join(story[at : at + 1 + at % 7]) for at in range(len(story))] * 4
    judged = read_squad(squad)
    mixed: list[str] = []
    for place, passage in enumerate(judged.passages):
        mixed += [*judged.queries[5 * place : 5 * place + 5], passage]
    return mixed


def as_sentence_transformers(package_dir: Path) -> Any:
    """The package's table as a model of sentence-transformers: a word's row is taken apart from its folded word's again."""
    import torch
    from sentence_transformers import SentenceTransformer

    from models.embedder.static_module import SyllableEmbedding
    from models.embedder.vocabulary import Vocabulary, folded_word

    package = open_package(package_dir)
    vocabulary = Vocabulary.read(package.path("vocabulary.txt"))
    table_VD = np.load(package.path("table.npy")).astype(np.float32) * np.load(package.path("scale.npy"))[:, None]
    for word, row in vocabulary.words.items():
        table_VD[row] -= table_VD[vocabulary.folded_row(folded_word(word))]
    module = SyllableEmbedding(vocabulary, table_VD.shape[1])
    with torch.no_grad():
        module.embedding.weight.copy_(torch.from_numpy(table_VD))
    return SentenceTransformer(modules=[module], device="cpu")


def with_plain_tokenizer(model: Any) -> Any:
    """The static model, its texts tokenized a word at a time."""
    import torch

    from models.embedder.static_module import SyllableEmbedding
    from models.embedder.vocabulary import words_of

    class Plain(SyllableEmbedding):
        def preprocess(self, inputs: list[str], prompt: str | None = None, **kwargs: Any) -> dict[str, torch.Tensor]:
            rows = [self.vocabulary.rows(words_of((prompt or "") + text)) for text in inputs]
            offsets = np.cumsum([0, *map(len, rows[:-1])])
            return {"input_ids": torch.tensor(list(chain.from_iterable(rows))), "offsets": torch.from_numpy(offsets)}

    made = Plain(model[0].vocabulary, model[0].embedding_dim)
    made.embedding = model[0].embedding
    return type(model)(modules=[made], device="cpu")


def random_transformer(texts: Sequence[str], home: Path) -> tuple[Any, dict[str, Embedder]]:
    """A transformer with random weights, and its packages by precision."""
    from models.embedder.build import build, load, save
    from models.embedder.config import ModelConfig, TransformerConfig
    from models.embedder.export import _settings, write_graph_files

    shape = TransformerConfig(vocabulary=4000, layers=4, heads=8, feed_forward=1024, max_tokens=512)
    recipe = ModelConfig(kind="transformer", width=256, dims=(256,), transformer=shape)
    save(build(recipe, texts), recipe, home / "model")
    model, about = load(home / "model")
    packages = {}
    for precision in ("fp32", "int8"):
        files = home / f"{precision}-files"
        files.mkdir()
        size = write_graph_files(model, files, precision)
        settings = _settings(model, about, precision, size)
        write_package(files, home / precision, family="embedder", name="random", settings=settings, lineage={}, metrics={})
        packages[precision] = Embedder.open(home / precision, threads=1)
    return model, packages


class Prefixed:
    """A checkpoint in sentence-transformers, asked as its package asks it for passages."""

    def __init__(self, checkpoint: str, prefix: str) -> None:
        from sentence_transformers import SentenceTransformer

        self._model, self._prefix = SentenceTransformer(checkpoint, device="cpu"), prefix

    def encode(self, texts: Sequence[str], **options: Any) -> Any:
        return self._model.encode([self._prefix + text for text in texts], **options)


def measure(sides: dict[str, Embed], rounds: int) -> dict[str, dict[str, float]]:
    """For each side its CPU seconds and the median ratio of sentence-transformers' best over it."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for embed in sides.values():
        embed()  # Warm: caches, lazily made tables.
    for _ in range(rounds):
        for name, embed in sides.items():
            start_s = time.process_time()
            embed()
            seconds[name].append(time.process_time() - start_s)
    peers = [name for name in sides if name.startswith("sentence-transformers")]
    best_R = np.min([seconds[name] for name in peers], axis=0)
    return {
        name: {"cpu_s": round(statistics.median(spent), 4), "ratio": round(float(np.median(best_R / np.array(spent))), 3)}
        for name, spent in seconds.items()
    }


def _peers(model: Any, texts: Sequence[str]) -> dict[str, Embed]:
    def of(batch: int) -> Embed:
        return lambda: np.asarray(
            model.encode(list(texts), batch_size=batch, normalize_embeddings=True, show_progress_bar=False)
        )

    return {f"sentence-transformers, batches of {batch}": of(batch) for batch in (32, 256)}


def _ours(embedder: Embedder, texts: Sequence[str]) -> Embed:
    return lambda: np.concatenate(
        [embedder.embed(texts[at : at + _TOGETHER], "passage") for at in range(0, len(texts), _TOGETHER)]
    )


def compare(kind: str, model: Any, packages: dict[str, Embedder], texts: Sequence[str], rounds: int) -> float:
    """Print what each side takes; the best ratio among ours that are close enough, 0 where none is."""
    lengths = sorted(map(len, texts))
    print(f"{kind}: {len(texts)} texts of {lengths[0]} to {lengths[-1]} characters, half up to {lengths[len(texts) // 2]}")
    sides = _peers(model, texts) | {f"ours, {name}": _ours(one, texts) for name, one in packages.items()}
    wanted_ND, best = next(iter(sides.values()))(), 0.0
    for name, figures in measure(sides, rounds).items():
        cosine_N = (sides[name]() * wanted_ND).sum(axis=1)
        cosine = float(cosine_N.min())
        took = f"{1000 * figures['cpu_s'] / len(texts):8.3f} ms a text"
        near = f"cosine {cosine:.4f} at least, {float(np.median(cosine_N)):.4f} in the middle"
        print(f"  {name:<40} {took}  {figures['ratio']:6.2f}×  {near}", flush=True)
        if name.startswith("ours") and cosine >= _LEAST_COSINE:
            best = max(best, figures["ratio"])
    return best


def main(argv: Sequence[str] = ()) -> dict[str, Any]:
    """Measure, print a table, and return the ratio that counts."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench embeddings", description=__doc__)
    data = os.environ.get("TIENGNOI_DATA")
    default = Path(data) / "retrieval" / "xquad.vi.json" if data else None
    parser.add_argument("--package", type=Path, default=SHIPPED_TABLE, help="a static package (default: the shipped table)")
    parser.add_argument("--squad", type=Path, default=default, help="texts of all lengths, in SQuAD's layout")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--checkpoint", help="what the shipped transformer was made of: id of a hub, or a folder")
    args = parser.parse_args(list(argv))

    import torch

    torch.set_num_threads(1)
    texts = texts_of(args.squad)
    few = texts[:_TRANSFORMER_TEXTS]
    ratios: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as home:
        static, ours = as_sentence_transformers(args.package), {"int8 table": Embedder.open(args.package, threads=1)}
        ratios["static"] = compare("static", with_plain_tokenizer(static), ours, texts, args.rounds)
        ratios[_NOT_COUNTED] = compare("static, one tokenizer", static, ours, texts, args.rounds)
        model, ours = random_transformer(texts, Path(home))
        ratios["transformer"] = compare("transformer", model, ours, few, max(3, args.rounds // 2))
    if args.checkpoint:
        shipped = open_package(SHIPPED)
        model = Prefixed(args.checkpoint, shipped.settings["prefixes"]["passage"])
        packages = {"shipped": Embedder.open(SHIPPED, threads=1)}
        ratios["shipped"] = compare("shipped", model, packages, few, max(3, args.rounds // 2))
    counted = [ratio for name, ratio in ratios.items() if name != _NOT_COUNTED]
    return {"ratio": min(counted), "at_least": LEAST, "ratios": ratios}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1:])) + "\n")

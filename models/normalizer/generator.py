"""Spoken text to what a model writes for it: a package's two graphs, driven by verified guesses; numpy and onnxruntime alone.

Greedy and byte for byte what transformers' `generate` gives on the same fp32 weights, many times sooner. No guards here:
models/normalizer/infer.py cuts long texts into windows before, and judges what comes out.

B rows, S source ids, T ids of a block.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from data.errors import GoldenMismatch, NotUtf8, TextTooLong
from models.normalizer.decoding import F32, I64, BlockPolicy, Counts, decode_greedily
from models.normalizer.draft import Draft
from models.normalizer.paths import ALL, Paths, Trust, Walk
from models.normalizer.punctuator.infer import GRAPH, Punctuator
from models.normalizer.punctuator.leaning import Leaning
from models.normalizer.tokenizer import PAD, decode, encode
from models.onnx_session import start
from models.package import Package

ENCODER, DECODER = "encoder.onnx", "decoder_step.onnx"
#: Longer texts are cut into windows by whoever calls; the cost of attention grows with the square.
MAX_SOURCE_BYTES = 2048
#: Rows of one batch, and source ids of it with their padding.
_ROWS, _PADDED_IDS = 32, 6144
#: A batch is cut when its longest source is so much longer than its shortest that padding eats what batching gains.
_STRETCH = 1.3
#: How far a log-probability may stray on another machine: another instruction set rounds otherwise, and int8 most of all.
_GOLDEN_TOLERANCE = {"fp32": 0.05, "int8": 1.0}


def limit_of(source_bytes: int) -> int:
    """Ids of an output at most: the longest honest one is a web address read letter by letter the other way round."""
    return 4 * source_bytes + 64


class Generator:
    """Two graphs and what drives them; safe to call from several threads."""

    def __init__(
        self, folder: Path, *, threads: int | None = None, providers: Sequence[str] | None = None,
        punctuator: Punctuator | None = None, trust: Trust = ALL,
    ) -> None:  # fmt: skip
        """
        Args:
            folder: where encoder.onnx and decoder_step.onnx lie.
            punctuator: whose scores are added to the model's along paths.
            trust: weight of the model's own scores beside them.
            threads: threads of one inference; all cores where none are given. One, and calls from several threads,
                gives the highest throughput.
            providers: onnxruntime's execution providers; CUDA where it is built in, then the CPU, where none are given.
        Raises:
            BrokenPackage: a graph cannot be loaded.
        """
        self.punctuator, self.trust = punctuator, trust
        self._encoder, self._decoder = (start(folder / name, providers, threads) for name in (ENCODER, DECODER))
        self._cross = [output.name for output in self._encoder.get_outputs()]
        outputs = [output.name for output in self._decoder.get_outputs()]
        self._new = outputs[2:]
        self._past = [name.replace("new", "past") for name in self._new]
        heads, _, _, width = self._encoder.get_outputs()[0].shape
        self._slabs = (len(self._new), int(heads), int(width))

    @classmethod
    def open(cls, package: Package, *, threads: int | None = None, providers: Sequence[str] | None = None) -> Generator:
        """The generator of an opened package.

        Raises:
            BrokenPackage: a graph is missing or cannot be loaded.
        """
        folder = {package.path(name).parent for name in (ENCODER, DECODER)}.pop()
        told = package.settings.get("punctuator")
        if told is None:
            return cls(folder, threads=threads, providers=providers)
        punctuator = Punctuator(package.path(GRAPH).parent, told, threads=threads)
        return cls(folder, threads=threads, providers=providers, punctuator=punctuator, trust=Trust(**told["trust"]))

    def generate(
        self, spoken: Sequence[str], drafts: Sequence[str | None] | None = None, *, counts: Counts | None = None,
        policy: BlockPolicy | None = None, paths: Sequence[Paths | None] | None = None,
    ) -> list[str]:  # fmt: skip
        """What the model writes for each text; results come in the order of the texts, and an empty one stays empty.

        Args:
            spoken: any number of texts, each `MAX_SOURCE_BYTES` long at most.
            drafts: a guess at each output, such as the rules' rendering; a good one saves time, and no guess changes
                what is written. None, for one or for all, takes the text itself.
            counts: what decoding took is added to it.
            paths: what each text may be written as; the model chooses among it. None, for one or for all, allows anything.
        Raises:
            TextTooLong: a text is longer than a model should read at once.
            NotUtf8: a text holds half a surrogate pair.
        """
        ids = self.generate_ids(spoken, drafts, counts=counts, policy=policy, paths=paths)
        return [decode(of_text) for of_text in ids]

    def generate_ids(
        self, spoken: Sequence[str], drafts: Sequence[str | None] | None = None, *, counts: Counts | None = None,
        policy: BlockPolicy | None = None, paths: Sequence[Paths | None] | None = None,
    ) -> list[list[int]]:  # fmt: skip
        """As `generate`, the ids before they are text."""
        try:
            sources = [encode(text) for text in spoken]
        except UnicodeEncodeError as error:
            raise NotUtf8(f"a text holds {error.object[error.start]!a}, which no UTF-8 has") from error
        longest = max(map(len, sources), default=0) - 1
        if longest > MAX_SOURCE_BYTES:
            raise TextTooLong(f"a text of {longest} bytes is longer than {MAX_SOURCE_BYTES}")
        guesses = drafts if drafts is not None else [None] * len(sources)
        held = paths if paths is not None else [None] * len(sources)
        written: list[list[int]] = [[] for _ in sources]
        for batch in _batches(sources):
            plans = [_draft(sources[index], guesses[index]) for index in batch]
            limits = [limit_of(len(sources[index]) - 1) for index in batch]
            step = self._step([sources[index] for index in batch])
            walks = [None if (path := held[index]) is None else Walk(path, self.trust) for index in batch]
            found = decode_greedily(step, plans, limits, slabs=self._slabs, policy=policy, counts=counts, walks=walks)
            for index, ids in zip(batch, found, strict=True):
                written[index] = ids
        return written

    def generate_held(
        self, spoken: Sequence[str], leanings: Sequence[Leaning | None] | None = None, *, counts: Counts | None = None
    ) -> list[str]:
        """As `generate`, each text along the paths that the rules know for it: what serves.

        Args:
            leanings: what the punctuator says of each text's words, from its surroundings too; it is asked where none
                are given.
        """
        if leanings is None:
            leanings = [self.lean(text) for text in spoken]
        paths = [Paths(text, leaning=own) if text else None for text, own in zip(spoken, leanings, strict=True)]
        drafts = [path.likeliest() if path is not None and path.leaning is not None else None for path in paths]
        return self.generate(spoken, drafts, paths=paths, counts=counts)

    def generate_golden(self, spoken: Sequence[str]) -> list[str]:
        """As `generate_held`, without the rules' expressions: a package's golden texts outlive a change of the rules."""
        return self.generate(spoken, paths=[Paths(text, [], leaning=self.lean(text)) for text in spoken])

    def lean(self, text: str) -> Leaning | None:
        """What the punctuator says of a text's words, where there is one."""
        return self.punctuator.read(text.split(" ")) if text and self.punctuator else None

    def logits(self, source: str, target: Sequence[int]) -> F32:
        """What the model thinks before each of the target's ids; logits_TV."""
        count, heads, width = self._slabs
        past = [np.zeros((heads, 1, 1, width), np.float32)] * count
        block_1T, none = np.array([[PAD, *target[:-1]]], np.int64), np.zeros(1, np.int64)
        feed = self._step([encode(source)]).feed(block_1T, none, past, none)
        return np.asarray(self._decoder.run(["logits"], feed)[0])[0]

    def log_probs(self, source: str, target: Sequence[int]) -> F32:
        """As `logits`, as logarithms of probabilities."""
        logits_TV = self.logits(source, target)
        logits_TV = logits_TV - logits_TV.max(-1, keepdims=True)
        return logits_TV - np.log(np.exp(logits_TV).sum(-1, keepdims=True))

    def verify_golden(self, package: Package) -> None:
        """Answer the golden texts as when the package was made.

        Raises:
            GoldenMismatch: an output differs, or a logit strays farther than another machine explains.
        """
        golden = json.loads(package.path("golden/golden.json").read_text("utf-8"))
        found = self.generate_golden([case["spoken"] for case in golden])
        tolerance = _GOLDEN_TOLERANCE[package.settings["model"]["precision"]]
        for case, written in zip(golden, found, strict=True):
            if written != case["written"]:
                raise GoldenMismatch(f"{case['spoken']!r}: wrote {written!r}, was {case['written']!r}")
            wanted_TV = np.load(package.path(case["log_probs"]), allow_pickle=False)
            found_TV = self.log_probs(case["spoken"], encode(case["written"]))
            if found_TV.shape != wanted_TV.shape:
                raise GoldenMismatch(f"{case['spoken']!r}: {found_TV.shape} log-probabilities, were {wanted_TV.shape}")
            # Hopeless bytes stray most and matter least: those within e^-10 of certainty are compared.
            strayed = float(np.abs(found_TV - wanted_TV)[wanted_TV > -10].max(initial=0))
            if not strayed <= tolerance:
                raise GoldenMismatch(f"{case['spoken']!r}: log-probabilities strayed by {strayed:.3g}")

    def _step(self, sources: Sequence[Sequence[int]]) -> _Step:
        lengths_B = np.array([len(source) for source in sources], np.int64)
        source_BS = np.full((len(sources), lengths_B.max()), PAD, np.int64)
        for row_S, source in zip(source_BS, sources, strict=True):
            row_S[: len(source)] = source
        cross = self._encoder.run(self._cross, {"source": source_BS})
        return _Step(
            self._decoder, self._past, self._new, dict(zip(self._cross, map(np.asarray, cross), strict=True)), lengths_B
        )


class _Step:
    """The decoder graph, bound to the sources of one batch."""

    def __init__(
        self, decoder: onnxruntime.InferenceSession, past: list[str], new: list[str], cross: dict[str, F32], lengths_B: I64
    ) -> None:
        self._decoder, self._past, self._outputs = decoder, past, ["next_tokens", "logits", *new]
        self._cross, self._lengths_B, self._rows = cross, lengths_B, np.arange(len(lengths_B))

    def feed(self, tokens_BT: I64, cached_B: I64, past: Sequence[F32], rows: I64) -> dict[str, np.ndarray]:
        if not np.array_equal(rows, self._rows):
            # Rows only ever leave, so what stays is found among what was there.
            kept = np.searchsorted(self._rows, rows)
            self._cross = {name: np.ascontiguousarray(tensor[:, kept]) for name, tensor in self._cross.items()}
            self._lengths_B, self._rows = self._lengths_B[kept], rows
        certain = {"tokens": tokens_BT, "cached": cached_B, "source_lengths": self._lengths_B}
        return certain | dict(zip(self._past, past, strict=True)) | self._cross

    def __call__(self, tokens_BT: I64, cached_B: I64, past: Sequence[F32], rows: I64) -> tuple[I64, F32, list[F32]]:
        chosen_BT, logits_BTV, *new = map(
            np.asarray, self._decoder.run(self._outputs, self.feed(tokens_BT, cached_B, past, rows))
        )
        return chosen_BT, logits_BTV, new


def _draft(source: list[int], guess: str | None) -> Draft:
    if guess is None:
        # Most texts begin with a sentence.
        return Draft(source, capital=True)
    return Draft(encode(guess))


def _batches(sources: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Texts of like length together; empty ones in none."""
    batch: list[int] = []
    for index in sorted((i for i in range(len(sources)) if len(sources[i]) > 1), key=lambda i: len(sources[i])):
        size = len(sources[index])
        full = len(batch) == _ROWS or size * (len(batch) + 1) > _PADDED_IDS
        if batch and (full or size > _STRETCH * len(sources[batch[0]])):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch

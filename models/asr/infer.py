"""The serving engine: a package in, transcripts out, with numpy and onnxruntime alone.

B batch, T feature frames, M mel bands, V vocabulary.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.audio import decode
from data.errors import BrokenPackage, GoldenMismatch, TiengNoiError
from data.schema import Seconds, Transcript
from models.asr.decode import greedy
from models.asr.features import FrontEnd, log_mel
from models.asr.pieces import cut_into_pieces, join
from models.onnx_session import start
from models.package import Package, open_package

F32 = NDArray[np.float32]

#: How far a log-probability may stray on another machine: another instruction set rounds otherwise, and int8 most of all.
_GOLDEN_TOLERANCE = {"fp32": 0.05, "int8": 0.5}
#: A batch is cut when its padded audio passes this; more gains nothing on a CPU and takes memory.
_BATCH_SECONDS: Seconds = 60.0
#: A batch is cut when its longest clip is so much longer than its shortest that padding eats what batching gains.
_BATCH_STRETCH = 1.25


class Engine:
    """A graph between its front end and its decoder; safe to call from several threads."""

    def __init__(
        self,
        graph: Path,
        *,
        front_end: FrontEnd,
        tokens: Sequence[str],
        frame_s: Seconds,
        providers: Sequence[str] | None = None,
        threads: int | None = None,
    ) -> None:
        self.front_end, self.tokens, self.frame_s = front_end, tuple(tokens), frame_s
        self._session = start(graph, providers, threads)

    def transcribe(self, clips: Sequence[F32]) -> list[Transcript]:
        """Transcribe any number of clips of any length; results come in the order of the clips.

        Clips are batched by length, and cut in quiet moments where they are longer than a minute.

        Args:
            clips: mono float32 in [-1, 1] at the front end's rate.
        """
        pieces = [cut_into_pieces(clip, rate_hz=self.front_end.rate_hz) for clip in clips]
        flat = [piece for of_clip in pieces for piece in of_clip]
        heard: dict[int, Transcript] = {}
        for batch in self._batches(flat):
            heard |= zip(batch, self.transcribe_batch([flat[index] for index in batch]), strict=True)
        in_order = iter([heard[index] for index in range(len(flat))])
        return [join([next(in_order) for _ in of_clip]) for of_clip in pieces]

    def transcribe_batch(self, clips: Sequence[F32]) -> list[Transcript]:
        """Transcribe clips as one padded batch; each result is as if the clip were alone."""
        durations_s = [len(clip) / self.front_end.rate_hz for clip in clips]
        return [
            greedy(log_probs_TV, self.tokens, frame_s=self.frame_s, duration_s=duration_s)
            for log_probs_TV, duration_s in zip(self.log_probs(clips), durations_s, strict=True)
        ]

    def log_probs(self, clips: Sequence[F32]) -> list[F32]:
        """Log-probabilities of one padded batch, the padding cut off: one log_probs_TV a clip."""
        features = [log_mel(clip, self.front_end) for clip in clips]
        lengths_B = np.array([len(item) for item in features], np.int64)
        if not lengths_B.any():
            return [np.zeros((0, len(self.tokens) + 1), np.float32) for _ in clips]
        features_BTM = np.zeros((len(features), int(lengths_B.max()), self.front_end.mel_bands), np.float32)
        for row_TM, item in zip(features_BTM, features, strict=True):
            row_TM[: len(item)] = item
        outputs = self._session.run(["log_probs", "encoded_lengths"], {"features": features_BTM, "lengths": lengths_B})
        log_probs_BTV, encoded_B = np.asarray(outputs[0]), np.asarray(outputs[1])
        # A clip without a frame has length 0, for which a convolution's formula may still give one.
        kept_B = np.where(lengths_B > 0, encoded_B, 0)
        return [rows_TV[:kept] for rows_TV, kept in zip(log_probs_BTV, kept_B, strict=True)]

    def _batches(self, clips: Sequence[F32]) -> Iterator[list[int]]:
        batch: list[int] = []
        for index in sorted(range(len(clips)), key=lambda i: len(clips[i])):
            samples = len(clips[index])
            padded_s = samples * (len(batch) + 1) / self.front_end.rate_hz
            if batch and (padded_s > _BATCH_SECONDS or samples > _BATCH_STRETCH * len(clips[batch[0]])):
                yield batch
                batch = []
            batch.append(index)
        if batch:
            yield batch


class Recognizer(Engine):
    """The engine of a serving package."""

    package: Package

    @classmethod
    def open(cls, package_dir: Path | str, *, providers: Sequence[str] | None = None, threads: int | None = None) -> Recognizer:
        """Check a package and load its model.

        Args:
            providers: onnxruntime's execution providers; CUDA where it is built in, then the CPU, where none are given.
            threads: threads of one inference; all cores where none are given. One, and calls from several threads,
                gives the highest throughput.
        Raises:
            BrokenPackage: a file is missing or its digest differs, or the graph cannot be loaded.
        """
        package = open_package(package_dir)
        try:
            recognizer = cls(
                package.path("model.onnx"),
                front_end=FrontEnd(**package.settings["front_end"]),
                tokens=json.loads(package.path("tokens.json").read_text("utf-8")),
                frame_s=package.settings["decoder"]["frame_s"],
                providers=providers,
                threads=threads,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BrokenPackage(f"the settings of the package cannot be read: {error}", pointer="/settings") from error
        recognizer.package = package
        return recognizer

    def verify_golden(self) -> None:
        """Answer the golden clips as when the package was made.

        Raises:
            GoldenMismatch: a text differs, or a log-probability strays farther than another machine explains.
        """
        for golden in json.loads(self.package.path("golden/golden.json").read_text("utf-8")):
            clip = decode(self.package.path(golden["audio"]))
            found_TV = self.log_probs([clip])[0]
            wanted_TV = np.load(self.package.path(golden["log_probs"]), allow_pickle=False)
            text = self.transcribe_batch([clip])[0].text
            if text != golden["text"]:
                raise GoldenMismatch(f"{golden['audio']}: heard {text!r}, was {golden['text']!r}")
            if found_TV.shape != wanted_TV.shape:
                raise GoldenMismatch(f"{golden['audio']}: {found_TV.shape} log-probabilities, were {wanted_TV.shape}")
            # Hopeless tokens stray most and matter least: those within e^-10 of certainty are compared.
            strayed = float(np.abs(found_TV - wanted_TV)[wanted_TV > -10].max(initial=0))
            if not strayed <= _GOLDEN_TOLERANCE[self.package.settings["model"]["precision"]]:
                raise GoldenMismatch(f"{golden['audio']}: log-probabilities strayed by {strayed:.3g}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models asr infer`."""
    parser.add_argument("--package", type=Path, required=True, help="folder of the serving package")
    parser.add_argument("--threads", type=int, default=None, help="threads of one inference (default: all cores)")
    parser.add_argument("audio", type=Path, nargs="+", help="audio files")


def run(args: argparse.Namespace) -> int:
    """Print one JSON line a file, in order: {audio, text, words}, or {audio, error}; 1 if any file had an error."""
    recognizer = Recognizer.open(args.package, threads=args.threads)
    status = 0
    for path in args.audio:
        try:
            transcript = recognizer.transcribe([decode(path)])[0]
            line = {"audio": str(path), "text": transcript.text, "words": [asdict(word) for word in transcript.words]}
        except (TiengNoiError, OSError) as error:
            code = error.code if isinstance(error, TiengNoiError) else "audio.unreadable"
            line, status = {"audio": str(path), "error": {"code": code, "detail": str(error)}}, 1
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return status

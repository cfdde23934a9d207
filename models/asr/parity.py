"""How far a graph is from what it was made of, on real clips: rounding, or an error.

`python -m models asr parity --package DIR --checkpoint FILE --dataset DIR` holds a package against its checkpoint.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from data.digest import sha256_of
from data.errors import ConfigError, ParityError
from data.shards import ShardReader
from models.asr.attention import Span
from models.asr.decode import greedy
from models.asr.fastconformer import FastConformer, load_model
from models.asr.features import log_mel
from models.asr.infer import Engine, Recognizer
from models.asr.nemo_file import read_nemo

F32 = NDArray[np.float32]

#: Rounding stays two orders of magnitude below; a wrong operator does not.
TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """The largest difference of any log-probability, how many clips were compared and how many texts were the same."""

    max_difference: float
    clips: int
    same_text: int


def compare(model: FastConformer, engine: Engine, clips: Sequence[F32]) -> Parity:
    """Hold the engine against the PyTorch model that its graph was written from.

    Raises:
        ParityError: a log-probability differs by more than rounding, or a text differs.
    """

    def answer(clip: F32) -> F32:
        features_BTM = torch.from_numpy(log_mel(clip, engine.front_end))[None]
        log_probs_BTV, lengths_B = model(features_BTM, torch.tensor([features_BTM.size(1)]))
        return log_probs_BTV[0, : int(lengths_B)].numpy()

    return _compare(answer, engine, clips)


def compare_with_nemo(checkpoint: Path, engine: Engine, clips: Sequence[F32], span: Span) -> Parity:
    """Hold the engine against NeMo itself running the checkpoint: front end, encoder and head.

    Raises:
        ParityError: as `compare`.
    """
    # Imported here: it takes half a minute and 0.7 GB, and an export does without.
    from nemo.collections.asr.models import ASRModel

    model: Any = ASRModel.restore_from(str(checkpoint), map_location=torch.device("cpu"))
    model.eval()
    model.preprocessor.featurizer.dither = 0.0
    model.encoder.set_default_att_context_size([span.left, span.right])
    head = getattr(model, "ctc_decoder", None) or model.decoder

    def answer(clip: F32) -> F32:
        signal_BT, length_B = torch.from_numpy(clip)[None], torch.tensor([len(clip)])
        features_BMT, frames_B = model.preprocessor(input_signal=signal_BT, length=length_B)
        encoded_BDT, lengths_B = model.encoder(audio_signal=features_BMT, length=frames_B)
        return head(encoder_output=encoded_BDT)[0, : int(lengths_B)].numpy()

    return _compare(answer, engine, clips)


def _compare(answer: Callable[[F32], F32], engine: Engine, clips: Sequence[F32]) -> Parity:
    worst, same_text, compared = 0.0, 0, 0
    for clip in clips:
        if len(clip) < engine.front_end.hop_samples:
            continue
        with torch.inference_mode():
            wanted_TV = answer(clip)
        found_TV = engine.log_probs([clip])[0]
        if found_TV.shape != wanted_TV.shape:
            raise ParityError(f"the graph gives {found_TV.shape} log-probabilities, its checkpoint {wanted_TV.shape}")
        worst = max(worst, float(np.abs(found_TV - wanted_TV).max(initial=0)))
        found, wanted = (greedy(x, engine.tokens, frame_s=1.0, duration_s=1.0).text for x in (found_TV, wanted_TV))
        same_text, compared = same_text + (found == wanted), compared + 1
    # Written so that a NaN is an error too.
    if not (worst <= TOLERANCE and same_text == compared):
        raise ParityError(f"log-probabilities differ by {worst:.3g}, {compared - same_text} of {compared} texts differ")
    return Parity(max_difference=worst, clips=compared, same_text=same_text)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models asr parity`."""
    parser.add_argument("--package", type=Path, required=True, help="folder of the serving package")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the .nemo file that it was exported from")
    parser.add_argument("--dataset", type=Path, required=True, help="folder of the packaged dataset")
    parser.add_argument("--split", default="test", help="split whose clips are compared, all of them (default: test)")
    parser.add_argument("--nemo", action="store_true", help="hold the package against NeMo itself too; takes a minute to start")


def run(args: argparse.Namespace) -> int:
    """Print the figures as JSON; an error where they are more than rounding."""
    recognizer = Recognizer.open(args.package)
    model_settings = recognizer.package.settings["model"]
    if model_settings["precision"] != "fp32":
        raise ConfigError(
            "only an fp32 package equals its checkpoint; int8 is judged by its WER", pointer="/settings/model/precision"
        )
    if recognizer.package.lineage["checkpoint_sha256"] != sha256_of(args.checkpoint):
        raise ConfigError(f"the package was not exported from {args.checkpoint}", pointer="/lineage/checkpoint_sha256")
    with ShardReader(args.dataset, args.split) as reader:
        clips = [reader[index] for index in range(len(reader))]
    model = load_model(read_nemo(args.checkpoint), model_settings["attention_context"][1])
    figures = {"checkpoint": asdict(compare(model, recognizer, clips))}
    if args.nemo:
        figures["nemo"] = asdict(compare_with_nemo(args.checkpoint, recognizer, clips, model.span))
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0

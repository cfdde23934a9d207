"""Read a `.nemo` file without NeMo: its configuration, its weights, its tokens.

Nothing is unpacked to disk and no pickle runs: members are read from the tar, weights with `weights_only`.
"""

from __future__ import annotations

import io
import pickle
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml

from data.errors import ConfigError

#: The longest single member that is read; the largest model that these recipes train has 2.4 GB of weights.
_MAX_MEMBER_BYTES = 16 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a `.nemo` file holds: `weights` under NeMo's names, `tokens` in the order of the outputs, blank left out."""

    config: dict[str, Any]
    weights: dict[str, torch.Tensor]
    tokens: tuple[str, ...]


def read_nemo(path: Path) -> Checkpoint:
    """Read a `.nemo` file of a model with a CTC head.

    Raises:
        ConfigError: it is no such file, or its tokenizer is no SentencePiece one.
    """
    try:
        with tarfile.open(path) as tar:
            members = {Path(member.name).name: member for member in tar.getmembers() if member.isfile()}
            config = yaml.safe_load(_bytes(tar, members, "model_config.yaml"))
            weights_file = io.BytesIO(_bytes(tar, members, "model_weights.ckpt"))
        weights = torch.load(weights_file, map_location="cpu", weights_only=True)
    except (tarfile.TarError, OSError, yaml.YAMLError, pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise ConfigError(f"{path} is no .nemo file: {error}") from error
    if (config.get("tokenizer") or {}).get("type") != "bpe":
        raise ConfigError(f"{path}: only SentencePiece tokenizers are read", pointer="/tokenizer/type")
    head = ctc_head(config)
    tokens = tuple(map(str, head.get("vocabulary") or ()))
    if not tokens or len(tokens) != head.get("num_classes", len(tokens)):
        raise ConfigError(f"{path}: the vocabulary and the outputs differ in size", pointer="/decoder/vocabulary")
    return Checkpoint(config=config, weights=weights, tokens=tokens)


def ctc_head(config: dict[str, Any]) -> dict[str, Any]:
    """The settings of the CTC head, of a plain model or of a hybrid one."""
    hybrid = (config.get("aux_ctc") or {}).get("decoder")
    return hybrid or config["decoder"]


def _bytes(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], name: str) -> bytes:
    member = members.get(name)
    if member is None or member.size > _MAX_MEMBER_BYTES:
        raise tarfile.ReadError(f"no {name} in it")
    stream = tar.extractfile(member)
    if stream is None:
        raise tarfile.ReadError(f"{name} cannot be read")
    return stream.read()

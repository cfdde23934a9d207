"""Which packages write the same: a digest of what decides a package's answers, and not of the card beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from models.normalizer.punctuator.infer import WORDS
from models.package import Package


def answers_digest(files: Mapping[str, str], settings: Mapping[str, Any]) -> str:
    """Of graphs, words and settings; rules and guards are of the code, not of a package.

    Args:
        files: sha256 by name, of these files and others.
    """
    told = [(name, sha256) for name, sha256 in sorted(files.items()) if name.endswith(".onnx") or name == WORDS]
    return hashlib.sha256(json.dumps([told, settings], sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def answers_digest_of(package: Package) -> str:
    """As `answers_digest`."""
    return answers_digest({name: file["sha256"] for name, file in package.manifest["files"].items()}, package.settings)

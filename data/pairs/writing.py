"""A split's file: gzip with nothing of the moment in it, so that the same pairs are the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.pairs.making import Made

#: Level 6 halves the time of 9 and costs two per cent.
_LEVEL = 6


def write_split(path: Path, pairs: Sequence[Made]) -> dict[str, Any]:
    """Write the pairs and say what is in the file; bytes are of the texts, sha256 is of the lines."""
    digest = hashlib.sha256()
    kinds: Counter[str] = Counter()
    classes: Counter[str] = Counter()
    figures: Counter[str] = Counter()
    with path.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as file:
        for made in pairs:
            data = made.line.encode()
            digest.update(data)
            file.write(data)
            pair = json.loads(made.line)
            found = {link[4] for link in pair["links"]}
            kinds[made.kind] += 1
            classes.update(link[4] for link in pair["links"])
            figures["bytes"] += len(pair["spoken"].encode())
            figures["written_bytes"] += len(pair["written"].encode())
            asks = "?" in pair["written"]
            figures["with_expression"] += bool(found)
            figures["with_question"] += asks
            figures["with_expression_or_question"] += bool(found) or asks
    return {
        "pairs": len(pairs),
        **{name: figures[name] for name in ("bytes", "written_bytes", "with_expression", "with_question")},
        "with_expression_or_question": figures["with_expression_or_question"],
        "kinds": dict(sorted(kinds.items())),
        "classes": dict(sorted(classes.items())),
        "sha256": digest.hexdigest(),
    }

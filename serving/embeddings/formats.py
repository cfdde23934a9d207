"""Vectors as the JSON of an answer.

Two thousand vectors are a million numbers: as pydantic models they take seconds, so the string is written directly. It
equals what the shapes of contracts write (tests/contract/test_embeddings_answers.py).
"""

# N texts, D numbers in a vector.

from __future__ import annotations

import base64

import numpy as np

from serving.contracts.api import ModelLineage
from serving.contracts.embeddings import EmbeddingsUsage, EncodingFormat, SpaceShape


def render(
    vectors_ND: np.ndarray, *, encoding: EncodingFormat, model: str, tokens: int, space: SpaceShape, lineage: ModelLineage
) -> bytes:
    """The body of an answer."""
    write = _base64 if encoding == "base64" else _floats
    data = ",".join(
        f'{{"object":"embedding","index":{index},"embedding":{write(vector_D)}}}' for index, vector_D in enumerate(vectors_ND)
    )
    usage = EmbeddingsUsage(prompt_tokens=tokens, total_tokens=tokens)
    # The name is one of ours, and holds nothing that JSON escapes.
    tail = (
        f'"model":"{model}","usage":{usage.model_dump_json()},"x_space":{space.model_dump_json()},'
        f'"x_lineage":{lineage.model_dump_json()}'
    )
    return f'{{"object":"list","data":[{data}],{tail}}}'.encode()


def _floats(vector_D: np.ndarray) -> str:
    # Nine digits bring every float32 back.
    return f"[{','.join(map('{:.9g}'.format, vector_D.tolist()))}]"


def _base64(vector_D: np.ndarray) -> str:
    return f'"{base64.b64encode(vector_D.astype("<f4").tobytes()).decode("ascii")}"'

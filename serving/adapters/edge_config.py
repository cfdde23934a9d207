"""A space in the engine's own settings, and how a query asks for its vectors.

Up to `exact_below` points every vector is compared, as bytes, and the best again as they are: of queries that lie apart from
the passages a graph finds too little, and a scan of bytes takes a few milliseconds. A larger space gets a graph.
"""

from __future__ import annotations

import qdrant_edge as edge

from serving.search.space import GraphSettings, Space

#: Of the vectors' numbers, those between these quantiles keep a byte of their own; the engine's documentation advises it.
_QUANTILE = 0.99


def config_of(space: Space, points: int) -> edge.EdgeConfig:
    """What the engine makes of a space that holds so many points, the next time that it is optimised."""
    graph = space.graph
    links = 0 if points < graph.exact_below else graph.m
    hnsw = edge.HnswIndexConfig(m=links, ef_construct=graph.ef_construct, full_scan_threshold=graph.full_scan_kb)
    int8 = edge.ScalarQuantizationConfig(type=edge.ScalarType.Int8, quantile=_QUANTILE, memory=edge.Memory.Pinned)
    sparse = edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)
    return edge.EdgeConfig(
        vectors={
            "dense": edge.EdgeVectorParams(
                size=space.dim, distance=edge.Distance.Dot, quantization_config=int8 if graph.int8 else None
            )
        },
        sparse_vectors={"accented": sparse, "folded": sparse},
        hnsw_config=hnsw,
        optimizers=edge.EdgeOptimizersConfig(default_segment_number=graph.segments, indexing_threshold=graph.full_scan_kb),
    )


def params_of(graph: GraphSettings, limit: int) -> edge.SearchParams:
    """How so many vectors are asked for."""
    # Without being told to, the engine takes the order of the bytes for the order of the vectors.
    rescored = edge.QuantizationSearchParams(rescore=True, oversampling=graph.oversampling) if graph.int8 else None
    return edge.SearchParams(hnsw_ef=max(graph.ef_search, limit), quantization=rescored)

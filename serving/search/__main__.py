"""`python -m serving.search VERB`: how well a search finds, what is in it, and which space answers.

    evaluate   nDCG@10, recall@10 and MRR of one mode, as JSON
    fit        the fusion for an embedder's space from golden queries; writes {fingerprint, fusion} where --out says
    index      transcripts into the search: JSON lines {recording_id, transcript_id, version, words, …}
    ask        one question, with the hits as JSON
    reindex    to the embedder of --package, by the golden queries of the settings; goes on where it was stopped
    back       serve the space before the last swap again       finish   let that one go       status   what is held

A collection is --passages, --queries and --qrels, or --squad, or --pairs. The last six work on the search of the settings
(configs/serving/search.yaml, TIENGNOI_SEARCH_…), whose embedded engine only one process may hold.
Exit 0: done; 3: done, and the golden queries said no; 2: the caller can mend it; 1: anything else.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from data.errors import BadParameter, CallerError, GateRefused, TiengNoiError
from models.ranking import rank_metrics
from serving.search import collection as collections
from serving.search.bootstrap import open_search, reindex
from serving.search.collection import Collection, read_collection, read_pairs, read_squad
from serving.search.evaluate import MODES, Trial, fusion_of, plain_bm25, rank
from serving.search.filters import Filter
from serving.search.formats import shape_of
from serving.search.fusion import WORDS_ONLY
from serving.search.hybrid import Hybrid
from serving.search.index_transcripts import TranscriptIndexer
from serving.search.reindex import back, finish
from serving.search.settings import SearchSettings
from serving.search.spaces import Spaces, space_of
from serving.search.state import read_fusion, write_fusion
from serving.search.transcripts import read_transcripts
from serving.settings import read_settings

_TOLD_EVERY = 100
_ASKING = {
    "plain": None,
    "unaccented": collections.unaccented,
    "half-unaccented": collections.half_unaccented,
    "corrupted": collections.corrupted,
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m serving.search", description=__doc__, formatter_class=_Drawn)
    verbs = parser.add_subparsers(dest="verb", required=True)
    evaluate, fitting = verbs.add_parser("evaluate", help="measure one mode"), verbs.add_parser("fit", help="fit the fusion")
    for verb in (evaluate, fitting):
        for name in ("passages", "queries", "qrels", "squad"):
            verb.add_argument(f"--{name}", type=Path)
        verb.add_argument("--pairs", type=Path, help="a folder of packaged queries")
        verb.add_argument("--split", default="test", help="of --pairs")
        verb.add_argument("--kind", action="append", default=[], help="of the queries of --pairs; all where none is named")
        verb.add_argument("--package", type=Path, help="the embedder; by default the one that is shipped")
    evaluate.add_argument("--mode", choices=MODES, default="hybrid")
    evaluate.add_argument("--asking", choices=[*_ASKING, "disjoint"], default="plain", help="how the queries are typed")
    evaluate.add_argument("--fusion", type=Path, help="what `fit` wrote; by default it is fitted on the same queries")
    fitting.add_argument("--out", type=Path)
    verbs.add_parser("index", help="write transcripts").add_argument("transcripts", type=Path)
    asking = verbs.add_parser("ask", help="one question")
    asking.add_argument("question")
    asking.add_argument("--tenant", default="public", help="whose recordings (default: public)")
    asking.add_argument("--limit", type=int, default=10, help="most hits (default: 10)")
    verbs.add_parser("reindex", help="to another embedder").add_argument("--package", type=Path, required=True)
    for verb, told in (("back", "to the space before"), ("finish", "without a way back"), ("status", "what is held")):
        verbs.add_parser(verb, help=told)
    asked = parser.parse_args(argv)
    try:
        report = asyncio.run(_VERBS[asked.verb](asked))
    except GateRefused as error:
        print(f"{error.code}: {error.detail}", file=sys.stderr)
        return REFUSED
    except TiengNoiError as error:
        print(f"{error.code}: {error.detail}", file=sys.stderr)
        return 2 if isinstance(error, CallerError) else 1
    print(json.dumps(report, ensure_ascii=False))
    return 0


class _Drawn(argparse.RawDescriptionHelpFormatter):
    pass


def _collection(asked: argparse.Namespace) -> Collection:
    if asked.squad is not None:
        return read_squad(asked.squad)
    if asked.pairs is not None:
        return read_pairs(asked.pairs, asked.split, asked.kind)
    if None in (asked.passages, asked.queries, asked.qrels):
        raise BadParameter("a collection is --passages, --queries and --qrels, or --squad, or --pairs")
    return read_collection(asked.passages, asked.queries, asked.qrels)


async def _evaluate(asked: argparse.Namespace) -> dict[str, Any]:
    collection = _collection(asked)
    change = _ASKING.get(asked.asking)
    typed = collection.disjoint() if asked.asking == "disjoint" else collection.asking(change) if change else collection
    if asked.mode == "bm25":
        return {"mode": asked.mode, "asking": asked.asking} | rank_metrics(typed.qrels, plain_bm25(typed)).to_json()
    trial = await _filled(asked, collection)
    fusion = WORDS_ONLY
    if asked.mode == "hybrid" and asked.fusion is not None:
        fusion = read_fusion(asked.fusion, trial.space)
    elif asked.mode == "hybrid":
        fusion = (await trial.fit()).fusion
    found = await trial.candidates(typed.queries)
    ranking = rank(typed, found, fusion_of(asked.mode, fusion)).to_json()
    told = {"fusion": fusion.to_json(), "fingerprint": trial.space.fingerprint} if asked.mode == "hybrid" else {}
    return {"mode": asked.mode, "asking": asked.asking} | ranking | told


async def _fit(asked: argparse.Namespace) -> dict[str, Any]:
    collection = _collection(asked)
    trial = await _filled(asked, collection)
    fitted = await trial.fit()
    if asked.out is not None:
        write_fusion(asked.out, trial.space, fitted.fusion)
    return {
        "fingerprint": trial.space.fingerprint,
        "fusion": fitted.fusion.to_json(),
        "words": fitted.words,
        "fitted": fitted.fitted,
        "held_out": fitted.held_out,
        "tried": [{"kind": f.kind, "dense": f.dense, "k": f.k, "ndcg@10": round(ndcg, 4)} for f, ndcg in fitted.tried],
    }


async def _filled(asked: argparse.Namespace, collection: Collection) -> Trial:
    from models.embedder.infer import SHIPPED, Embedder
    from serving.adapters.memory_index import MemoryIndex

    trial = Trial(collection, MemoryIndex(), Embedder.open(asked.package or SHIPPED))
    await trial.fill()
    return trial


async def _index(asked: argparse.Namespace) -> dict[str, Any]:
    settings = read_settings(SearchSettings)
    outcomes = {"written": 0, "stale": 0, "passages": 0}
    async with open_search(settings) as opened:
        indexer = TranscriptIndexer(opened.spaces, settings.passages.policy)
        for number, one in enumerate(read_transcripts(asked.transcripts), 1):
            done = await indexer.index(one.heard, recorded_at_s=one.recorded_at_s, lineage=one.lineage)
            outcomes[done.outcome] += 1
            outcomes["passages"] += done.passages
            if number % _TOLD_EVERY == 0:
                print(f"{number:,} transcripts, {outcomes['passages']:,} passages", file=sys.stderr, flush=True)
        print(f"bringing {outcomes['passages']:,} new passages into shape", file=sys.stderr, flush=True)
        await opened.spaces.index.flush()
    return outcomes


async def _ask(asked: argparse.Namespace) -> dict[str, Any]:
    async with open_search(read_settings(SearchSettings)) as opened:
        hybrid = Hybrid(opened.spaces.index, opened.spaces.lexicon)
        hits = await hybrid.search(opened.spaces.served(), asked.question, Filter(tenant=asked.tenant), asked.limit)
        return {"hits": [shape_of(hit).model_dump() for hit in hits]}


async def _reindex(asked: argparse.Namespace) -> dict[str, Any]:
    settings = read_settings(SearchSettings)
    async with open_search(settings) as opened:
        engine = await asyncio.to_thread(opened.library.take_in, asked.package, name=settings.model_name)
        report = await reindex(opened, settings, engine.embedder)
        return _held(opened.spaces) | {"report": report.to_json() if report else None}


async def _manage(asked: argparse.Namespace) -> dict[str, Any]:
    async with open_search(read_settings(SearchSettings)) as opened:
        if asked.verb == "back":
            await back(opened.spaces, space_of(opened.engine.embedder).fingerprint)
        elif asked.verb == "finish":
            await finish(opened.spaces)
        return _held(opened.spaces)


def _held(spaces: Spaces) -> dict[str, Any]:
    state = spaces.state
    named = {"serving": state.serving, "previous": state.previous, "building": state.building}
    return {
        name: {"fingerprint": space.fingerprint, "model": space.model, "version": space.version} if space else None
        for name, space in named.items()
    }


REFUSED = 3
_VERBS = {
    "evaluate": _evaluate,
    "fit": _fit,
    "index": _index,
    "ask": _ask,
    "reindex": _reindex,
    "back": _manage,
    "finish": _manage,
    "status": _manage,
}

if __name__ == "__main__":
    sys.exit(main())

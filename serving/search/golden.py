"""Golden queries to the fusion of a space: asked as they are typed, and as people type who set no diacritics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from data.text.normalform import fold, normal_form
from models.ranking import rank_metrics
from serving.search.fusion import Candidates, Fitted, Judgements, fit

Ask = Callable[[Mapping[str, str]], Awaitable[Mapping[str, Candidates]]]
"""Queries → what both sides find for each."""


async def fit_golden(ask: Ask, queries: Mapping[str, str], judged: Judgements) -> Fitted:
    """The fusion that finds most by nDCG@10.

    Raises:
        BadParameter: no query has a judgement.
    """
    typed = await ask(queries)
    bare = await ask({name: fold(normal_form(text)) for name, text in queries.items()})
    return fit(typed, judged, lambda judgements, run: rank_metrics(judgements, run, k=10).ndcg, bare=bare)

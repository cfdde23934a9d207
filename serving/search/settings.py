"""Settings of the search's service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from serving.search.passages import PassagePolicy
from serving.search.space import GraphSettings
from serving.settings import Count, Group, IntakeSettings, Positive, ServiceSettings, env_prefix


class QuerySettings(IntakeSettings):
    """What a request may ask."""

    max_bytes: Count = 64 * 1024
    """Longest query string."""
    max_open: Count = 256
    """Requests that may be answered at once; more are answered 503."""
    max_query_bytes: Count = 4096
    """Longest question, in UTF-8."""
    limit: Count = 10
    """Hits where no limit is asked for."""
    max_limit: Count = 100
    """Most hits that may be asked for."""
    timeout_s: Positive = 10.0
    """Longest time that a query may take."""


class IndexSettings(Group):
    """Where the points are."""

    engine: Literal["edge", "server", "memory"] = "edge"
    """`edge`: in this process, in `folder`; `server`: at `url`; `memory`: gone with the process."""
    folder: Path = Path("search")
    """Holds the state of the search, its models, and the points of `edge`; a relative one lies under the artifacts."""
    url: str = ""
    """Of a Qdrant server or cluster, for `server`."""
    api_key: str = ""
    """Of that server; set it through the environment."""
    exact_below: Annotated[int, Field(ge=0)] = 200_000
    """Every vector of a space with fewer points is compared; a larger one gets a graph when it is next optimised."""
    m: Count = 32
    """Neighbours of a point in the graph of dense vectors."""
    ef_construct: Count = 256
    """Candidates looked at when a point is linked."""
    ef_search: Count = 512
    """Candidates looked at by a query of a graph."""
    int8: bool = True
    """Whether dense vectors are compared as bytes first, and the best again as they are."""
    oversampling: Annotated[float, Field(ge=1)] = 3.0
    """So many times as many as are asked for are compared again."""

    @property
    def graph(self) -> GraphSettings:
        """For the space."""
        return GraphSettings(
            **{name: getattr(self, name) for name in GraphSettings.__dataclass_fields__ if hasattr(self, name)}
        )


class GoldenSettings(Group):
    """Golden queries, and when a new space may take the place of the served one; see serving/search/reindex.py."""

    tenant: str = "public"
    """Whose questions they are."""
    queries: Path
    """JSON lines {id, text}."""
    qrels: Path
    """`query<TAB>transcript<TAB>grade` lines."""
    max_loss: Annotated[float, Field(ge=0, le=1)] = 0.005
    """So much nDCG@10 and recall@10 may be lost."""
    min_overlap: Annotated[float, Field(ge=0, le=1)] = 0.0
    """So much of the old first ten must be among the new ones; 0 only reports it."""
    batch: Count = 64
    """Passages that are embedded between two looks at what else is to be written."""


class AdminSettings(IntakeSettings):
    """The door for operators: packages that come in, and changes of model that are started, watched and undone."""

    token: SecretStr = SecretStr("")
    """Whoever brings it as a bearer may enter; nobody where it is empty. Set it through the environment."""
    max_bytes: Count = 4 << 30
    """Largest package."""
    max_wait_s: Positive = 1800.0
    """Longest time in which a package must have arrived."""
    max_open: Count = 8
    """Requests that may be answered at once; more are answered 503."""
    max_order_bytes: Count = 16 << 20
    """Largest order, with its golden queries."""


class PassageSettings(Group):
    """How transcripts are cut."""

    max_words: Count = 64
    """Most words of a passage."""
    max_s: Positive = 30.0
    """Longest passage."""
    overlap_words: Annotated[int, Field(ge=0)] = 16
    """Most words that a passage repeats of the one before it."""
    pause_s: Annotated[float, Field(ge=0)] = 0.6
    """A silence from which on a passage may end."""

    @property
    def policy(self) -> PassagePolicy:
        """For the cutter."""
        return PassagePolicy(max_words=self.max_words, max_s=self.max_s, overlap_words=self.overlap_words, pause_s=self.pause_s)


class SearchSettings(ServiceSettings):
    """Settings of the search's service."""

    service = "search"
    model_config = SettingsConfigDict(env_prefix=env_prefix(service))

    model_name: str = "embedder-vi"
    """The embedder's name."""
    fusion: Path | None = None
    """What `python -m serving.search fit` wrote for this embedder; without it the package's own weights, or words alone."""
    query: QuerySettings = QuerySettings()
    """What a request may ask."""
    index: IndexSettings = IndexSettings()
    """Where the points are."""
    golden: GoldenSettings | None = None
    """Where it is given, a release with another embedder moves the search to it in the background."""
    admin: AdminSettings = AdminSettings()
    """The door for operators."""
    passages: PassageSettings = PassageSettings()
    """How transcripts are cut."""

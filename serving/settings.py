"""The settings of the services: a commented YAML file in configs/serving, and the environment over it.

`TIENGNOI_ASR_PACKAGE=…` sets a field, `TIENGNOI_ASR_BATCH__MAX_WAIT_MS=…` a field of a group; `TIENGNOI_ASR_CONFIG`
names another file. Whatever is not a setting is refused, so that a misspelt name does not stay without effect.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from data.errors import ConfigError

#: The folder that holds serving/ and configs/: a checkout, or the source folder of a Bento.
HOME = Path(__file__).resolve().parents[1]

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class UploadSettings(_Group):
    """What a request may bring."""

    max_bytes: Count = 256 * 1024 * 1024
    """Largest body; a larger one is refused while it arrives."""
    max_duration_s: Positive = 3600.0
    """Longest audio; decoding stops there."""
    max_wait_s: Positive = 300.0
    """Longest time in which a body must have arrived."""
    max_open: Count = 256
    """Requests that may be read and answered at once, and so files on disk; more are answered 503."""
    spool_dir: Path | None = None
    """Where uploads lie while they are read; the system's folder for temporary files when empty."""


class DecodeSettings(_Group):
    """The child processes that turn bytes into samples."""

    workers: Count = 2
    """Processes; as many files are decoded at once."""
    max_waiting: Count = 64
    """Uploads that may wait for a decoder; more are answered 503."""
    timeout_s: Positive = 120.0
    """Longest time for one file; longer than any honest file of the largest size takes."""
    max_memory_bytes: Count = 2 * 1024 * 1024 * 1024
    """Address space of one process."""
    max_held_s: Positive = 7200.0
    """Seconds of decoded audio held at once over all requests (64 kB each); more are answered 503."""


class SegmentSettings(_Group):
    """Where long audio is cut, and what counts as speech."""

    max_chunk_s: Positive = 20.0
    """Longest stretch that the recogniser hears at once."""
    min_chunk_s: Positive = 5.0
    """A cut is not placed before this much of a stretch that must be cut."""
    keep_silence_s: Positive = 1.0
    """Silence kept at each side of speech; pauses of twice this and more are not recognised at all."""
    speech_threshold: Annotated[float, Field(gt=0.15, lt=1)] = 0.3
    """Probability at which speech begins; it ends 0.15 below. The worst telephone calls peak at 0.3, noise at 0.1."""
    word_margin_s: Positive = 0.5
    """A word further than this from any speech is taken for invented and dropped."""


class BatchSettings(_Group):
    """How chunks of all requests share the recogniser."""

    max_padded_s: Positive = 60.0
    """Largest batch: clips times the longest one, in seconds."""
    max_clips: Count = 32
    """Most clips in a batch."""
    max_wait_ms: Annotated[float, Field(ge=0)] = 5.0
    """How long an idle recogniser waits for company for a first clip."""
    max_queued_s: Positive = 14400.0
    """Seconds of audio that may wait; more are answered 503."""
    timeout_s: Positive = 600.0
    """Longest time that a chunk may wait and be recognised."""


class AsrSettings(BaseSettings):
    """Settings of the speech recognition service."""

    model_config = SettingsConfigDict(
        env_prefix="TIENGNOI_ASR_", env_nested_delimiter="__", extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    package: Path | None = None
    """Folder of the serving package; a relative one lies under the folder that holds `serving/`."""
    model_name: str = "asr-vi"
    """The name under which the model is asked for."""
    model_version: str = ""
    """Its version in the registry; the start of the package's digest when empty."""
    model_alias: str = ""
    """An alias that the version held when it was released: `champion` makes `asr-vi@champion` a name too."""
    threads: Annotated[int, Field(ge=0)] = 0
    """Threads of the recogniser; 0 takes all cores."""
    check_golden: bool = True
    """Whether the golden set must be answered as when it was packaged before requests are taken."""
    log_level: str = "INFO"
    """Least severe lines that are logged."""
    upload: UploadSettings = UploadSettings()
    """What a request may bring."""
    decode: DecodeSettings = DecodeSettings()
    """The decoder processes."""
    segment: SegmentSettings = SegmentSettings()
    """Where long audio is cut."""
    batch: BatchSettings = BatchSettings()
    """How requests share the recogniser."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment stands over the file, whose values come as arguments."""
        return env_settings, init_settings

    @property
    def package_dir(self) -> Path:
        """The package's folder.

        Raises:
            ConfigError: none is named.
        """
        if self.package is None:
            raise ConfigError("no serving package is named: set TIENGNOI_ASR_PACKAGE or `package`", pointer="/package")
        return HOME / self.package


def read_asr_settings(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> AsrSettings:
    """Read the file and the environment.

    Args:
        path: the YAML file; by default what TIENGNOI_ASR_CONFIG names, or configs/serving/asr.yaml.
    Raises:
        ConfigError: an unknown name or an impossible value; `pointer` names the place.
    """
    prefix = "TIENGNOI_ASR_"
    path = path or Path(environ.get(f"{prefix}CONFIG") or HOME / "configs/serving/asr.yaml")
    known = {f"{prefix}CONFIG"} | _names(prefix, AsrSettings)
    for name in environ:
        if name.startswith(prefix) and name not in known:
            raise ConfigError(f"{name} is no setting; known are {', '.join(sorted(known))}", pointer=f"/{name}")
    try:
        values = yaml.safe_load(path.read_text("utf-8")) or {}
        return AsrSettings(**values)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (yaml.YAMLError, TypeError) as error:
        raise ConfigError(f"{path} holds no mapping of settings: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        pointer = "/" + "/".join(map(str, first["loc"]))
        raise ConfigError(f"{path}{pointer}: {first['msg']}", pointer=pointer) from error


def _names(prefix: str, kind: type[BaseModel]) -> set[str]:
    names = set()
    for name, field in kind.model_fields.items():
        full = f"{prefix}{name.upper()}"
        names.add(full)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            names |= _names(f"{full}__", field.annotation)
    return names

"""YAML into frozen dataclasses: unknown keys, wrong types and undocumented fields are refused.

Each field of a configuration class is documented by a string literal on the line below it; `${NAME}` in a
value is taken from the environment. A value may be overridden as `section.key=value` from a command line.
"""

from __future__ import annotations

import dataclasses
import os
import re
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from data.errors import ConfigError

T = TypeVar("T")

#: A number to everybody but YAML 1.1, which asks for a point before the exponent and a sign in it.
_EXPONENT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+")


class _OneOfEach(yaml.SafeLoader):
    """YAML lets the last of two equal keys win in silence; here the second is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"{twice!r} stands there twice", node.start_mark)
        return super().construct_mapping(node, deep)


def read_config(path: Path | str, kind: type[T], overrides: Iterable[str] = ()) -> T:
    """Read one YAML file as `kind`.

    Args:
        overrides: `section.key=value`, the value in YAML.
    Raises:
        ConfigError: the file is missing or no YAML mapping; a key is unknown; a value has the wrong type; `pointer`
            names the place.
    """
    try:
        raw = yaml.load(Path(path).read_text("utf-8"), _OneOfEach)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not YAML: {error}") from error
    raw = {} if raw is None else raw
    if not isinstance(raw, dict):
        raise ConfigError(f"{path} must hold a mapping")
    for override in overrides:
        _override(raw, override)
    return from_mapping(raw, kind)


def from_mapping(raw: Mapping[str, Any], kind: type[T], pointer: str = "") -> T:
    """Build `kind` from a mapping; `pointer` is the place of the mapping in its file."""
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{pointer or '/'}: expected a mapping, got {raw!r}", pointer=pointer)
    hints = typing.get_type_hints(kind)
    names = {f.name for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(map(str, raw)) - names)
    if unknown:
        raise ConfigError(
            f"{pointer}/{unknown[0]}: unknown key; known are {', '.join(sorted(names))}", pointer=f"{pointer}/{unknown[0]}"
        )
    values = {name: _convert(value, hints[name], f"{pointer}/{name}") for name, value in raw.items()}
    try:
        return kind(**values)
    except TypeError as error:  # A field without a default is missing.
        raise ConfigError(f"{pointer or '/'}: {error}", pointer=pointer) from error


def _convert(value: Any, hint: Any, pointer: str) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return value
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in args:
            return None
        return _convert(value, next(a for a in args if a is not type(None)), pointer)
    if dataclasses.is_dataclass(hint):
        return from_mapping(value, typing.cast(type, hint), pointer)
    if origin is typing.Literal:
        if value not in args:
            raise ConfigError(f"{pointer}: {value!r} is none of {', '.join(map(repr, args))}", pointer=pointer)
        return value
    if origin in (tuple, list) and isinstance(value, list):
        inner = args[0] if args else Any
        return origin(_convert(v, inner, f"{pointer}/{i}") for i, v in enumerate(value))
    if origin is dict and isinstance(value, dict):
        return {str(k): _convert(v, args[1], f"{pointer}/{k}") for k, v in value.items()}
    if isinstance(value, str):
        value = _expand(value, pointer)
        if hint is Path:
            return Path(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is float and isinstance(value, str) and _EXPONENT.fullmatch(value):
        return float(value)
    wanted = origin or hint
    if isinstance(value, wanted) and not (isinstance(value, bool) and wanted is not bool):
        return value
    raise ConfigError(f"{pointer}: expected {getattr(wanted, '__name__', wanted)}, got {value!r}", pointer=pointer)


def _expand(value: str, pointer: str) -> str:
    def look_up(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            raise ConfigError(f"{pointer}: the environment variable {name} is not set", pointer=pointer)
        return os.environ[name]

    return re.sub(r"\$\{(\w+)\}", look_up, value)


def _override(raw: dict[str, Any], override: str) -> None:
    path, separator, text = override.partition("=")
    if not separator:
        raise ConfigError(f"{override!r}: an override reads section.key=value")
    *sections, key = path.split(".")
    for section in sections:
        raw = raw.setdefault(section, {})
        if not isinstance(raw, dict):
            raise ConfigError(f"{override!r}: {section} is no section")
    raw[key] = yaml.safe_load(text)

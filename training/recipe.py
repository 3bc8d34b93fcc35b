# SPDX-License-Identifier: GPL-2.0-or-later
"""A recipe's TOML file, read into the frozen values of config.py."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import tomllib

from .config import (
    Architecture,
    Augment,
    Batch,
    ConfigError,
    LandcoverConfig,
    Loss,
    Optimiser,
    Sensor,
    Steps,
)

_SECTIONS = {
    "architecture": Architecture,
    "steps": Steps,
    "batch": Batch,
    "optimiser": Optimiser,
    "loss": Loss,
    "augment": Augment,
}
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "str": ((str,), "text in quotes"),
    "tuple": ((tuple,), "a list"),
}


def load_landcover(path: Path) -> LandcoverConfig:
    """Read and check a recipe; ConfigError names the first thing that is wrong."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): check --config") from error
    except ValueError as error:  # no TOML, or no text at all
        raise ConfigError(f"{path} is not valid TOML ({error}): correct that line") from error
    for name, cls in _SECTIONS.items():
        if not isinstance(table.get(name), dict):
            raise ConfigError(f"{path} should have a [{name}] section: add it")
        table[name] = _build(cls, table[name], name)
    return _build(LandcoverConfig, table, str(path))


def _build(cls: type, table: dict[str, Any], where: str) -> Any:
    """One dataclass from a table that has its very fields, each of its kind."""
    names = {field.name for field in fields(cls)}
    missing, unknown = sorted(names - set(table)), sorted(set(table) - names)
    if missing or unknown:
        raise ConfigError(
            f"{where} lacks {missing} and has the unknown {unknown}: "
            f"it should have exactly {sorted(names)}"
        )
    values = {name: _value(value, f"{where}.{name}") for name, value in table.items()}
    for field in fields(cls):
        value = values[field.name]
        kinds, words = _KINDS.get(str(field.type).partition("[")[0], ((object,), ""))
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise ConfigError(
                f"{where}.{field.name} should be {words}, but is {value!r}: "
                "correct it in the recipe"
            )
    return cls(**values)


def _value(value: Any, where: str) -> Any:
    """Lists become tuples, and the tables of a list sensors."""
    if not isinstance(value, list):
        return value
    return tuple(
        _build(Sensor, part, where) if isinstance(part, dict) else _value(part, where)
        for part in value
    )

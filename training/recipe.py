# SPDX-License-Identifier: GPL-2.0-or-later
"""A recipe's TOML file, read into the frozen values its network's config.py describes."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import tomllib

from .errors import ConfigError

Recipe = TypeVar("Recipe")
_KINDS: dict[type, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    str: ((str,), "text in quotes"),
}


def load(path: Path, kind: type[Recipe]) -> Recipe:
    """Read and check a recipe of that kind; ConfigError names the first thing that is wrong."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): check --config") from error
    except ValueError as error:  # no TOML, or no text at all
        raise ConfigError(f"{path} is not valid TOML ({error}): correct that line") from error
    for name, hint in get_type_hints(kind).items():
        if is_dataclass(hint) and not isinstance(table.get(name), dict):
            raise ConfigError(f"{path} should have a [{name}] section: add it")
    return _build(kind, table, str(path))


def _build(kind: type[Recipe], table: dict[str, Any], where: str) -> Recipe:
    """One dataclass from a table that has its very fields, each of its kind."""
    names = {field.name for field in fields(kind)}
    missing, unknown = sorted(names - set(table)), sorted(set(table) - names)
    if missing or unknown:
        raise ConfigError(
            f"{where} lacks {missing} and has the unknown {unknown}: "
            f"it should have exactly {sorted(names)}"
        )
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], table[name], f"{where}.{name}") for name in names})


def _value(hint: Any, value: Any, where: str) -> Any:
    """A value of the kind its field asks for: a section, a list, a number or text."""
    if is_dataclass(hint) and isinstance(value, dict):
        return _build(hint, value, where)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise _wrong(where, "a list", value)
        of_each = get_args(hint)
        if of_each[1:] == (Ellipsis,):
            return tuple(_value(of_each[0], part, where) for part in value)
        if len(of_each) != len(value):
            raise _wrong(where, f"a list of {len(of_each)}", value)
        return tuple(_value(each, part, where) for each, part in zip(of_each, value))
    kinds, words = _KINDS.get(hint, ((), "a section of its own"))
    if isinstance(value, bool) != (hint is bool) or not isinstance(value, kinds):
        raise _wrong(where, words, value)
    return value


def _wrong(where: str, words: str, value: object) -> ConfigError:
    return ConfigError(f"{where} should be {words}, but is {value!r}: correct it in the recipe")

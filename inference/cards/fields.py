# SPDX-License-Identifier: GPL-2.0-or-later
"""Values out of a JSON object, each of the type expected, or a ValueError that names it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

_MOST_DIGITS = 300
"""Of a whole number: Python takes a time that grows with their square."""


def document(text: str) -> Any:
    """The JSON document that a text is; ValueError or RecursionError where it is none."""
    return json.loads(text, parse_int=_short)


def printable(text: str) -> str:
    """The text in one line, without signs that hide, move or break what is around it."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def section(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object `key`."""
    value = holder[key]
    if not isinstance(value, Mapping):
        raise ValueError(f"'{key}' is {value!r:.40}, expected an object in braces")
    return value


def entries(holder: Mapping[str, Any], key: str) -> list[Any]:
    """The list `key`."""
    value = holder[key]
    if not isinstance(value, list):
        raise ValueError(f"'{key}' is {value!r:.40}, expected a list in brackets")
    return value


def text(holder: Mapping[str, Any], key: str) -> str:
    """The text `key`."""
    value = holder[key]
    if not isinstance(value, str):
        raise ValueError(f"'{key}' is {value!r:.40}, expected a text in quotes")
    return value


def truth(holder: Mapping[str, Any], key: str) -> bool:
    """The true or false `key`."""
    value = holder[key]
    if not isinstance(value, bool):
        raise ValueError(f"'{key}' is {value!r:.40}, expected true or false")
    return value


def whole(holder: Mapping[str, Any], key: str) -> int:
    """The whole number `key`."""
    value = number(holder, key)
    if not value.is_integer():
        raise ValueError(f"'{key}' is {value}, expected a whole number")
    return int(value)


def number(holder: Mapping[str, Any], key: str) -> float:
    """The finite number `key`."""
    return _finite(holder[key], key)


def numbers(holder: Mapping[str, Any], key: str) -> tuple[float, ...]:
    """The list `key` of finite numbers."""
    return tuple(_finite(value, key) for value in entries(holder, key))


def texts(holder: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The list `key` of texts."""
    return tuple(text({key: value}, key) for value in entries(holder, key))


def _finite(value: object, key: str) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or abs(value) > 1e300 or not math.isfinite(value):
        raise ValueError(f"'{key}' is {value!r:.40}, expected a number")
    return float(value)


def _short(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(digits):,} digits is none that means anything here")
    return int(digits)

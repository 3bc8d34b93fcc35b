# SPDX-License-Identifier: GPL-2.0-or-later
"""Values that exporters write into a file's metadata: JSON, or Python's way of writing it.

Parsed, never evaluated: what is no plain list, table, text or number is refused before Python's own
parser sees it, which deep nesting could crash.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_MOST_SIGNS = 1_000_000
_MOST_DEPTH = 8
_LONG_NUMBER = re.compile(r"\d{300}")
"""Python takes a time that grows with the square of a whole number's digits."""
_TOKEN = re.compile(
    r"""\s+|[\[\](){},:]|[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?(?![\w.])|True\b|False\b|None\b"""
    r"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"""
)


def parsed(text: str) -> Any:
    """The value a text stands for; a text that is neither JSON nor Python's stands for itself."""
    if len(text) > _MOST_SIGNS or _depth(text) > _MOST_DEPTH or _LONG_NUMBER.search(text):
        raise ValueError(f"a value of {len(text):,} letters is too long, too deep or no number")
    try:
        return json.loads(text)
    except ValueError:
        return _literal(text) if _is_plain(text) else text.strip()


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text.strip()


def _depth(text: str) -> int:
    """How deep brackets nest; those inside texts count, too, which only makes it stricter."""
    depth = deepest = 0
    for sign in text:
        if sign in "[({":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "])}":
            depth -= 1
    return deepest


def _is_plain(text: str) -> bool:
    """Whether a text is made of brackets, commas, texts and numbers, and nothing else.

    One value right behind another is no list: long sums and chains of brackets nest, too.
    """
    at, before = 0, ","
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            return False
        at, sign = found.end(), found.group()
        if sign.isspace():
            continue
        if sign not in "]}),:" and before not in "[({,:":
            return False
        before = sign
    return True


def as_number(value: object, key: str) -> float:
    """A finite number, also one in quotes."""
    if isinstance(value, str):
        value = parsed(value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not abs(value) < 1e30:
        raise ValueError(f"'{key}' is {value!r:.40}, expected a number")
    return float(value)


def as_whole(value: object, key: str) -> int:
    """A whole number, also one in quotes."""
    found = as_number(value, key)
    if not found.is_integer():
        raise ValueError(f"'{key}' is {found}, expected a whole number")
    return int(found)


def as_numbers(value: object, key: str) -> tuple[float, ...]:
    """A list of numbers, or a single one."""
    if isinstance(value, (list, tuple)):
        return tuple(as_number(each, key) for each in value[:10_000])
    return (as_number(value, key),)


def as_names(value: object, key: str) -> tuple[str, ...]:
    """Names in the order of their numbers 0, 1, 2, ...: a list of them, or a table by number."""
    if isinstance(value, Mapping):
        value = _in_order(value, key)
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError(f"'{key}' is {value!r:.40}, expected names")
    return tuple(str(name) for name in value)


def _in_order(table: Mapping[Any, Any], key: str) -> list[Any]:
    by_number = {as_whole(number, key): name for number, name in table.items()}
    if sorted(by_number) != list(range(len(table))):
        raise ValueError(
            f"'{key}' numbers its classes {sorted(by_number)!r:.60}, expected 0, 1, 2, ... "
            "without a gap"
        )
    return [by_number[number] for number in range(len(table))]

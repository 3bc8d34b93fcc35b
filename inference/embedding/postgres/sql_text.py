# SPDX-License-Identifier: GPL-2.0-or-later
"""Names and values as SQL text that means nothing but them, whatever is written in them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from numpy.typing import NDArray

from ...errors import InputError

LONGEST_NAME = 63
"""Bytes; what is longer PostgreSQL cuts off, and the name is another one."""


def identifier(name: str) -> str:
    """The name of a schema, table or column in quotes; InputError where it can be none."""
    size = len(name.encode("utf-8", "surrogatepass"))
    if not 1 <= size <= LONGEST_NAME or not name.isprintable():
        raise InputError(
            f"A schema or table has a name of 1 to {LONGEST_NAME} bytes on one line, not "
            f"{name[:80]!r}; give another one."
        )
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in quotes, the same under every setting of `standard_conforming_strings`.

    What no database takes (bytes of a file name that are no text, zeros) is spelled out.
    """
    spelled = text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0")
    quoted = spelled.replace("'", "''")
    if "\\" in quoted:
        return " E'" + quoted.replace("\\", "\\\\") + "'"
    return f"'{quoted}'"


def texts(values: Iterable[str]) -> str:
    """An array of texts."""
    quoted = ('"' + each.replace("\\", "\\\\").replace('"', '\\"') + '"' for each in values)
    return literal("{" + ",".join(quoted) + "}") + "::text[]"


def numbers(values: NDArray[Any], kind: str) -> str:
    """An array of numbers (n,), to the last bit; `kind` is their type in SQL."""
    return "'{" + json.dumps(values.tolist(), separators=(",", ":"))[1:-1] + "}'" + f"::{kind}[]"


def vector(values: Iterable[float]) -> str:
    """One vector, (dimension,)."""
    return "'" + json.dumps([float(each) for each in values], separators=(",", ":")) + "'"


def vectors(values: NDArray[Any]) -> str:
    """An array of vectors, (n, dimension)."""
    rows = json.dumps(values.tolist(), separators=(",", ":"))[1:-1]
    return "'{\"" + rows.replace("],[", ']","[') + "\"}'"


def blobs(values: Iterable[bytes]) -> str:
    """An array of bytes, each as PostgreSQL and PostGIS read them from text."""
    return "'{" + ",".join(each.hex() for each in values) + "}'::text[]"

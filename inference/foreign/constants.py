# SPDX-License-Identifier: GPL-2.0-or-later
"""The constants of an ONNX file: their shapes, and how much of them there is, not their numbers."""

from __future__ import annotations

import struct
from dataclasses import replace

from .facts import TYPES, TensorFacts
from .wire import FIXED32, LENGTH, Damaged, Field, Wire, message, number

SHORT_LIST = 64
"""Numbers of a list that are read: as many as a shape may have, and more."""
_MOST_METADATA = 4_000_000
_MOST_SIDES = 32
_DATA = {4: 4, 10: 8, 5: 1, 7: 1, 11: 1, 6: 1}
"""Fields of listed elements and the least bytes of each in a packed list."""


def floats(wire: Wire, field: Field) -> tuple[float, ...]:
    """One float, or up to SHORT_LIST of a packed list."""
    if field.wire not in (FIXED32, LENGTH):
        raise Damaged(f"field {field.number} at byte {field.start:,} is of another type")
    count = min(field.length // 4, SHORT_LIST)
    part = Field(field.number, LENGTH, 0, field.start, field.start + 4 * count)
    return struct.unpack(f"<{count}f", wire.content(part, most=4 * SHORT_LIST))


def tensor(wire: Wire, holder: Field) -> TensorFacts:
    """A TensorProto."""
    name, kind, listed, is_external = "", 0, 0, False
    raw: int | None = None
    dims: tuple[int, ...] = ()
    ints: tuple[int, ...] = ()
    external: list[tuple[str, str]] = []
    for field in wire.fields(*message(holder)):
        if field.number == 1:
            dims = _further(name, dims, wire, field)
        elif field.number == 2:
            kind = number(field)
        elif field.number == 8:
            name = wire.text(field)
        elif field.number == 9:
            raw, ints = field.length, _raw_ints(wire, field, kind)
        elif field.number in _DATA:
            listed += _listed(field)
            if field.number == 7 and len(ints) < SHORT_LIST:
                ints += wire.varints(field, most=SHORT_LIST)
        elif field.number == 13:
            external.append(entry(wire, field))
        elif field.number == 14:
            is_external = number(field) != 0
        if len(external) > 16:
            raise Damaged(f"the constant {name!r:.40} says too much of where it lies")
    found = TensorFacts(name, dims, kind, raw, listed, tuple(external), is_external)
    return replace(found, ints=ints) if len(ints) == found.elements else found


def _further(name: str, dims: tuple[int, ...], wire: Wire, field: Field) -> tuple[int, ...]:
    """The sides so far and those of a further field."""
    dims += wire.varints(field, most=SHORT_LIST)
    if len(dims) > _MOST_SIDES or min(dims, default=0) < 0:
        raise Damaged(f"the constant {name!r:.40} has an impossible shape")
    return dims


def _raw_ints(wire: Wire, field: Field, kind: int) -> tuple[int, ...]:
    if TYPES.get(kind) != "int64" or field.length > 8 * SHORT_LIST or field.length % 8:
        return ()
    return struct.unpack(f"<{field.length // 8}q", wire.content(field, most=8 * SHORT_LIST))


def _listed(field: Field) -> int:
    """How many elements a field lists at most."""
    if field.wire != LENGTH or field.number == 6:
        return 1
    return field.length // _DATA[field.number]


def sparse(wire: Wire, holder: Field) -> TensorFacts:
    """A constant of which only some elements are told, by the size it has in memory."""
    dims: tuple[int, ...] = ()
    values = TensorFacts("", (), 0)
    for field in wire.fields(*message(holder)):
        if field.number == 1:
            values = tensor(wire, field)
        elif field.number == 3:
            dims = _further(values.name, dims, wire, field)
    return replace(values, dims=dims, is_sparse=True, ints=None)


def entry(wire: Wire, holder: Field) -> tuple[str, str]:
    """A key and its value."""
    key, value = "", ""
    for field in wire.fields(*message(holder)):
        if field.number == 1:
            key = wire.text(field)
        elif field.number == 2:
            value = wire.text(field, most=_MOST_METADATA)
    return key, value

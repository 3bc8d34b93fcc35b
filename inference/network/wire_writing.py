# SPDX-License-Identifier: GPL-2.0-or-later
"""Protobuf's wire format, written: what `foreign/wire.py` reads.

Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from ..foreign.wire import LENGTH, VARINT


def varint(value: int) -> bytes:
    """A number from 0 on: seven bits a byte, the lowest first."""
    told = bytearray()
    while value > 127:
        told.append(value & 127 | 128)
        value >>= 7
    return bytes([*told, value])


def holding(number: int, content: bytes | str) -> bytes:
    """A field with bytes, a text or a message."""
    told = content.encode("utf-8") if isinstance(content, str) else content
    return varint(number << 3 | LENGTH) + varint(len(told)) + told


def counting(number: int, value: int) -> bytes:
    """A field with a whole number from 0 on."""
    return varint(number << 3 | VARINT) + varint(value)

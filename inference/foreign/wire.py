# SPDX-License-Identifier: GPL-2.0-or-later
"""Protobuf's wire format, read from a file that nobody vouches for.

Nothing is allocated by what the file says: lengths are checked against what is there, long parts
are skipped, and the number of parts is bounded, so that time and memory are, too.
Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from ..errors import ModelError

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
_MOST_FIELDS = 2_000_000
"""The largest networks there are have a tenth of it; reading so many takes seconds."""
_MOST_TEXT = 100_000_000
"""Bytes of names and metadata together, all of which are kept in memory."""
_BLOCK = 1 << 16


class Damaged(ModelError):
    """The bytes are no protobuf, or end too early."""


class Field(NamedTuple):
    """One field of a message: its number, its wire type, and where its content lies.

    `value` is a number (VARINT, as an unsigned one of 64 bits); else `start` and `stop` are offsets
    in the file. A tuple, since a network has thousands, and every run reads them first.
    """

    number: int
    wire: int
    value: int
    start: int
    stop: int

    @property
    def length(self) -> int:
        return self.stop - self.start


class Wire:
    """A file's bytes, one block of them in memory, and the fields they are."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        """`size` is the file's in bytes; what grows behind it is not read."""
        self._file, self.size = file, size
        self._base, self._block = 0, b""
        self._left, self._texts_left = _MOST_FIELDS, _MOST_TEXT

    def fields(self, start: int, stop: int) -> Iterator[Field]:
        """The fields of the message at `start`..`stop`; Damaged where they do not fill it."""
        at = start
        while at < stop:
            self._count()
            tag, at = self.varint(at, stop)
            number, wire = tag >> 3, tag & 7
            if number == 0:
                raise Damaged(f"byte {at:,} begins nothing that protobuf knows")
            if wire == VARINT:
                value, at = self.varint(at, stop)
                yield Field(number, wire, value, at, at)
                continue
            if wire == LENGTH:
                length, at = self.varint(at, stop)
            elif wire in (FIXED32, FIXED64):
                length = 4 if wire == FIXED32 else 8
            else:
                raise Damaged(f"byte {at:,} begins nothing that protobuf knows")
            if length > stop - at:
                raise Damaged(f"a part at byte {at:,} is longer than what holds it")
            yield Field(number, wire, 0, at, at + length)
            at += length

    def varint(self, at: int, stop: int) -> tuple[int, int]:
        """The number at `at`, 0 .. 2^64 - 1, and the offset behind it."""
        index = at - self._base
        if at < stop and 0 <= index < len(self._block) and self._block[index] < 128:
            return self._block[index], at + 1  # as most are
        value = 0
        for shift in range(0, 70, 7):
            if at >= stop:
                raise Damaged(f"it ends within a number at byte {at:,}")
            byte = self._byte(at)
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                if value >> 64:
                    break
                return value, at
        raise Damaged(f"the number before byte {at:,} has more than 64 bits")

    def varints(self, field: Field, *, most: int) -> tuple[int, ...]:
        """Up to `most` signed numbers, packed into one field or one in a field of its own."""
        if field.wire == VARINT:
            return (signed(field.value),)
        found, at = [], _of_wire(field, LENGTH).start
        while at < field.stop and len(found) < most:
            value, at = self.varint(at, field.stop)
            found.append(signed(value))
        return tuple(found)

    def content(self, field: Field, *, most: int) -> bytes:
        """The bytes of a field; Damaged where there are more than `most`."""
        if _of_wire(field, LENGTH).length > most:
            raise Damaged(f"a text of {field.length:,} bytes at byte {field.start:,} is too long")
        self._texts_left -= field.length
        if self._texts_left < 0:
            raise Damaged(f"it has more than {_MOST_TEXT:,} bytes of names and metadata")
        found = self._bytes(field.start, field.stop)
        if len(found) != field.length:
            raise Damaged(f"it ends at byte {field.start + len(found):,}")
        return found

    def text(self, field: Field, *, most: int = 4096) -> str:
        """The text of a field; bytes that are none become U+FFFD."""
        return self.content(field, most=most).decode("utf-8", "replace")

    def _bytes(self, start: int, stop: int) -> bytes:
        """Those of start..stop, as far as the file has them."""
        if self._base <= start and stop <= self._base + len(self._block):
            return self._block[start - self._base : stop - self._base]
        self._file.seek(start)
        return self._file.read(stop - start)

    def _byte(self, at: int) -> int:
        index = at - self._base
        if not 0 <= index < len(self._block):
            self._file.seek(at)
            self._base, self._block = at, self._file.read(_BLOCK)
            index = 0
            if not self._block:
                raise Damaged(f"it ends at byte {at:,}")
        return self._block[index]

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Damaged(f"it has more than {_MOST_FIELDS:,} parts")


def signed(value: int) -> int:
    """A number of 64 bits as the signed one it stands for."""
    return value - (1 << 64) if value >> 63 else value


def message(field: Field) -> tuple[int, int]:
    """Where the message lies that is the content of a field."""
    return _of_wire(field, LENGTH).start, field.stop


def number(field: Field) -> int:
    """The signed number of a field."""
    return signed(_of_wire(field, VARINT).value)


def _of_wire(field: Field, wire: int) -> Field:
    if field.wire != wire:
        raise Damaged(f"field {field.number} at byte {field.start:,} is of another type")
    return field

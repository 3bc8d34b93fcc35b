# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks and cards with something wrong in them, one for every number."""

from __future__ import annotations

import hashlib
import json
import random
from typing import Any

import onnx
from spoilt_bases import NO_DIGEST, bases

_NUMBERS = (0, 1, 2, 3, 7, 255, 256, 2**31 - 1, 2**31, 2**32, 2**62, 2**63 - 1, -1, -(2**63))
_TEXTS = (
    "", "o", "image", "w", "/etc/passwd", "../outside.bin", "..\\outside.bin", "w.bin", "C:\\x",
    "*/_ORT_MEM_ADDR_/*", "com.microsoft", "my.ops", "Loop", "ConstantOfShape", "Expand", "Tile",
    "If", "Reshape", "EPContext", "NaN", "1e999", "-1", "null", "[" * 2000, "{0: 'a'", "\x00",
    "a\nb", "\u202egnp", "<b>x</b>", "é" * 300, "__import__('os').system('true')", "9" * 5000,
)  # fmt: skip
_JSON = (None, True, False, 0, -1, 0.5, 1e300, float("nan"), float("inf"), 2**70, [], {}, [[]],
         {"a": {}}, *_TEXTS)  # fmt: skip


def mutated(number: int) -> dict[str, bytes]:
    """The files of a model in which something is wrong, always the same for a number."""
    rng = random.Random(number)
    base = rng.choice(bases())
    files = {**base.beside, "net.onnx": base.network}
    name = rng.choice([*files, "net.onnx", "net.onnx"])
    change = rng.choice(
        [_json_changed, _json_changed, _bytes_changed]
        if name.endswith(".json")
        else [_message_changed, _message_changed, _bytes_changed, _bytes_changed, _spliced]
    )
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        files[name] = change(rng, files[name])
    if "net.json" in files:  # so that a spoilt network is loaded by its card, too
        digest = hashlib.sha256(files["net.onnx"]).hexdigest()
        files["net.json"] = files["net.json"].replace(NO_DIGEST, digest.encode())
    return files


def _bytes_changed(rng: random.Random, whole: bytes) -> bytes:
    """Bits turned, bytes lost, doubled or put in, the end cut off."""
    data = bytearray(whole)
    if not data:
        return b"\x08"
    at, length = rng.randrange(len(data)), rng.choice((1, 1, 2, 8, 64))
    kind = rng.randrange(7)
    if kind == 0:
        data[at] ^= 1 << rng.randrange(8)
    elif kind == 1:
        data[at : at + length] = rng.randbytes(length)
    elif kind == 2:
        del data[at : at + length]
    elif kind == 3:
        data[at:at] = data[at : at + length] * rng.choice((1, 3, 100))
    elif kind == 4:
        del data[at:]
    elif kind == 5:
        data[at:at] = b"\xff" * rng.choice((1, 9, 10, 40)) + b"\x01"
    else:
        data[at : at + 1] = rng.choice((b"\x00", b"\x7f", b"\x80\x80\x80\x80\x08", b"\xff"))
    return bytes(data)


def _spliced(rng: random.Random, whole: bytes) -> bytes:
    """The beginning of one file and the end of another."""
    other = rng.choice(bases()).network
    return whole[: rng.randrange(len(whole) + 1)] + other[rng.randrange(len(other)) :]


def _message_changed(rng: random.Random, whole: bytes) -> bytes:
    """A field of the model, wherever it lies, with another value, gone or doubled."""
    made = onnx.ModelProto()
    try:
        made.ParseFromString(whole)
    except Exception:  # noqa: BLE001  # it was spoilt before: protobuf's errors have many names
        return _bytes_changed(rng, whole)
    holders = [made]
    for holder in holders:  # it grows while it is gone through: all messages, in depth
        for _, value in holder.ListFields():
            if hasattr(value, "ListFields"):
                holders.append(value)
            elif hasattr(value, "add"):
                holders.extend(value)
    holder = rng.choice(holders)
    field = rng.choice(holder.DESCRIPTOR.fields)
    _spoil(rng, holder, field)
    return made.SerializeToString()


def _spoil(rng: random.Random, holder: Any, field: Any) -> None:
    repeated = not isinstance(getattr(holder, field.name), (int, float, str, bytes)) and hasattr(
        getattr(holder, field.name), "__len__"
    )
    if rng.random() < 0.2:
        holder.ClearField(field.name)
        return
    if field.message_type is not None:
        value = getattr(holder, field.name)
        if repeated:
            source = rng.choice(value) if len(value) else None
            for _ in range(rng.choice((1, 3))):
                added = value.add()
                if source is not None:
                    added.CopyFrom(source)
        else:
            value.SetInParent()
        return
    values = {
        "string": rng.choice(_TEXTS),
        "bytes": rng.choice(_TEXTS).encode() + rng.randbytes(rng.choice((0, 1, 30))),
        "number": rng.choice(_NUMBERS),
    }
    cpp = field.cpp_type
    kind = {field.CPPTYPE_STRING: "bytes" if field.type == field.TYPE_BYTES else "string"}.get(cpp)
    value = values[kind or "number"]
    if cpp in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE):
        value = float(rng.choice((0, 1, -1, 1e30, float("inf"), float("nan"))))
    if cpp == field.CPPTYPE_INT32:
        value = rng.choice((0, 1, 7, 9, 22, 99, 2**31 - 1))
    if cpp == field.CPPTYPE_ENUM:
        value = rng.choice(sorted(field.enum_type.values_by_number))
    if cpp == field.CPPTYPE_UINT64:
        value = abs(value)
    if repeated:
        getattr(holder, field.name).extend([value] * rng.choice((1, 2, 40)))
    else:
        setattr(holder, field.name, value)


def _json_changed(rng: random.Random, whole: bytes) -> bytes:
    """A value of a JSON document replaced, gone, or put in deeper."""
    try:
        raw = json.loads(whole)
    except ValueError:
        return _bytes_changed(rng, whole)
    places = []
    waiting = [raw]
    for holder in waiting:
        keys = holder if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            places.append((holder, key))
            if isinstance(holder[key], (dict, list)):
                waiting.append(holder[key])
    if not places:
        return json.dumps(rng.choice(_JSON)).encode()
    holder, key = rng.choice(places)
    if rng.random() < 0.2:
        del holder[key]
    else:
        holder[key] = rng.choice(_JSON)
    return json.dumps(raw).encode("utf-8", "surrogatepass")

# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks and cards with something wrong in them, one for every number."""

from __future__ import annotations

import hashlib
import json
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from foreign_networks import model
from made_pairs import SAM, SAM2, Made, make
from onnx import TensorProto, helper, numpy_helper

_SIDE = 32
_NO_DIGEST = b"0" * 64
_NUMBERS = (0, 1, 2, 3, 7, 255, 256, 2**31 - 1, 2**31, 2**32, 2**62, 2**63 - 1, -1, -(2**63))
_TEXTS = (
    "", "o", "image", "w", "/etc/passwd", "../outside.bin", "..\\outside.bin", "w.bin", "C:\\x",
    "*/_ORT_MEM_ADDR_/*", "com.microsoft", "my.ops", "Loop", "ConstantOfShape", "Expand", "Tile",
    "If", "Reshape", "EPContext", "NaN", "1e999", "-1", "null", "[" * 2000, "{0: 'a'", "\x00",
    "a\nb", "\u202egnp", "<b>x</b>", "é" * 300, "__import__('os').system('true')", "9" * 5000,
)  # fmt: skip
_JSON = (None, True, False, 0, -1, 0.5, 1e300, float("nan"), float("inf"), 2**70, [], {}, [[]],
         {"a": {}}, *_TEXTS)  # fmt: skip


@dataclass(frozen=True)
class Base:
    """A model as it is before something is wrong: its files by name, the network's last."""

    network: bytes
    beside: dict[str, bytes]


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
        files["net.json"] = files["net.json"].replace(_NO_DIGEST, digest.encode())
    return files


@lru_cache(maxsize=1)
def bases() -> tuple[Base, ...]:
    """Networks of every kind that can be run, described in every way."""
    names = '{"0": "a", "1": "b", "2": "c"}'
    zoo = {"model_type": '"Segmentor"', "class_names": names, "resolution": "20.0",
           "tile_size": "32", "tiles_overlap": "25", "standardization_mean": "[0.1, 0.2, 0.3]",
           "standardization_std": "[1, 2, 3]"}  # fmt: skip
    yolo = {"task": "detect", "imgsz": "[32, 32]", "stride": "32", "names": "{0: 'a', 1: 'b'}"}
    conv = _convolution()
    return (
        Base(conv(metadata=zoo), {}),
        Base(conv(metadata=zoo, external=True), {"w.bin": bytes(64 + 36)}),
        Base(conv(metadata={"model_type": '"Regressor"', "reg_output_scaling": "2"}), {}),
        Base(_detector(yolo), {}),
        Base(_looping(zoo), {}),
        Base(_calling(zoo), {}),
        Base(conv(metadata={}), {"net.json": _card()}),
        Base(conv(metadata={}), {"net.json": _item()}),
        Base(conv(metadata={}), {}),
        _pair(SAM),
        _pair(SAM2),
    )


def _pair(made: Made) -> Base:
    """A promptable pair: what sees is the network, what is asked lies beside it."""
    with tempfile.TemporaryDirectory() as folder:
        encoder, decoder = (path.read_bytes() for path in make(Path(folder), made))
    return Base(encoder, {"decoder.onnx": decoder})


def _shapes() -> dict[str, Any]:
    return {"image": ("n", 3, _SIDE, _SIDE)}


def _convolution() -> Callable[..., bytes]:
    def made(metadata: dict[str, str], *, external: bool = False) -> bytes:
        weight = numpy_helper.from_array(np.eye(3, dtype=np.float32)[:, :, None, None], "w")
        if external:
            weight = TensorProto(name="w", data_type=1, dims=[3, 3, 1, 1], data_location=1)
            for key, value in (("location", "w.bin"), ("offset", "64"), ("length", "36")):
                weight.external_data.add(key=key, value=value)
        nodes = [
            helper.make_node("Conv", ["image", "w"], ["x"]),
            helper.make_node("Constant", [], ["s"], value=numpy_helper.from_array(
                np.array([0, 3, _SIDE, _SIDE], np.int64), "shape")),
            helper.make_node("Reshape", ["x", "s"], ["y"]),
            helper.make_node("Softmax", ["y"], ["o"], axis=1),
        ]  # fmt: skip
        return model(
            {"o": ("n", 3, _SIDE, _SIDE)}, nodes=nodes, tensors=[weight], metadata=metadata,
            **_shapes(),
        ).SerializeToString()  # fmt: skip

    return made


def _detector(metadata: dict[str, str]) -> bytes:
    nodes = [
        helper.make_node("AveragePool", ["image"], ["x"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Concat", ["x", "x"], ["y"], axis=1),
        helper.make_node("Reshape", ["y", "s"], ["o"]),
    ]
    shape = numpy_helper.from_array(np.array([0, 6, 16], np.int64), "s")
    made = model({"o": ("n", 6, 16)}, nodes=nodes, tensors=[shape], metadata=metadata, **_shapes())
    return made.SerializeToString()


def _looping(metadata: dict[str, str]) -> bytes:
    value = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Relu", ["x"], ["y"])],
        "body",
        [value("i", 7, []), value("go", 9, []), value("x", 1, None)],
        [value("on", 9, []), value("y", 1, None)],
    )
    nodes = [helper.make_node("Loop", ["m", "c", "image"], ["o"], body=body)]
    tensors = [helper.make_tensor("m", 7, [], [3]), helper.make_tensor("c", 9, [], [True])]
    shapes = {"o": ("n", 3, _SIDE, _SIDE)}
    return model(
        shapes, nodes=nodes, tensors=tensors, metadata=metadata, **_shapes()
    ).SerializeToString()


def _calling(metadata: dict[str, str]) -> bytes:
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("f", 1)]
    inner = helper.make_function(
        "f", "Inner", ["x"], ["y"], [helper.make_node("Relu", ["x"], ["y"])], opsets
    )
    outer = helper.make_function(
        "f", "Outer", ["x"], ["y"], [helper.make_node("Inner", ["x"], ["y"], domain="f")], opsets
    )
    return model(
        {"o": ("n", 3, _SIDE, _SIDE)},
        nodes=[helper.make_node("Outer", ["image"], ["o"], domain="f")],
        functions=[inner, outer],
        opsets={"": 17, "f": 1},
        metadata=metadata,
        **_shapes(),
    ).SerializeToString()


def _card() -> bytes:
    return json.dumps({
        "schema": 1, "id": "net", "name": "Net", "kind": "segmentation", "file": "net.onnx",
        "sha256": _NO_DIGEST.decode(), "bytes": 1, "licence": "MIT",
        "input": {"bands": ["red", "green", "blue"], "dtype": "float32", "mean": [0, 0, 0],
                  "std": [255, 255, 255], "resolution_m": 0.5, "stride_multiple": 1, "tile": 32,
                  "fixed_tile": True, "fixed_batch": None},
        "output": {"activation": "probabilities", "stride": 1, "threshold": 0.5, "median": 3},
        "classes": [{"id": n, "name": f"c{n}", "color": "#102030"} for n in range(3)],
        "blend": {"halo": 4, "ring": 2, "fade": 2}, "metrics": {}, "statistics": {},
    }).encode()  # fmt: skip


def _item() -> bytes:
    scaling = [{"type": "z-score", "mean": 0.5, "stddev": 0.25}]
    classes = [{"value": n, "name": f"c{n}", "color_hint": "102030"} for n in range(3)]
    return json.dumps({
        "type": "Feature",
        "properties": {
            "mlm:name": "Net", "mlm:tasks": ["semantic-segmentation"], "gsd": 10,
            "mlm:input": [{"bands": ["red", "green", "blue"], "value_scaling": scaling,
                           "input": {"shape": [-1, 3, 32, 32]}}],
            "mlm:output": [{"classification:classes": classes}],
        },
        "assets": {"model": {"href": "./net.onnx"}},
    }).encode()  # fmt: skip


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

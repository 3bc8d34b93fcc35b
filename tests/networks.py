# SPDX-License-Identifier: GPL-2.0-or-later
"""Small networks with a known answer, made with onnx: what the engine's tests run."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from geosift.inference.cards.card import ModelCard

PLAIN = ((220, 40, 40), (40, 220, 40), (40, 40, 220), (127, 127, 127))
"""What `classifier` calls class 0, 1, 2, 3."""
COLORS = ("#C0392B", "#E8C48A", "#7F8C8D", "#27AE60", "#2980B9")


def save(
    folder: Path,
    name: str,
    nodes: list[onnx.NodeProto],
    weights: dict[str, np.ndarray],
    *,
    channels: int,
    classes: int,
    dtype: str = "uint8",
    stride: int = 1,
    multiple: int = 1,
    tile: int = 256,
    halo: int = 32,
    ring: int = 8,
    fade: int = 16,
    resolution: float | None = None,
    reflectance: dict[str, Any] | None = None,
    answer: tuple[int | str, ...] = ("oh", "ow"),
    sides: tuple[int | str, int | str] = ("h", "w"),
    **changes: Any,
) -> ModelCard:
    """Write the network and a card for it; `changes` replace entries of the card."""
    kind = TensorProto.UINT8 if dtype == "uint8" else TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("image", kind, ["n", channels, *sides])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", classes, *answer])],
        [numpy_helper.from_array(value, key) for key, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = folder / f"{name}.onnx"
    onnx.save(model, path)
    card = {
        "schema": 1,
        "id": name,
        "name": name.capitalize(),
        "kind": "segmentation",
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "licence": "GPL-2.0-or-later",
        "input": {
            "bands": [f"band{index}" for index in range(1, channels + 1)],
            "dtype": dtype,
            "mean": [0.0] * channels,
            "std": [1.0] * channels,
            "resolution_m": resolution,
            "stride_multiple": multiple,
            "tile": tile,
        },
        "output": {"activation": "logits", "stride": stride},
        "classes": [
            {"id": index, "name": f"class {index}", "color": COLORS[index % len(COLORS)]}
            for index in range(classes)
        ],
        "blend": {"halo": halo, "ring": ring, "fade": fade},
    }
    if reflectance is not None:
        card["input"]["reflectance"] = reflectance
    card.update(changes)
    path.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    return ModelCard.load(path.with_suffix(".json"))


def identity(folder: Path, *, levels: int = 250, channels: int = 1, **options: Any) -> ModelCard:
    """Answers class v where the first band is v (0 .. levels - 1, larger values the last class).

    Score of class c is 2vc - c * c, which is largest where c is nearest to v: -(v - c)^2 without
    the part all classes share.
    """
    ids = np.arange(levels, dtype=np.float32)
    kernel = np.zeros((levels, channels, 1, 1), np.float32)
    kernel[:, 0, 0, 0] = 2 * ids
    nodes = [
        helper.make_node("Cast", ["image"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["x", "kernel", "bias"], ["scores"]),
    ]
    weights = {"kernel": kernel, "bias": -ids * ids}
    return save(folder, "identity", nodes, weights, channels=channels, classes=levels, **options)


def smooth(
    folder: Path,
    *,
    classes: int = 3,
    reach: int = 9,
    stride: int = 2,
    seed: int = 0,
    gain: float = 1.0,
    shares: bool = False,
    **options: Any,
) -> ModelCard:
    """Random local scores: a strided convolution over `reach` pixels of three bands.

    Its answer at a pixel depends on pixels up to reach / 2 away and on nothing else, so tiles with
    a halo beyond that must agree with the whole raster exactly (to rounding). `gain` makes scores
    larger; with `shares` they are probabilities.
    """
    rng = np.random.default_rng(seed)
    kernel = rng.normal(size=(classes, 3, reach, reach)).astype(np.float32) * gain / (255 * reach)
    before = (reach - stride) // 2
    after = reach - stride - before
    nodes = [
        helper.make_node("Cast", ["image"], ["x"], to=TensorProto.FLOAT),
        helper.make_node(
            "Conv", ["x", "kernel"], ["raw"], strides=[stride, stride],
            pads=[before, before, after, after],
        ),
        helper.make_node("Softmax", ["raw"], ["scores"], axis=1)
        if shares
        else helper.make_node("Identity", ["raw"], ["scores"]),
    ]  # fmt: skip
    return save(
        folder, "smooth", nodes, {"kernel": kernel}, channels=3, classes=classes,
        stride=stride, **{"multiple": stride, **options},
    )  # fmt: skip


def digit(
    folder: Path, *, channel: int = 0, channels: int = 3, divisor: int = 1, base: int = 16,
    **options: Any,
) -> ModelCard:  # fmt: skip
    """Answers one digit of a band's value v: class (v // divisor) % base.

    Two of these read all 256 values back with 32 score planes instead of 256.
    """
    pick = np.zeros((1, channels, 1, 1), np.float32)
    pick[0, channel] = 1.0 / divisor
    ids = np.arange(base, dtype=np.float32)
    nodes = [
        helper.make_node("Cast", ["image"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["x", "pick"], ["share"]),
        helper.make_node("Floor", ["share"], ["whole"]),
        helper.make_node("Mul", ["whole", "part"], ["higher"]),
        helper.make_node("Floor", ["higher"], ["carried"]),
        helper.make_node("Mul", ["carried", "base"], ["rest"]),
        helper.make_node("Sub", ["whole", "rest"], ["digit"]),
        helper.make_node("Conv", ["digit", "kernel", "bias"], ["scores"]),
    ]
    weights = {
        "pick": pick,
        "part": np.array(1.0 / base, np.float32),
        "base": np.array(base, np.float32),
        "kernel": (2 * ids).reshape(base, 1, 1, 1),
        "bias": -ids * ids,
    }
    name = f"digit{channel}_{divisor}"
    return save(folder, name, nodes, weights, channels=channels, classes=base, **options)


def levels(folder: Path, *, steps: int = 4, **options: Any) -> ModelCard:
    """Answers which of steps ** 3 colours is nearest: class (r * steps + g) * steps + b."""
    values = np.linspace(0, 255, steps)
    colors = np.stack(np.meshgrid(values, values, values, indexing="ij"), -1).reshape(-1, 3)
    kernel = (2 * colors).astype(np.float32)[:, :, None, None]
    nodes = [
        helper.make_node("Cast", ["image"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["x", "kernel", "bias"], ["scores"]),
    ]
    weights = {"kernel": kernel, "bias": -(colors**2).sum(axis=1).astype(np.float32)}
    return save(folder, "levels", nodes, weights, channels=3, classes=len(colors), **options)


def bright(folder: Path, *, stride: int = 2, channels: int = 1, **options: Any) -> ModelCard:
    """Class 1 where the first band's mean over `stride` x `stride` pixels is above 127, else 0.

    Score j is the mean of pixels [j * stride, (j + 1) * stride): it lies exactly where the card's
    output stride says, so a shape drawn in the raster must come back where it was drawn.
    """
    kernel = np.zeros((2, channels, stride, stride), np.float32)
    kernel[0, 0], kernel[1, 0] = -1.0 / stride**2, 1.0 / stride**2
    nodes = [
        helper.make_node("Cast", ["image"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["x", "kernel", "bias"], ["scores"], strides=[stride, stride]),
    ]
    weights = {"kernel": kernel, "bias": np.array([127.5, -127.5], np.float32)}
    return save(
        folder, "bright", nodes, weights, channels=channels, classes=2, stride=stride,
        **{"multiple": stride, **options},
    )  # fmt: skip


def classifier(
    folder: Path, *, side: int = 64, colors: tuple[tuple[int, ...], ...] = PLAIN,
    sharpness: float = 0.02, shares: bool = False, name: str = "classifier", **options: Any,
) -> ModelCard:  # fmt: skip
    """Names a tile by which of `colors` its mean colour is nearest to (red, green, blue, grey).

    Logit of class c is `sharpness` (2 m c - c c) for the mean colour m; with `shares` the softmax
    of these. So what it says of any tile is known, and turning or mirroring changes nothing.
    """
    table = np.array(colors, np.float32)
    nodes = [
        helper.make_node("Cast", ["image"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Gemm", ["mean", "kernel", "bias"], ["raw"], transB=1),
        helper.make_node("Softmax" if shares else "Identity", ["raw"], ["scores"]),
    ]
    weights = {
        "kernel": 2 * sharpness * table,
        "bias": -sharpness * (table**2).sum(axis=1),
    }
    activation = "probabilities" if shares else "logits"
    return save(
        folder, name, nodes, weights, channels=table.shape[1], classes=len(table), answer=(),
        **{**_one_answer(side), "output": {"activation": activation, "stride": side}, **options},
    )  # fmt: skip


def glimpse(
    folder: Path, *, side: int = 16, classes: int = 4, seed: int = 0, gain: float = 6.0,
    fixed: bool = False, shares: bool = False, **options: Any,
) -> ModelCard:  # fmt: skip
    """A random sum of all pixels of a tile for each class: no pixel and no turn is the same to it.

    `fixed` sides are the tile's only.
    """
    kernel = np.random.default_rng(seed).normal(size=(classes, 3, side, side)) * gain / (255 * side)
    nodes = [
        helper.make_node("Cast", ["image"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["x", "kernel"], ["sum"]),
        helper.make_node("Flatten", ["sum"], ["raw"]),
        helper.make_node("Softmax" if shares else "Identity", ["raw"], ["scores"]),
    ]
    activation = "probabilities" if shares else "logits"
    return save(
        folder, "glimpse", nodes, {"kernel": kernel.astype(np.float32)}, channels=3,
        classes=classes, answer=(), sides=(side, side) if fixed else ("h", "w"),
        **{**_one_answer(side), "output": {"activation": activation, "stride": side}, **options},
    )  # fmt: skip


def _one_answer(side: int) -> dict[str, Any]:
    """What a card of a classification has in common with every other."""
    return {
        "kind": "classification", "stride": side, "multiple": side, "tile": side,
        "halo": 0, "ring": 0, "fade": 0,
    }  # fmt: skip

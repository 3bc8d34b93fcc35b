# SPDX-License-Identifier: GPL-2.0-or-later
"""Small networks as other people export them: one size of tile, so many at a time, any answer."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Union

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from geosift.inference.cards.card import AnswerInfo, BlendSettings, ClassInfo, ModelCard

Side = Union[int, str]
VALUES = ("regression", "superresolution", "recognition")


def classes(count: int) -> tuple[ClassInfo, ...]:
    return tuple(ClassInfo(index, f"class {index}", f"#{index:06X}") for index in range(count))


def saved(
    folder: Path,
    nodes: list[onnx.NodeProto],
    weights: dict[str, np.ndarray],
    outputs: dict[str, tuple[Side, ...]],
    *,
    kind: str = "segmentation",
    name: str = "exported",
    channels: int = 3,
    tile: int = 32,
    batch: int | None = None,
    dtype: str = "float32",
    blend: tuple[int, int, int] = (8, 4, 4),
    **card: Any,
) -> ModelCard:
    """Write a network that takes numbers in 0..1, and describe it; `card` holds more fields."""
    types = {"float32": TensorProto.FLOAT, "uint8": TensorProto.UINT8}
    shape = [batch or "n", channels, tile, tile]
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("image", types[dtype], shape)],
        [
            helper.make_tensor_value_info(key, TensorProto.FLOAT, [batch or "n", *rest])
            for key, rest in outputs.items()
        ],
        [numpy_helper.from_array(value, key) for key, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = folder / f"{name}.onnx"
    onnx.save(model, path)
    is_value = kind in VALUES
    standard = {
        "resolution_m": None,
        "stride_multiple": 1,
        "output_stride": 1,
        "activation": "values" if is_value else "probabilities",
        "classes": () if is_value else classes(2),
        "fixed_tile": True,
        "fixed_batch": batch,
        "bands": tuple(f"band {index + 1}" for index in range(channels)),
        "mean": (0.0,) * channels,
        "std": (255.0,) * channels,
    }
    return ModelCard(
        id=name,
        name=name.capitalize(),
        kind=kind,
        path=path,
        dtype=dtype,
        tile=tile,
        blend=BlendSettings(*blend),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        bytes=path.stat().st_size,
        **{**standard, **card},
    )


def kernel(planes: int, channels: int, size: int, *, seed: int = 0) -> np.ndarray:
    """Random weights, whose answers to patches are neither all 0 nor all 1."""
    shape = planes, channels, size, size
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32) * (6 / size)


def squashed(
    folder: Path, *, planes: int, how: str, rank: int = 4, reach: int = 2, padded: bool = True,
    size: int | None = None, seed: int = 0, **options: Any,
) -> ModelCard:  # fmt: skip
    """A convolution over `2 reach + 1` (or `size`) pixels, then `how`: Sigmoid or Softmax.

    Padded by zeros it answers the whole tile, else only its middle. Of rank 3 the plane has no axis
    of its own.
    """
    size = size or 2 * reach + 1
    tile, channels = options.get("tile", 32), options.get("channels", 3)
    side = tile if padded else tile - size + 1
    nodes = [
        helper.make_node("Conv", ["image", "kernel"], ["raw"], pads=[reach if padded else 0] * 4),
        helper.make_node(how, ["raw"], ["planes"], **({"axis": 1} if how == "Softmax" else {})),
        helper.make_node("Squeeze", ["planes", "axes"], ["scores"])
        if rank == 3
        else helper.make_node("Identity", ["planes"], ["scores"]),
    ]
    weights = {"kernel": kernel(planes, channels, size, seed=seed), "axes": np.array([1])}
    shape = (side, side) if rank == 3 else (planes, side, side)
    return saved(
        folder, nodes, weights, {"scores": shape},
        **{"classes": classes(max(planes, 2)), "centred": not padded, **options},
    )  # fmt: skip


def two_answers(folder: Path, **options: Any) -> ModelCard:
    """One output with a plane (the first band, for class 1), one with a plane for each band."""
    nodes = [
        helper.make_node("Split", ["image", "parts"], ["first", "rest"], axis=1),
        helper.make_node("Identity", ["first"], ["lone"]),
        helper.make_node("Identity", ["image"], ["bands"]),
    ]
    tile = options.get("tile", 32)
    answers = AnswerInfo("lone", classes(2)), AnswerInfo("bands", classes(3))
    return saved(
        folder, nodes, {"parts": np.array([1, 2])},
        {"lone": (1, tile, tile), "bands": (3, tile, tile)}, answers=answers, **options,
    )  # fmt: skip


def weighted(
    folder: Path, *, reach: int = 2, rank: int = 4, planes: int = 1, stride: int = 1, seed: int = 0,
    **options: Any,
) -> ModelCard:  # fmt: skip
    """A regression: a convolution, its planes told as they are; only the first counts."""
    tile, channels = options.get("tile", 32), options.get("channels", 3)
    nodes = [
        helper.make_node(
            "Conv", ["image", "kernel"], ["planes"], pads=[reach] * 4, strides=[stride, stride]
        ),
        helper.make_node("Squeeze", ["planes", "axes"], ["value"])
        if rank == 3
        else helper.make_node("Identity", ["planes"], ["value"]),
    ]
    weights = {"kernel": kernel(planes, channels, 2 * reach + 1, seed=seed), "axes": np.array([1])}
    side = tile // stride
    shape = (side, side) if rank == 3 else (planes, side, side)
    strides = {"output_stride": stride, "stride_multiple": stride}
    return saved(
        folder, nodes, weights, {"value": shape}, kind="regression", **{**strides, **options}
    )


def enlarged(
    folder: Path, *, factor: int = 2, gray: bool = False, told: bool = True, **options: Any
) -> ModelCard:
    """A super-resolution: every pixel `factor` x `factor` times; of the first band where `gray`.

    Where it is not `told`, the file does not say how large its answer is.
    """
    tile, channels = options.get("tile", 32), options.get("channels", 3)
    planes, side = (1 if gray else channels), tile * factor
    nodes = [
        helper.make_node("Slice", ["image", "zero", "planes", "one"], ["kept"]),
        helper.make_node(
            "Resize", ["kept", "", "scales"], ["finer"], mode="nearest",
            coordinate_transformation_mode="asymmetric", nearest_mode="floor",
        ),
    ]  # fmt: skip
    weights = {
        "zero": np.array([0]), "one": np.array([1]), "planes": np.array([planes]),
        "scales": np.array([1, 1, factor, factor], np.float32),
    }  # fmt: skip
    shape: tuple[Side, ...] = (planes, side, side) if told else ("c", "sh", "sw")
    return saved(
        folder, nodes, weights, {"finer": shape}, kind="superresolution", upscale=factor, **options
    )


def mean_colour(folder: Path, *, rank: int = 2, **options: Any) -> ModelCard:
    """A recognition: the vector of a tile is its mean colour, 0..1."""
    channels = options.get("channels", 3)
    keep = int(rank == 4)
    nodes = [helper.make_node("ReduceMean", ["image"], ["vector"], axes=[2, 3], keepdims=keep)]
    shape = (channels, 1, 1) if rank == 4 else (channels,)
    return saved(folder, nodes, {}, {"vector": shape}, kind="recognition", **options)


def features(folder: Path, **options: Any) -> ModelCard:
    """A network of features: of whole bytes, the mean colour of a patch as a unit vector, and of
    every cell of 4 x 4 pixels as it is.
    """
    tile = options.get("tile", 32)
    nodes = [
        helper.make_node("Cast", ["image"], ["bytes"], to=TensorProto.FLOAT),
        helper.make_node(
            "AveragePool", ["bytes"], ["features"], kernel_shape=[4, 4], strides=[4, 4]
        ),
        helper.make_node("ReduceMean", ["bytes"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("LpNormalization", ["mean"], ["embedding"], axis=1, p=2),
    ]
    return saved(
        folder, nodes, {}, {"features": (3, tile // 4, tile // 4), "embedding": (3,)},
        **{
            "kind": "features", "name": "features", "dtype": "uint8", "stride_multiple": 32,
            "output_stride": 4, "output": "embedding", "activation": "values", "classes": (),
            "mean": (0.0,) * 3, "std": (1.0,) * 3, **options,
        },
    )  # fmt: skip


def described(card: ModelCard) -> str:
    """The path of the network, its card beside it: what users give as a model."""
    card.path.with_suffix(".json").write_text(card.to_json(), encoding="utf-8")
    return str(card.path)

# SPDX-License-Identifier: GPL-2.0-or-later
"""Rasters, labels and a network of features for tests of teaching, small and with known answers."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from made_rasters import CORNER, write
from onnx import TensorProto, helper
from rasterio.crs import CRS

from geosift.inference.cards.card import BlendSettings, ClassInfo, ModelCard
from geosift.inference.teaching.lesson import Label, Lesson, LessonSettings

CLASSES = (ClassInfo(0, "dark", "#112233"), ClassInfo(1, "light", "#DDEEFF"))
WHERE = CRS.from_epsg(32633)


def mean_colours(folder: Path, **card: Any) -> ModelCard:
    """A network of features that answers each cell of 4 x 4 pixels with its mean colour.

    Of any size; its embedding is the mean colour of all.
    """
    nodes = [
        helper.make_node("Cast", ["image"], ["whole"], to=TensorProto.FLOAT),
        helper.make_node("AveragePool", ["whole"], ["features"], kernel_shape=[4, 4],
                         strides=[4, 4]),
        helper.make_node("Mul", ["whole", "unused"], ["dimmed"]),
        helper.make_node("ReduceMean", ["dimmed"], ["embedding"], axes=[2, 3], keepdims=0),
    ]  # fmt: skip
    graph = helper.make_graph(
        nodes,
        "features",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", 3, "H", "W"])],
        [
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", 3]),
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", 3, "h", "w"]),
        ],
        [helper.make_tensor("unused", TensorProto.FLOAT, [1], [0.5])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    folder.mkdir(exist_ok=True)
    path = folder / "colours.onnx"
    onnx.save(model, path)
    content = path.read_bytes()
    standard: dict[str, Any] = {
        "id": "colours", "name": "Mean colours", "kind": "features", "path": path,
        "bands": ("red", "green", "blue"), "dtype": "uint8", "mean": (0.0,) * 3, "std": (1.0,) * 3,
        "resolution_m": None, "stride_multiple": 32, "tile": 64, "output_stride": 4,
        "activation": "values", "classes": (), "blend": BlendSettings(0, 0, 0),
        "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content),
        "output": "embedding", "licence": "CC0-1.0",
        "training": {"data": [{"name": "nothing", "licence": "CC0-1.0", "citation": "nobody"}]},
    }  # fmt: skip
    made = ModelCard(**{**standard, **card})
    path.with_suffix(".json").write_text(made.to_json(), encoding="utf-8")
    return made


def halves(folder: Path, *, height: int = 300, width: int = 400, **profile: Any) -> Path:
    """Dark on the left, light on the right, a metre a pixel."""
    pixels = np.full((3, height, width), 60)
    pixels[:, :, width // 2 :] = 180
    noise = np.random.default_rng(0).integers(-20, 21, pixels.shape)
    return write(folder / "halves.tif", (pixels + noise).astype(np.uint8), **profile)


def line(x: float, y: float, *, to: tuple[float, float] = (14, -9)) -> dict[str, Any]:
    """A stroke from so many metres right of, and below, the corner."""
    left, top = CORNER[0] + x + 0.4, CORNER[1] - y - 0.3
    return {"type": "LineString", "coordinates": [[left, top], [left + to[0], top + to[1]]]}


def lesson(strokes: int = 4, *, width: int = 400, **settings: Any) -> Lesson:
    """So many strokes on either half."""
    labels = [
        Label(line(x + 7 * number, 20 + 45 * number), class_id)
        for number in range(strokes)
        for class_id, x in ((0, 20), (1, width / 2 + 20))
    ]
    return Lesson("Two halves", CLASSES, tuple(labels), WHERE, LessonSettings(**settings))

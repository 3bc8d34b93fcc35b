# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks that find objects without an error, in every layout, and pictures of such objects.

A pixel of these pictures says to what it belongs: how far the sides of its object are, its class,
its score and its number. The network is a few convolutions that write this down as YOLO does, so it
sees of an object what a tile shows and tells it whole, wherever the tile ends.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from geosift.inference.cards.card import ModelCard

CLASSES = ("car", "boat", "tree")
COLORS = ("#E74C3C", "#3498DB", "#2ECC71")
BANDS = 7
"""Distances to the left, top, right and bottom side; class + 1; score of 255; number. Of oriented
boxes: the centre's distance + 128 (twice), width, height; class + 1; score; degrees.
"""
_BITS, _COEFFICIENTS = 8, 32
_ROWS_FIRST = ("yolo_v5", "yolo_v6", "ultralytics_end2end")


@dataclass(frozen=True)
class Thing:
    """An object: `box` is left, top, right, bottom, or centre x, y, width, height with `degrees`.

    `pixels` (height, width) say which of the box are the object's; all unless said otherwise.
    """

    box: tuple[int, int, int, int]
    class_id: int = 0
    score: int = 230
    pixels: np.ndarray | None = None
    degrees: int | None = None


def picture(things: Sequence[Thing], height: int, width: int) -> np.ndarray:
    """The bands (7, height, width), uint8, of things that do not lie over each other."""
    bands = np.zeros((BANDS, height, width), np.uint8)
    y, x = np.mgrid[:height, :width]
    for number, thing in enumerate(things, start=1):
        if thing.degrees is None:
            left, top, right, bottom = thing.box
            told = (x - left, y - top, right - 1 - x, bottom - 1 - y)
            inside = (np.stack(told) >= 0).all(axis=0)
            if thing.pixels is not None:
                whole = np.zeros_like(inside)
                whole[top:bottom, left:right] = thing.pixels
                inside &= whole
            last = number
        else:
            cx, cy, across, down = thing.box
            told = (cx - x + 128, cy - y + 128, across, down)
            turn, last = np.radians(thing.degrees), thing.degrees
            along = (x + 0.5 - cx) * np.cos(turn) + (y + 0.5 - cy) * np.sin(turn)
            beside = (y + 0.5 - cy) * np.cos(turn) - (x + 0.5 - cx) * np.sin(turn)
            inside = (abs(along) <= across / 2) & (abs(beside) <= down / 2)
        for band, values in enumerate((*told, thing.class_id + 1, thing.score, last)):
            full = np.broadcast_to(values, inside.shape)
            bands[band][inside] = np.clip(full, 0, 255)[inside]
    return bands


def detector(
    folder: Path,
    layout: str,
    *,
    tile: int = 64,
    halo: int = 12,
    step: int = 2,
    batch: int | str = "n",
    turned: bool = False,
    cell: int = 1,
    confidence: float = 0.5,
    iou: float = 0.5,
    resolution: float | None = None,
    any_size: bool = False,
    **changes: Any,
) -> ModelCard:
    """Write the network, with an anchor every `step` pixels, and its card.

    One of `any_size` takes tiles of any number of steps.

    `turned` has anchors and channels the other way round than the layout usually has; prototypes of
    masks have cells of `cell` x `cell` pixels. `changes` replace entries of the card.
    """
    path = folder / f"{layout}.onnx"
    made = _Maker(layout, tile, step, cell)
    onnx.save(made.model(batch=batch, turned=turned, any_size=any_size), path)
    found = {"layout": layout, "confidence": confidence, "iou": iou}
    fixed = {"fixed_batch": batch} if isinstance(batch, int) else {}
    card = {
        "schema": 1, "id": layout.replace("_", "-"), "name": layout, "kind": "detection",
        "file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "input": {
            "bands": [f"band {index}" for index in range(1, BANDS + 1)], "dtype": "float32",
            "mean": [0.0] * BANDS, "std": [1.0] * BANDS, "resolution_m": resolution,
            "stride_multiple": step if any_size else 1, "tile": tile,
            "fixed_tile": not any_size, **fixed,
        },
        "output": {"activation": "probabilities", "stride": 1},
        "classes": [
            {"id": index, "name": name, "color": COLORS[index]}
            for index, name in enumerate(CLASSES)
        ],
        "blend": {"halo": halo, "ring": 0, "fade": 0}, "detection": found, **changes,
    }  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    return ModelCard.load(path.with_suffix(".json"))


def told_by_itself(
    folder: Path, layout: str, metadata: Mapping[str, str], *, tile: int = 64
) -> Path:
    """The same network as others export it: x / 255 in, no card, but metadata in the file."""
    path = folder / f"{layout}.onnx"
    model = _Maker(layout, tile, 2, 1, shares=True).model(batch=1, turned=False)
    helper.set_model_props(model, dict(metadata))
    onnx.save(model, path)
    return path


class _Maker:
    """The nodes and constants of a detector."""

    def __init__(
        self, layout: str, tile: int, step: int, cell: int, *, shares: bool = False
    ) -> None:
        """With `shares` the network takes x / 255."""
        self.layout, self.tile, self.step, self.cell = layout, tile, step, cell
        self.shares = shares
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, np.ndarray] = {}
        self.parts: list[str] = []
        self.count = 0

    def model(self, *, batch: int | str, turned: bool, any_size: bool = False) -> onnx.ModelProto:
        """From `images` to `output0`, and `output1` where there are masks."""
        self._write(turned)
        anchors = "anchors" if any_size else (-(-self.tile // self.step)) ** 2
        rows_first = (self.layout in _ROWS_FIRST) != turned
        sides = [anchors, self.count] if rows_first else [self.count, anchors]
        kind = TensorProto.FLOAT
        outputs = [helper.make_tensor_value_info("output0", kind, [batch, *sides])]
        if self.layout == "ultralytics_seg":
            cells = ["rows", "cols"] if any_size else [self.tile // self.cell] * 2
            masks = [batch, _COEFFICIENTS, *cells]
            outputs.append(helper.make_tensor_value_info("output1", kind, masks))
        shape = [batch, BANDS, *(["h", "w"] if any_size else [self.tile] * 2)]
        image = helper.make_tensor_value_info("images", kind, shape)
        weights = [numpy_helper.from_array(value, key) for key, value in self.weights.items()]
        graph = helper.make_graph(self.nodes, self.layout, [image], outputs, weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

    def _write(self, turned: bool) -> None:
        if self.shares:
            self._node("Mul", ["images", self._constant("full", np.array(255, np.float32))], "all")
            self._node("Round", ["all"], "bands")
        else:
            self._node("Identity", ["images"], "bands")
        self._boxes()
        self._scores()
        if self.layout == "ultralytics_obb":
            self._mixed("angle", {6: np.pi / 180})
        if self.layout == "ultralytics_seg":
            self._masks()
        self._node("Concat", self.parts, "planes", axis=1)
        starts, ends = np.array([0, 0]), np.array([2**31] * 2)
        constants = (starts, ends, np.array([2, 3]), np.array([self.step] * 2))
        names = [self._constant(f"slice{i}", each) for i, each in enumerate(constants)]
        self._node("Slice", ["planes", *names], "anchors")
        shape = self._constant("shape", np.array([0, self.count, -1]))
        self._node("Reshape", ["anchors", shape], "flat")
        rows_first = (self.layout in _ROWS_FIRST) != turned
        if rows_first:
            self._node("Transpose", ["flat"], "output0", perm=[0, 2, 1])
        else:
            self._node("Identity", ["flat"], "output0")

    def _boxes(self) -> None:
        if self.layout == "ultralytics_obb":
            self._mixed("cx", {0: 1.0}, bias=-128.5, plane=3)
            self._mixed("cy", {1: 1.0}, bias=-128.5, plane=2)
            self._mixed("w", {2: 1.0})
            self._mixed("h", {3: 1.0})
            return
        if self.layout == "ultralytics_end2end":
            self._mixed("left", {0: -1.0}, bias=-0.5, plane=3)
            self._mixed("top", {1: -1.0}, bias=-0.5, plane=2)
            self._mixed("right", {2: 1.0}, bias=0.5, plane=3)
            self._mixed("bottom", {3: 1.0}, bias=0.5, plane=2)
            return
        self._mixed("cx", {0: -0.5, 2: 0.5}, plane=3)
        self._mixed("cy", {1: -0.5, 3: 0.5}, plane=2)
        self._mixed("w", {0: 1.0, 2: 1.0}, bias=1.0)
        self._mixed("h", {1: 1.0, 3: 1.0}, bias=1.0)

    def _scores(self) -> None:
        """v5 says how sure it is in the objectness, all others in the class."""
        if self.layout == "ultralytics_end2end":
            self._mixed("score", {5: 1 / 255})
            self._mixed("class", {4: 1.0}, bias=-1.0)
            return
        if self.layout == "yolo_v5":
            self._mixed("objectness", {5: 1 / 255})
        if self.layout == "yolo_v6":
            self._mixed("objectness", {}, bias=1.0)
        self._mixed("class", {4: 1.0}, told=False)
        self._mixed("score", {5: 1 / 255}, told=False)
        for index in range(len(CLASSES)):
            number = self._constant(f"number{index}", np.array(index + 1, np.float32))
            self._node("Equal", ["class", number], f"is{index}")
            self._node("Cast", [f"is{index}"], f"one{index}", to=TensorProto.FLOAT)
            if self.layout == "yolo_v5":
                self._tell(f"one{index}")
            else:
                self._node("Mul", [f"one{index}", "score"], f"score{index}")
                self._tell(f"score{index}")

    def _masks(self) -> None:
        """Bits of the number as -1 and 1: if object and pixel do not agree, the sum is below 7."""
        bits = []
        for bit in range(_BITS):
            self._mixed(f"half{bit}", {6: 2.0**-bit}, told=False)
            self._mixed(f"quarter{bit}", {6: 2.0 ** -(bit + 1)}, told=False)
            for name in ("half", "quarter"):
                self._node("Floor", [f"{name}{bit}"], f"{name}_whole{bit}")
            two = self._constant(f"two{bit}", np.array(2, np.float32))
            self._node("Mul", [f"quarter_whole{bit}", two], f"even{bit}")
            self._node("Sub", [f"half_whole{bit}", f"even{bit}"], f"bit{bit}")
            self._node("Mul", [f"bit{bit}", two], f"double{bit}")
            one = self._constant(f"unit{bit}", np.array(1, np.float32))
            self._node("Sub", [f"double{bit}", one], f"sign{bit}")
            bits.append(f"sign{bit}")
            self._tell(f"sign{bit}")
        self._mixed("limit", {}, bias=-7.0)
        self._mixed("ones", {}, bias=1.0, told=False)
        for spare in range(_COEFFICIENTS - _BITS - 1):
            self._mixed(f"spare{spare}", {4: 0.25})
        self._mixed("nothing", {}, told=False)
        nothing = ["nothing"] * (_COEFFICIENTS - _BITS - 1)
        self._node("Concat", [*bits, "ones", *nothing], "fine", axis=1)
        if self.cell == 1:
            self._node("Identity", ["fine"], "output1")
        else:
            sides = [self.cell, self.cell]
            self._node("AveragePool", ["fine"], "output1", kernel_shape=sides, strides=sides)

    def _mixed(
        self, name: str, bands: dict[int, float], *, bias: float = 0.0,
        plane: int | None = None, told: bool = True,
    ) -> None:  # fmt: skip
        """A plane that is a sum of bands, a number and where pixels lie along the axis `plane`."""
        kernel = np.zeros((1, BANDS, 1, 1), np.float32)
        for band, share in bands.items():
            kernel[0, band] = share
        weights = self._constant(f"{name}_kernel", kernel)
        shift = self._constant(f"{name}_bias", np.array([bias], np.float32))
        if plane is None:
            self._node("Conv", ["bands", weights, shift], name)
        else:
            self._node("Conv", ["bands", weights, shift], f"{name}_near")
            self._node("Add", [f"{name}_near", self._middles(plane)], name)
        if told:
            self._tell(name)

    def _middles(self, axis: int) -> str:
        """The plane of where pixels lie along an axis: 0.5, 1.5, ..., whatever its length."""
        name = f"middles{axis}"
        if not any(name in node.output for node in self.nodes):
            self._mixed(f"{name}_ones", {}, bias=1.0, told=False)
            along = self._constant(f"{name}_axis", np.array(axis))
            self._node("CumSum", [f"{name}_ones", along], f"{name}_ends")
            half = self._constant(f"{name}_half", np.array(0.5, np.float32))
            self._node("Sub", [f"{name}_ends", half], name)
        return name

    def _tell(self, name: str) -> None:
        self.parts.append(name)
        self.count += 1

    def _constant(self, name: str, value: np.ndarray) -> str:
        self.weights[name] = np.asarray(value)
        return name

    def _node(self, kind: str, inputs: Sequence[str], output: str, **options: Any) -> None:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **options))

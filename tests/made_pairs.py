# SPDX-License-Identifier: GPL-2.0-or-later
"""Promptable pairs as others export them, small and with a known answer, made with onnx.

Every pair finds what has the colour of a click, or of the middle of the box, inside the box: see
`expected`. An encoder says the mean colour of each 4 x 4 pixels, folded into cells of 16 x 16.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE, FOLD = 64, 4
MEAN = np.array([123.675, 116.28, 103.53], np.float32)
STD = np.array([58.395, 57.12, 57.375], np.float32)
TOLERANCES = (0.9, 0.4, 1.8)
"""How far, in standardised colours, each mask may be from the colour that was pointed at."""
SURENESS = (0.9, 0.8, 0.7)
SINGLE = 0.95
"""What the first of four masks is worth; its tolerance is that of the first of three."""
FAR = 100.0

FLOAT, INT32, INT64 = TensorProto.FLOAT, TensorProto.INT32, TensorProto.INT64
Nodes = list[onnx.NodeProto]
Shape = Sequence[Any]


@dataclass(frozen=True)
class Made:
    """What a pair is like; names are those of its files' inputs and outputs."""

    picture: str = "image"
    axes: str = "nchw"
    """`hwc`: raw, standardised and filled up to the square by the file itself."""
    side: int = SIDE
    height: int = 0
    width: int = 0
    """Of the picture, where that is not the square."""
    says_size: bool = True
    embedding: str = "image_embeddings"
    encodes: str = ""
    """What the encoder calls its embedding, where that is something else."""
    fine: str = ""
    middle: str = ""
    mask: str = "mask_input"
    has_mask: str = "has_mask_input"
    size: str = "orig_im_size"
    points: Any = "num_points"
    labels: int = FLOAT
    masks: int = 4
    small_masks: str = "low_res_masks"
    full_masks: str = "masks"
    ious: str = "iou_predictions"
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Shapes of inputs to declare instead, by name."""


SAM = Made(picture="images", encodes="embeddings")
"""segment_anything/utils/onnx.py: four masks, and such of the picture's size that nobody needs."""
SAMEXPORTER = Made(picture="input_image", axes="hwc", height=44)
"""samexporter --use-preprocess; 44 of 64 rows are as 684 of 1024."""
SAMEXPORTER_SIZED = replace(SAMEXPORTER, small_masks="")
SAMEXPORTER_FREE = Made(picture="input_image", axes="hwc", says_size=False)
EDGE_SAM = Made(mask="", has_mask="", size="", small_masks="", full_masks="masks", ious="scores")
SAM2 = Made(
    embedding="image_embed", fine="high_res_feats_0", middle="high_res_feats_1", size="",
    masks=3, small_masks="", full_masks="masks",
)  # fmt: skip
"""samexporter's SAM 2: the masks are small ones."""
SAM2_SIZED = Made(
    embedding="image_embed", fine="feat_s0", middle="feat_s1", masks=3, small_masks="",
)  # fmt: skip
"""Masks of the size that is asked for, and no small ones."""
SAM2_RUNTIME = Made(
    fine="image_features_0", middle="image_features_1", mask="input_masks",
    has_mask="has_input_masks", size="original_image_size", labels=INT32, masks=1,
)  # fmt: skip
"""onnxruntime's transformers/models/sam2."""
CONTRACTS = {
    "sam": SAM, "samexporter": SAMEXPORTER, "samexporter-free": SAMEXPORTER_FREE,
    "samexporter-sized": SAMEXPORTER_SIZED, "edge-sam": EDGE_SAM, "sam2": SAM2,
    "sam2-sized": SAM2_SIZED, "sam2-runtime": SAM2_RUNTIME,
}  # fmt: skip


def make(folder: Path, made: Made, *, name: str = "made") -> tuple[Path, Path]:
    """The two files, `NAME_encoder.onnx` and `NAME_decoder.onnx`."""
    folder.mkdir(parents=True, exist_ok=True)
    encoder, decoder = folder / f"{name}_encoder.onnx", folder / f"{name}_decoder.onnx"
    _save(encoder, *_encoder(made))
    _save(decoder, *_decoder(made))
    return encoder, decoder


def expected(
    picture: np.ndarray, points: Sequence[tuple[float, float, int]], *, tolerance: float
) -> np.ndarray:
    """Which cells (height / 4, width / 4) of a picture (3, height, width) are in the mask.

    `points` are (x, y, label) in pixels from the picture's corner; labels 2 and 3 are corners.
    """
    standard = (picture.astype(np.float64) - MEAN[:, None, None]) / STD[:, None, None]
    bands, height, width = standard.shape
    colours = standard.reshape(bands, height // FOLD, FOLD, width // FOLD, FOLD).mean(axis=(2, 4))
    on = [(x, y) for x, y, label in points if label == 1]
    corners = {label: (x, y) for x, y, label in points if label in (2, 3)}
    if corners and not on:
        on = [tuple(np.mean([corners[2], corners[3]], axis=0))]
    near = _distance(colours, on)
    beside = _distance(colours, [(x, y) for x, y, label in points if label == 0])
    found = (near < tolerance) & (near < beside)
    if corners:
        rows, cols = np.mgrid[: found.shape[0], : found.shape[1]] * FOLD + FOLD / 2
        (left, top), (right, bottom) = corners[2], corners[3]
        found &= (cols > left) & (cols < right) & (rows > top) & (rows < bottom)
    return found


def _distance(colours: np.ndarray, places: Sequence[tuple[float, float]]) -> np.ndarray:
    each = [
        np.abs(colours - colours[:, int(y) // FOLD, int(x) // FOLD][:, None, None]).max(axis=0)
        for x, y in places
    ]
    return np.min(each, axis=0) if each else np.full(colours.shape[1:], FAR)


def _encoder(made: Made) -> tuple[Nodes, dict[str, np.ndarray], dict[str, Any], dict[str, Any]]:
    cells, fine = made.side // 16, made.side // FOLD
    weights = {"mean": MEAN[:, None, None], "std": STD[:, None, None]}
    own = made.height or made.side, made.width or made.side
    size: Shape = own if made.says_size else ("image_height", "image_width")
    if made.axes == "hwc":
        shape: Shape = [*size, 3]
        nodes = _standardised(made, weights)
    else:
        shape = [1, 3, *size]
        nodes = [helper.make_node("Identity", [made.picture], ["square"])]
    encodes = made.encodes or made.embedding
    nodes += [
        helper.make_node(
            "AveragePool", ["square"], ["colours"], kernel_shape=[FOLD] * 2, strides=[FOLD] * 2
        ),
        helper.make_node("SpaceToDepth", ["colours"], [encodes], blocksize=FOLD),
    ]
    outputs: dict[str, Any] = {encodes: [1, 3 * FOLD * FOLD, cells, cells]}
    if made.fine:
        nodes += [
            helper.make_node("Identity", ["colours"], [made.fine]),
            helper.make_node("SpaceToDepth", ["colours"], [made.middle], blocksize=2),
        ]
        outputs = {
            made.fine: [1, 3, fine, fine], made.middle: [1, 12, fine // 2, fine // 2], **outputs,
        }  # fmt: skip
    return nodes, weights, {made.picture: (FLOAT, shape)}, outputs


def _standardised(made: Made, weights: dict[str, np.ndarray]) -> Nodes:
    """From rows, columns and bands of 0..255 to the square, as samexporter's file does it."""
    weights.update(
        zero=np.array([0], np.int64), lowest=np.array(-FAR, np.float32),
        square_size=np.array([made.side] * 2, np.int64), six=np.zeros(6, np.int64),
    )  # fmt: skip
    return [
        helper.make_node("Transpose", [made.picture], ["bands"], perm=[2, 0, 1]),
        helper.make_node("Sub", ["bands", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "std"], ["standard"]),
        helper.make_node("Unsqueeze", ["standard", "zero"], ["batch"]),
        helper.make_node("Shape", ["batch"], ["size"], start=2),
        helper.make_node("Sub", ["square_size", "size"], ["lacking"]),
        helper.make_node("Concat", ["six", "lacking"], ["pads"], axis=0),
        helper.make_node("Pad", ["batch", "pads"], ["padded"]),
        # onnxruntime joins a Pad and the pooling after it, and then refuses such pads.
        helper.make_node("Max", ["padded", "lowest"], ["square"]),
    ]


def _decoder(made: Made) -> tuple[Nodes, dict[str, np.ndarray], dict[str, Any], dict[str, Any]]:
    cells, fine = made.side // 16, made.side // FOLD
    inputs: dict[str, Any] = {made.embedding: (FLOAT, [1, 3 * FOLD * FOLD, cells, cells])}
    if made.fine:
        inputs[made.fine] = (FLOAT, [1, 3, fine, fine])
        inputs[made.middle] = (FLOAT, [1, 12, fine // 2, fine // 2])
    inputs["point_coords"] = (FLOAT, [1, made.points, 2])
    inputs["point_labels"] = (made.labels, [1, made.points])
    if made.mask:
        inputs[made.mask] = (FLOAT, [1, 1, fine, fine])
        inputs[made.has_mask] = (FLOAT, [1])
    if made.size:
        inputs[made.size] = (INT32 if made.labels == INT32 else FLOAT, [2])
    inputs.update({name: (inputs[name][0], shape) for name, shape in made.changes.items()})
    weights: dict[str, np.ndarray] = {}
    nodes = [*_colours(made), *_points(made, weights), *_masks(made, weights)]
    outputs: dict[str, Any] = {}
    if made.small_masks:
        outputs[made.small_masks] = [1, made.masks, fine, fine]
        nodes.append(helper.make_node("Identity", ["small"], [made.small_masks]))
    nodes += _full(made, weights)
    outputs[made.full_masks] = [1, made.masks, "rows", "columns"]
    outputs[made.ious] = [1, made.masks]
    return nodes, weights, inputs, outputs


def _colours(made: Made) -> Nodes:
    """`cells` (3, n): red of the embedding, green of the middle, blue of the fine features."""
    nodes = [helper.make_node("DepthToSpace", [made.embedding], ["coarse"], blocksize=FOLD)]
    if not made.fine:
        return [*nodes, helper.make_node("Reshape", ["coarse", "flat"], ["cells"])]
    return [
        *nodes,
        helper.make_node("DepthToSpace", [made.middle], ["halved"], blocksize=2),
        helper.make_node("Gather", ["coarse", "first"], ["red"], axis=1),
        helper.make_node("Gather", ["halved", "second"], ["green"], axis=1),
        helper.make_node("Gather", [made.fine, "third"], ["blue"], axis=1),
        helper.make_node("Concat", ["red", "green", "blue"], ["mixed"], axis=1),
        helper.make_node("Reshape", ["mixed", "flat"], ["cells"]),
    ]


def _points(made: Made, weights: dict[str, np.ndarray]) -> Nodes:
    """`on`, `beside` (cells,): how far each cell's colour is from those; `outside` of the box."""
    fine = made.side // FOLD
    rows, cols = np.mgrid[:fine, :fine].reshape(2, -1) * FOLD + FOLD / 2
    weights.update(
        flat=np.array([3, -1], np.int64), first=np.array([0], np.int64),
        second=np.array([1], np.int64), third=np.array([2], np.int64),
        half=np.array(0.5, np.float32), fold=np.array(FOLD, np.float32),
        fine=np.array(fine, np.int64), least=np.array(0, np.int64),
        most=np.array(fine - 1, np.int64), far=np.array(FAR, np.float32),
        zero=np.array(0, np.float32), one=np.array(1, np.float32),
        two=np.array(2, np.float32), three=np.array(3, np.float32),
        none=np.array(-1, np.float32), x_cells=cols.astype(np.float32),
        y_cells=rows.astype(np.float32), row=np.array([1, -1], np.int64),
        lone=np.array([1, 1, 1], np.int64), single=np.array([1, 1], np.int64),
        list=np.array([-1], np.int64), axis1=np.array([1], np.int64),
    )  # fmt: skip
    return [
        helper.make_node("Cast", ["point_labels"], ["labels"], to=FLOAT),
        helper.make_node("Add", ["point_coords", "half"], ["places"]),
        *_corner("two", "low"), *_corner("three", "high"),
        helper.make_node("Add", ["low", "high"], ["both"]),
        helper.make_node("Mul", ["both", "half"], ["middle"]),
        helper.make_node("Equal", ["labels", "two"], ["is_corner"]),
        helper.make_node("Cast", ["is_corner"], ["corner"], to=FLOAT),
        helper.make_node("ReduceMax", ["corner"], ["boxed"], axes=[1], keepdims=1),
        helper.make_node("Equal", ["labels", "one"], ["is_on"]),
        helper.make_node("Cast", ["is_on"], ["on_float"], to=FLOAT),
        helper.make_node("ReduceMax", ["on_float"], ["clicked"], axes=[1], keepdims=1),
        helper.make_node("Greater", ["boxed", "clicked"], ["by_box"]),
        helper.make_node("Where", ["by_box", "one", "none"], ["middle_label"]),
        helper.make_node("Concat", ["places", "middle"], ["all_places"], axis=1),
        helper.make_node("Concat", ["labels", "middle_label"], ["all_labels"], axis=1),
        # The cell under each place, and its colour.
        helper.make_node("Div", ["all_places", "fold"], ["at"]),
        helper.make_node("Floor", ["at"], ["at_floor"]),
        helper.make_node("Cast", ["at_floor"], ["at_whole"], to=INT64),
        helper.make_node("Clip", ["at_whole", "least", "most"], ["at_cell"]),
        helper.make_node("Gather", ["at_cell", "least"], ["at_x"], axis=2),
        helper.make_node("Gather", ["at_cell", "second"], ["at_y3"], axis=2),
        helper.make_node("Reshape", ["at_y3", "row"], ["at_y"]),
        helper.make_node("Mul", ["at_y", "fine"], ["at_row"]),
        helper.make_node("Add", ["at_row", "at_x"], ["at_index"]),
        helper.make_node("Reshape", ["at_index", "list"], ["index"]),
        helper.make_node("Gather", ["cells", "index"], ["meant"], axis=1),
        helper.make_node("Unsqueeze", ["meant", "third"], ["meant3"]),
        helper.make_node("Unsqueeze", ["cells", "axis1"], ["cells3"]),
        helper.make_node("Sub", ["cells3", "meant3"], ["off"]),
        helper.make_node("Abs", ["off"], ["off_abs"]),
        helper.make_node("ReduceMax", ["off_abs"], ["distances"], axes=[0], keepdims=0),
        *_nearest("one", "on"), *_nearest("zero", "beside"),
        # Outside of the box, where there is one.
        *_within("x", 0), *_within("y", 1),
        helper.make_node("And", ["x_within", "y_within"], ["within"]),
        helper.make_node("Not", ["within"], ["beyond"]),
        helper.make_node("Reshape", ["boxed", "list"], ["boxed1"]),
        helper.make_node("Greater", ["boxed1", "half"], ["has_box"]),
        helper.make_node("And", ["beyond", "has_box"], ["outside"]),
    ]  # fmt: skip


def _corner(label: str, name: str) -> Nodes:
    """`name` (1, 1, 2): the place of the point with that label."""
    return [
        helper.make_node("Equal", ["labels", label], [f"{name}_is"]),
        helper.make_node("Cast", [f"{name}_is"], [f"{name}_float"], to=FLOAT),
        helper.make_node("Unsqueeze", [f"{name}_float", "third"], [f"{name}_weight"]),
        helper.make_node("Mul", ["places", f"{name}_weight"], [f"{name}_part"]),
        helper.make_node("ReduceSum", [f"{name}_part", "axis1"], [name]),
    ]


def _nearest(label: str, name: str) -> Nodes:
    """`name` (cells,): the least distance to the colour of a point with that label."""
    return [
        helper.make_node("Equal", ["all_labels", label], [f"{name}_at"]),
        helper.make_node("Reshape", [f"{name}_at", "column"], [f"{name}_column"]),
        helper.make_node("Where", [f"{name}_column", "distances", "far"], [f"{name}_far"]),
        helper.make_node("ReduceMin", [f"{name}_far"], [name], axes=[0], keepdims=0),
    ]


def _within(axis: str, index: int) -> Nodes:
    at = ("least", "second_index")[index]
    return [
        helper.make_node("Gather", ["low", at], [f"{axis}_low2"], axis=2),
        helper.make_node("Gather", ["high", at], [f"{axis}_high2"], axis=2),
        helper.make_node("Reshape", [f"{axis}_low2", "list"], [f"{axis}_low"]),
        helper.make_node("Reshape", [f"{axis}_high2", "list"], [f"{axis}_high"]),
        helper.make_node("Greater", [f"{axis}_cells", f"{axis}_low"], [f"{axis}_after"]),
        helper.make_node("Less", [f"{axis}_cells", f"{axis}_high"], [f"{axis}_before"]),
        helper.make_node("And", [f"{axis}_after", f"{axis}_before"], [f"{axis}_within"]),
    ]


def _masks(made: Made, weights: dict[str, np.ndarray]) -> Nodes:
    """`small` (1, n, 16, 16) logits and their scores; a mask that is corrected is given back."""
    three = {1: TOLERANCES[:1], 3: TOLERANCES, 4: (TOLERANCES[0], *TOLERANCES)}[made.masks]
    sure = {1: SURENESS[:1], 3: SURENESS, 4: (SINGLE, *SURENESS)}[made.masks]
    fine = made.side // FOLD
    weights.update(
        column=np.array([-1, 1], np.int64), second_index=np.array(1, np.int64),
        tolerance=np.array(three, np.float32)[:, None], minus=np.array(-8, np.float32),
        sure=np.array([sure], np.float32), ten=np.array(10, np.float32),
        square=np.array([1, made.masks, fine, fine], np.int64),
    )  # fmt: skip
    nodes = [
        helper.make_node("Sub", ["tolerance", "on"], ["agree"]),
        helper.make_node("Mul", ["agree", "ten"], ["agree10"]),
        helper.make_node("GreaterOrEqual", ["on", "beside"], ["taken_off"]),
        helper.make_node("Or", ["taken_off", "outside"], ["no"]),
        helper.make_node("Where", ["no", "minus", "agree10"], ["rows"]),
        helper.make_node("Reshape", ["rows", "square"], ["fresh"]),
        helper.make_node("Identity", ["sure"], [made.ious]),
    ]
    if not made.mask:
        return [*nodes, helper.make_node("Identity", ["fresh"], ["small"])]
    return [
        *nodes,
        helper.make_node("Greater", [made.has_mask, "half"], ["corrects"]),
        helper.make_node("Where", ["corrects", made.mask, "fresh"], ["small"]),
    ]


def _full(made: Made, weights: dict[str, np.ndarray]) -> Nodes:
    """Masks of the size that is asked for, as of a picture of those proportions; nonsense where
    there are small ones.
    """
    if not made.size:
        return [helper.make_node("Identity", ["small"], [made.full_masks])]
    weights["planes"] = np.array([1, made.masks], np.int64)
    weights["sizes_square"] = np.array([1, made.masks, made.side, made.side], np.int64)
    weights["starts"] = np.array([0, 0], np.int64)
    weights["spatial"] = np.array([2, 3], np.int64)
    weights["side"] = np.array(made.side, np.float32)
    nodes = [
        helper.make_node("Cast", [made.size], ["asked_size"], to=INT64),
        helper.make_node("Cast", [made.size], ["asked_float"], to=FLOAT),
        helper.make_node("ReduceMax", ["asked_float"], ["longest"], axes=[0], keepdims=1),
        helper.make_node("Div", ["side", "longest"], ["enlarged"]),
        helper.make_node("Mul", ["asked_float", "enlarged"], ["seen_float"]),
        helper.make_node("Cast", ["seen_float"], ["seen_size"], to=INT64),
        helper.make_node("Resize", ["small", "", "", "sizes_square"], ["large"], mode="nearest"),
        helper.make_node("Slice", ["large", "starts", "seen_size", "spatial"], ["seen"]),
        helper.make_node("Concat", ["planes", "asked_size"], ["full_size"], axis=0),
        helper.make_node("Resize", ["seen", "", "", "full_size"], ["full"], mode="nearest"),
    ]
    if not made.small_masks:
        return [*nodes, helper.make_node("Identity", ["full"], [made.full_masks])]
    return [*nodes, helper.make_node("Mul", ["full", "zero"], [made.full_masks])]


def _save(
    path: Path, nodes: Nodes, weights: dict[str, np.ndarray], inputs: dict[str, Any],
    outputs: dict[str, Any],
) -> None:  # fmt: skip
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes,
        path.stem,
        [helper.make_tensor_value_info(key, *value) for key, value in inputs.items()],
        [helper.make_tensor_value_info(key, FLOAT, shape) for key, shape in outputs.items()],
        [numpy_helper.from_array(value, key) for key, value in weights.items() if key in used],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)

# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks of the Deepness model zoo: metadata in the ONNX file, by that plugin's contract.

https://qgis-plugin-deepness.readthedocs.io/en/latest/creators/creators_description_classes.html
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import BareModelError, CardError
from .answers import Answers
from .building import band_names
from .detection_shapes import classes_in
from .facts import OnnxFacts
from .shapes import OutputShape, input_of, outputs_of
from .values import as_names, as_number, as_numbers, as_whole, parsed

_OWN_KEYS = (
    "model_type", "class_names", "resolution", "tile_size", "tiles_size", "tiles_overlap",
    "standardization_mean", "standardization_std", "seg_thresh", "seg_small_segment",
    "reg_output_scaling", "det_conf", "det_iou_thresh", "det_type",
)  # fmt: skip
_KINDS = {
    "segmentor": "segmentation",
    "detector": "detection",
    "regressor": "regression",
    "superresolution": "superresolution",
    "recognition": "recognition",
}
_LAYOUTS = {
    "yolo_v5_or_v7_default": "yolo_v5",
    "yolo_v6": "yolo_v6",
    "yolo_v9": "yolo_v9",
    "yolo_ultralytics": "ultralytics",
    "yolo_ultralytics_segmentation": "ultralytics_seg",
    "yolo_ultralytics_obb": "ultralytics_obb",
}
_CENTIMETRES = 0.01


def is_from_deepness(facts: OnnxFacts) -> bool:
    """Whether the metadata follows that contract."""
    return any(key in facts.metadata for key in _OWN_KEYS)


def answers_of(path: Path, facts: OnnxFacts, *, kind: str = "") -> Answers:
    """What the metadata says, for `kind`, or else for the kind it names.

    BareModelError where neither is told; CardError where a value is none.
    """
    try:
        told = {key: parsed(text) for key, text in facts.metadata.items()}
        is_asked, kind = bool(kind), kind or _kind(told)
        if kind == "superresolution" and not is_asked and not _tells_size(facts, path):
            raise BareModelError(
                f"{path.name} makes a finer picture, but neither its shapes nor its metadata tell "
                "by how much; say so (upscale)."
            )
        if not kind:
            raise BareModelError(
                f"{path.name} has Deepness metadata without 'model_type', so nobody knows what its "
                f"answer is; say so: one of {', '.join(sorted(set(_KINDS.values())))}."
            )
        return _answers(path, facts, told, kind)
    except (ValueError, KeyError) as error:
        if isinstance(error, CardError):
            raise
        raise CardError(
            f"The metadata of {path.name} cannot be used: {error}; mend it, or export it again."
        ) from error


def _tells_size(facts: OnnxFacts, path: Path) -> bool:
    """Whether the size of the answer is said."""
    return any(side is not None for side in outputs_of(facts, called=path.name)[0].sides)


def _kind(told: Mapping[str, Any]) -> str:
    if "model_type" not in told:
        return ""
    name = str(told["model_type"]).strip().lower()
    if name not in _KINDS:
        raise ValueError(f"'model_type' is {name!r:.40}, expected one of {', '.join(_KINDS)}")
    return _KINDS[name]


def _answers(path: Path, facts: OnnxFacts, told: Mapping[str, Any], kind: str) -> Answers:
    taken = input_of(facts, called=path.name)
    outputs = _asked(outputs_of(facts, called=path.name), kind)
    median = as_whole(told.get("seg_small_segment", 9), "seg_small_segment")
    mean, std = _standardisation(told, taken.bands)
    layout = _layout(told) if kind == "detection" else ""
    return Answers(
        kind=kind,
        name=str(told.get("name", path.stem.replace("_", " "))),
        bands=band_names(taken.bands),
        scaling="own",
        mean=mean,
        std=std,
        resolution_m=as_number(told.get("resolution", 3.0), "resolution") * _CENTIMETRES,
        tile=_tile(told),
        overlap=as_number(told.get("tiles_overlap", 15.0), "tiles_overlap"),
        activation="probabilities",
        classes=_classes(told, outputs, kind=kind, layout=layout),
        outputs=tuple(shape.name for shape in outputs) if len(outputs) > 1 else (),
        threshold=as_number(told.get("seg_thresh", 0.5), "seg_thresh"),
        median=0 if median < 2 else median + 1 - median % 2,
        centred=True,
        value_scale=as_number(told.get("reg_output_scaling", 1.0), "reg_output_scaling"),
        layout=layout,
        confidence=as_number(told.get("det_conf", 0.5), "det_conf"),
        iou=as_number(told.get("det_iou_thresh", 0.5), "det_iou_thresh"),
        licence=str(told.get("license", told.get("licence", ""))),
        description=str(told.get("description", "")),
        origin="Deepness metadata",
    )


def _asked(outputs: tuple[OutputShape, ...], kind: str) -> tuple[OutputShape, ...]:
    """All pictures of classes that a segmentation gives; else the first output."""
    pictures = tuple(shape for shape in outputs if shape.rank in (3, 4))
    return pictures if kind == "segmentation" and pictures else outputs[:1]


def _tile(told: Mapping[str, Any]) -> int:
    key = "tile_size" if "tile_size" in told else "tiles_size"
    return as_whole(told.get(key, 512), key)


def _standardisation(
    told: Mapping[str, Any], bands: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation of each band in 0..255; there it is said of x / 255."""
    keys = "standardization_mean", "standardization_std"
    missing = [key for key in keys if key not in told]
    if len(missing) == 1:
        raise ValueError(f"'{missing[0]}' is missing beside the other of the two")
    if missing:
        return (0.0,) * bands, (255.0,) * bands
    mean, std = (tuple(255.0 * value for value in as_numbers(told[key], key)) for key in keys)
    if len(mean) != bands or len(std) != bands:
        raise ValueError(f"'{keys[0]}' and '{keys[1]}' need a number for each of {bands} bands")
    return mean, std


def _layout(told: Mapping[str, Any]) -> str:
    name = str(told.get("det_type", "YOLO_v5_or_v7_default")).strip()
    if name.lower() not in _LAYOUTS:
        raise ValueError(f"'det_type' is {name!r:.40}, expected one of {', '.join(_LAYOUTS)}")
    return _LAYOUTS[name.lower()]


def _classes(
    told: Mapping[str, Any], outputs: tuple[OutputShape, ...], *, kind: str, layout: str
) -> tuple[tuple[str, ...], ...]:
    """The names of each output's classes; channel_0, channel_1, ... where none are told."""
    if kind not in ("segmentation", "detection"):
        return ()
    key = "class_names" if "class_names" in told else "names"
    lists = _lists(told[key], key) if key in told else ()
    if len(lists) not in (0, len(outputs)):
        raise ValueError(
            f"'{key}' names the classes of {len(lists)} outputs, the network has {len(outputs)}"
        )
    if kind == "detection":
        return lists or (_channels(classes_in(outputs, layout)),)
    lists = lists or tuple(_channels(shape.planes or 1) for shape in outputs)
    return tuple(_with_background(names, shape) for names, shape in zip(lists, outputs))


def _lists(value: object, key: str) -> tuple[tuple[str, ...], ...]:
    """Classes of one output, or a list of those of each."""
    several = isinstance(value, (list, tuple)) and not all(isinstance(each, str) for each in value)
    return tuple(as_names(each, key) for each in value) if several else (as_names(value, key),)


def _channels(count: int) -> tuple[str, ...]:
    return tuple(f"channel_{index}" for index in range(min(count, 1000)))


def _with_background(names: tuple[str, ...], shape: OutputShape) -> tuple[str, ...]:
    """One plane with one name is how much of that there is; the rest is background."""
    return ("background", *names) if shape.planes in (1, None) and len(names) == 1 else names

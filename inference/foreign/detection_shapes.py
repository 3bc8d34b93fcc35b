# SPDX-License-Identifier: GPL-2.0-or-later
"""Which layouts of detected objects the shapes of a network's outputs can be."""

from __future__ import annotations

from .shapes import OutputShape

COEFFICIENTS = 32
"""Numbers of each object that weigh the prototypes of masks."""
_MOST_ENTRIES = 1100
"""Boxes and classes of an object are fewer than that, anchors are more, or not said."""
_END2END = "ultralytics_end2end"
_OF_BOX = 6
"""What that one tells of each object, whatever its classes: corners, score, class."""
_EXTRA = {
    "yolo_v5": 5,
    "yolo_v6": 5,
    "yolo_v9": 4,
    "ultralytics": 4,
    "ultralytics_seg": 4 + COEFFICIENTS,
    "ultralytics_obb": 5,
}
"""Entries of an object that are no class."""


def layouts_of(outputs: tuple[OutputShape, ...]) -> tuple[str, ...]:
    """Likeliest first; none where the first output cannot be a list of objects.

    Objects along the last axis, [n, 4 + classes, anchors], are those of v9 and Ultralytics; along
    the middle, [n, anchors, 5 + classes], those of v5, v6 and v7; [n, objects, 6] are boxes that
    the network has sorted out itself.
    """
    if not outputs or outputs[0].rank != 3:
        return ()
    rows, columns = outputs[0].sides
    if rows is None and columns is None:
        return ("ultralytics", "ultralytics_obb", "yolo_v9", "yolo_v5", "yolo_v6")
    entries = entries_of(outputs[0])
    if entries is None or not 5 <= entries <= _MOST_ENTRIES:
        return ()
    if _has_prototypes(outputs) and entries > _EXTRA["ultralytics_seg"]:
        return ("ultralytics_seg",)
    if entries == columns == _OF_BOX:
        return (_END2END, "yolo_v5", "yolo_v6")
    if entries == columns:
        return ("yolo_v5", "yolo_v6") if entries > 5 else ()
    return ("ultralytics", "yolo_v9", *(("ultralytics_obb",) if entries > 5 else ()))


def entries_of(output: OutputShape) -> int | None:
    """Numbers told of each object: the shorter side, or the only one that is said."""
    return min((side for side in output.sides if side is not None), default=None)


def entries_with(classes: int, layout: str) -> int:
    """Numbers told of each object where there are so many classes; 0 for no known layout."""
    if layout == _END2END:
        return _OF_BOX
    return _EXTRA.get(layout, -classes) + classes


def classes_in(outputs: tuple[OutputShape, ...], layout: str) -> int:
    """How many classes a layout has room for; 1 where the shapes do not say."""
    entries = entries_of(outputs[0])
    return 1 if entries is None else max(entries - _EXTRA.get(layout, entries), 1)


def _has_prototypes(outputs: tuple[OutputShape, ...]) -> bool:
    return any(shape.rank == 4 and shape.planes == COEFFICIENTS for shape in outputs[1:])

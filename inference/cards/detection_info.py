# SPDX-License-Identifier: GPL-2.0-or-later
"""How the answer of a network that detects objects is laid out, and which objects count."""

from __future__ import annotations

from dataclasses import dataclass

LAYOUTS = (
    "yolo_v5",
    "yolo_v6",
    "yolo_v9",
    "ultralytics",
    "ultralytics_seg",
    "ultralytics_obb",
    "ultralytics_end2end",
)
"""v5 and v7 (and v6, whose objectness is always 1): [n, anchors, 5 + classes]; v9 and Ultralytics:
[n, 4 + classes, anchors], with 32 coefficients and a second output of prototypes (seg) or with one
angle in radians (obb). A network that suppresses by itself (end2end, or nms=True): [n, objects, 6],
left, top, right, bottom, score and class."""


@dataclass(frozen=True)
class Detection:
    """The layout, one of LAYOUTS, and the least confidence and largest overlap (IoU), each 0..1.

    Of two objects of a class that overlap by more than `iou`, only the surer one counts.
    """

    layout: str
    confidence: float = 0.5
    iou: float = 0.5

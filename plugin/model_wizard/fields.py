# SPDX-License-Identifier: GPL-2.0-or-later
"""One field for each thing that may have to be asked of a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from ...inference.cards.answer_rules import most_classes
from ..i18n import tr
from .class_list import ClassList
from .scaling_choice import ScalingChoice

if TYPE_CHECKING:
    from ...inference.foreign.answers import Answers
    from ...inference.foreign.bare import Questions

SEEN = ("bands", "scaling", "resolution_m", "tile", "overlap")
"""What is asked about the picture that goes in, in the order of the page."""
ANSWERED = (
    "layout", "activation", "stride", "centred", "value_scale", "upscale", "confidence", "iou",
    "classes",
)  # fmt: skip
"""What is asked about the answer that comes out."""
_LARGEST_TILE = 8192
_MOST_OVERLAP = 80


@dataclass(frozen=True)
class Field:
    """A label, the widget beside it, what it is for, and how to read it.

    `read` gives fields of Answers by name; it may raise InputError.
    """

    label: str
    widget: QWidget
    tip: str
    read: Callable[[], dict[str, Any]]


def field(name: str, questions: Questions, start: Answers) -> Field:
    """The field for that part of Answers, filled in as proposed."""
    made = _MAKERS[name](questions, start)
    made.widget.setObjectName(f"{name}Field")
    made.widget.setToolTip(made.tip)
    return made


def _bands(_questions: Questions, start: Answers) -> Field:
    line = QLineEdit(", ".join(start.bands))
    tip = tr("Names of its bands in its order, with commas, such as red, green, blue, nir")

    def read() -> dict[str, Any]:
        return {"bands": tuple(filter(None, (each.strip() for each in line.text().split(","))))}

    return Field(tr("B&ands"), line, tip, read)


def _scaling(questions: Questions, start: Answers) -> Field:
    choice = ScalingChoice(questions.scalings, start.scaling)
    tip = tr("The range of numbers it was trained with")
    return Field(tr("N&umbers"), choice, tip, choice.answer)


def _resolution(_questions: Questions, start: Answers) -> Field:
    spin = _decimal(0, 1e5, start.resolution_m or 0.0, suffix=tr(" m per pixel"))
    spin.setSpecialValueText(tr("any"))
    tip = tr("The ground resolution of the pictures it was trained with")
    return Field(tr("&Resolution"), spin, tip, lambda: {"resolution_m": spin.value() or None})


def _tile(_questions: Questions, start: Answers) -> Field:
    spin = _whole(1, _LARGEST_TILE, start.tile, suffix=tr(" pixels"))
    tip = tr("How large a piece of the raster it shall see at a time")
    return Field(tr("&Tile"), spin, tip, lambda: {"tile": spin.value()})


def _overlap(_questions: Questions, start: Answers) -> Field:
    spin = _whole(0, _MOST_OVERLAP, round(start.overlap), suffix=tr(" %"))
    tip = tr("By how much neighbouring tiles overlap; more is slower and hides their edges better")
    return Field(tr("&Overlap"), spin, tip, lambda: {"overlap": float(spin.value())})


def layout_words() -> dict[str, str]:
    """What to call the ways in which objects are written."""
    return {
        "yolo_v5": tr("YOLO v5 or v7"),
        "yolo_v6": tr("YOLO v6"),
        "yolo_v9": tr("YOLO v9"),
        "ultralytics": tr("Ultralytics: boxes"),
        "ultralytics_seg": tr("Ultralytics: masks"),
        "ultralytics_obb": tr("Ultralytics: oriented boxes"),
        "ultralytics_end2end": tr("Ultralytics: boxes, each object once (end to end)"),
    }


def _layout(questions: Questions, start: Answers) -> Field:
    words = layout_words()
    combo = QComboBox()
    for layout in questions.layouts:
        combo.addItem(words.get(layout, layout), layout)
    combo.setCurrentIndex(max(0, combo.findData(start.layout)))
    tip = tr("How its objects are written")
    return Field(tr("&Layout"), combo, tip, lambda: {"layout": combo.currentData()})


def _activation(_questions: Questions, start: Answers) -> Field:
    combo = QComboBox()
    combo.addItem(tr("Probabilities (it ends in a softmax or sigmoid)"), "probabilities")
    combo.addItem(tr("Logits (any numbers, the largest wins)"), "logits")
    combo.setCurrentIndex(max(0, combo.findData(start.activation)))
    tip = tr("What kind of numbers it answers with")
    return Field(tr("&Answers"), combo, tip, lambda: {"activation": combo.currentData()})


def _stride(_questions: Questions, start: Answers) -> Field:
    spin = _whole(1, 256, start.stride, suffix=tr(" pixels"))
    tip = tr("How many of its pixels one answer stands for; 1: an answer for each")
    return Field(tr("&One answer for"), spin, tip, lambda: {"stride": spin.value()})


def _centred(_questions: Questions, start: Answers) -> Field:
    check = QCheckBox(tr("The answer is the middle of the tile"))
    check.setChecked(start.centred)
    tip = tr("Its answer is smaller than the tile because it leaves out the rim")
    return Field("", check, tip, lambda: {"centred": check.isChecked()})


def _value_scale(_questions: Questions, start: Answers) -> Field:
    spin = _decimal(-1e9, 1e9, start.value_scale, decimals=6)
    tip = tr("What its numbers are multiplied by to be in the unit you want")
    return Field(tr("&Multiply by"), spin, tip, lambda: {"value_scale": spin.value()})


def _upscale(_questions: Questions, start: Answers) -> Field:
    spin = _whole(1, 16, start.upscale, suffix=tr(" times"))
    tip = tr("By how much the pixels of its answer are finer")
    return Field(tr("Fin&er"), spin, tip, lambda: {"upscale": spin.value()})


def _confidence(_questions: Questions, start: Answers) -> Field:
    spin = _whole(0, 100, round(100 * start.confidence), suffix=tr(" %"))
    tip = tr("Objects it is less sure of are left out")
    return Field(tr("Least &confidence"), spin, tip, lambda: {"confidence": spin.value() / 100})


def _iou(_questions: Questions, start: Answers) -> Field:
    spin = _whole(0, 100, round(100 * start.iou), suffix=tr(" %"))
    tip = tr("Of two objects of a class that overlap by more, the surer one counts")
    return Field(tr("Lar&gest overlap"), spin, tip, lambda: {"iou": spin.value() / 100})


def _classes(_questions: Questions, start: Answers) -> Field:
    chosen = ClassList(start.classes[0] if start.classes else (), most_classes(start.kind))
    tip = tr("What it tells apart, in the order of its numbers")

    def read() -> dict[str, Any]:
        return {"classes": (chosen.names(),), "colors": (chosen.colors(),)}

    return Field(tr("Classes"), chosen, tip, read)


def _whole(least: int, most: int, value: int, *, suffix: str = "") -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(least, most)
    spin.setSuffix(suffix)
    spin.setValue(value)
    return spin


def _decimal(
    least: float, most: float, value: float, *, decimals: int = 3, suffix: str = ""
) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setDecimals(decimals)
    spin.setRange(least, most)
    spin.setSuffix(suffix)
    spin.setValue(value)
    return spin


_MAKERS: dict[str, Callable[[Questions, Answers], Field]] = {
    "bands": _bands,
    "scaling": _scaling,
    "resolution_m": _resolution,
    "tile": _tile,
    "overlap": _overlap,
    "layout": _layout,
    "activation": _activation,
    "stride": _stride,
    "centred": _centred,
    "value_scale": _value_scale,
    "upscale": _upscale,
    "confidence": _confidence,
    "iou": _iou,
    "classes": _classes,
}

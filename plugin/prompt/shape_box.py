# SPDX-License-Identifier: GPL-2.0-or-later
"""How outlines of what one points at are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.gui import QgsCollapsibleGroupBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QFormLayout, QSizePolicy, QSpinBox, QWidget

from ..i18n import tr
from ..widgets.options_box import spin

if TYPE_CHECKING:
    from ...inference.prompt.shape import ShapeOptions

_SIMPLIFY_PX = 0.8
_MOST_SMOOTHING = 5
_MOST_PIXELS = 1e7


class ShapeBox(QgsCollapsibleGroupBox):
    """Closed at first; lengths and areas are in pixels one works with."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Outl&ine"), parent)
        self.setObjectName("promptShape")
        self.setToolTip(tr("How outlines are drawn"))
        self.setSaveCollapsedState(False)
        self.setCollapsed(True)
        self.simplify = spin(tr(" px"), most=100.0, decimals=1, zero=tr("along the pixels"))
        self.simplify.setValue(_SIMPLIFY_PX)
        self.simplify.setSingleStep(0.2)
        self.smooth = QSpinBox()
        self.smooth.setRange(0, _MOST_SMOOTHING)
        self.smooth.setSpecialValueText(tr("not at all"))
        self.holes = spin(tr(" px²"), most=_MOST_PIXELS, decimals=0, zero=tr("none"))
        self.least = spin(tr(" px²"), most=_MOST_PIXELS, decimals=0, zero=tr("any size"))
        self.orthogonal = QCheckBox(tr("Right angles"))
        self.all_parts = QCheckBox(tr("All parts"))
        self._lay_out()
        for box in (self.simplify, self.smooth, self.holes, self.least):
            box.setKeyboardTracking(False)
            box.valueChanged.connect(lambda _value: self.changed.emit())
        for check in (self.orthogonal, self.all_parts):
            check.toggled.connect(lambda _on: self.changed.emit())

    def options(self) -> ShapeOptions:
        """As the fields stand."""
        from ...inference.prompt.shape import ShapeOptions

        return ShapeOptions(
            simplify_px=self.simplify.value(),
            smooth=self.smooth.value(),
            fill_holes_px=self.holes.value(),
            least_area_px=self.least.value(),
            orthogonal=self.orthogonal.isChecked(),
            all_parts=self.all_parts.isChecked(),
        )

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows = (
            (
                tr("Simplify"),
                self.simplify,
                tr("How far the outline may leave the edges of the pixels"),
            ),
            (tr("Smooth"), self.smooth, tr("How often corners are cut")),
            (tr("Fill holes"), self.holes, tr("Holes up to this size are filled")),
            (tr("Smallest"), self.least, tr("Parts below this size are left out")),
        )
        for label, field, help_text in rows:
            field.setToolTip(help_text)
            field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            form.addRow(label, field)
        self.orthogonal.setToolTip(
            tr("Make the corners of buildings right angles where that changes little")
        )
        self.all_parts.setToolTip(
            tr("Keep every part of an object that is in several, not only the largest")
        )
        form.addRow(self.orthogonal)
        form.addRow(self.all_parts)

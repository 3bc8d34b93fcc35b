# SPDX-License-Identifier: GPL-2.0-or-later
"""How pixels become the numbers a network takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qgis.PyQt.QtWidgets import QComboBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from ...inference.errors import InputError
from ..i18n import tr

_OWN = "own"


class ScalingChoice(QWidget):
    """One of the usual ways, or a mean and a deviation for each band."""

    def __init__(self, scalings: Sequence[str], chosen: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.combo = QComboBox()
        self.combo.setObjectName("scalingCombo")
        words = {
            "0..1": tr("0 to 1 (pixels divided by 255)"),
            "0..255": tr("0 to 255 (pixels as they are)"),
            "-1..1": tr("-1 to 1"),
            "imagenet": tr("ImageNet's mean and deviation"),
            _OWN: tr("A mean and a deviation of each band"),
        }
        for scaling in scalings:
            self.combo.addItem(words.get(scaling, scaling), scaling)
        self.combo.setCurrentIndex(max(0, self.combo.findData(chosen)))
        self.mean, self.std = QLineEdit(), QLineEdit()
        self.mean.setObjectName("scalingMean")
        self.std.setObjectName("scalingStd")
        self.mean.setPlaceholderText(tr("of 0 to 255, such as 123.7, 116.3, 103.5"))
        self.std.setPlaceholderText(tr("of 0 to 255, such as 58.4, 57.1, 57.4"))
        self._own = QWidget()
        form = QFormLayout(self._own)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(tr("Mean"), self.mean)
        form.addRow(tr("Deviation"), self.std)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.combo)
        column.addWidget(self._own)
        self.combo.currentIndexChanged.connect(lambda _index: self._follow())
        self._follow()

    def answer(self) -> dict[str, Any]:
        """`scaling`, with `mean` and `std` where they are the user's own; raises InputError."""
        scaling = self.combo.currentData()
        if scaling != _OWN:
            return {"scaling": scaling}
        return {"scaling": scaling, "mean": _numbers(self.mean), "std": _numbers(self.std)}

    def _follow(self) -> None:
        self._own.setVisible(self.combo.currentData() == _OWN)


def _numbers(field: QLineEdit) -> tuple[float, ...]:
    """Numbers with a point, parted by commas or spaces."""
    try:
        return tuple(float(part) for part in field.text().replace(",", " ").split())
    except ValueError as error:
        words = tr("'{0}' is no list of numbers: write them like 123.7, 116.3, 103.5.")
        raise InputError(words.format(field.text())) from error

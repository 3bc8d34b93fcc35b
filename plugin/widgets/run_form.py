# SPDX-License-Identifier: GPL-2.0-or-later
"""Which raster, with which model, where and how: the dock's upper half."""

from __future__ import annotations

from html import escape
from typing import Any

from qgis.core import (
    QgsMapLayer,
    QgsMapLayerProxyModel,
    QgsRasterLayer,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.gui import QgsMapCanvas, QgsMapLayerComboBox
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QCheckBox, QGridLayout, QLabel, QSizePolicy, QWidget

from ...inference.cards.card import ModelCard
from ...inference.errors import GeoSiftError, InputError
from ...inference.traces.line_class import has_lines
from ..algorithms import common_parameters as names
from ..algorithms.classify import ClassifyAlgorithm
from ..algorithms.detect import DetectAlgorithm
from ..algorithms.recognise import RecogniseAlgorithm
from ..algorithms.regress import RegressAlgorithm
from ..algorithms.segment import SegmentAlgorithm
from ..algorithms.superresolve import SuperresolveAlgorithm
from ..i18n import tr
from ..models import TRACES, algorithm_of, card_facts
from ..results.layer_tree import is_result
from .classify_options import ClassifyOptions
from .detect_options import DetectOptions
from .extent_choice import ExtentChoice
from .model_combo import ModelCombo
from .options_box import OptionsBox
from .segment_options import SegmentOptions
from .surface_options import SurfaceOptions
from .trace_options import TraceOptions

_SURFACES = (RegressAlgorithm, SuperresolveAlgorithm, RecogniseAlgorithm)
"""Those with numbers for an answer."""


class RunForm(QWidget):
    """Asks for a run of the algorithm that fits the chosen model."""

    def __init__(self, canvas: QgsMapCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layers = QgsMapLayerComboBox()
        self.layers.setObjectName("layerCombo")
        self.layers.setFilters(QgsMapLayerProxyModel.Filter.RasterLayer)
        self.layers.setToolTip(tr("The raster layer to work on; it follows the active layer"))
        self.layers.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.model = ModelCombo()
        self.about = QLabel()
        self.about.setObjectName("modelAbout")
        self.about.setWordWrap(True)
        self.about.setTextFormat(Qt.TextFormat.RichText)
        self.trace = QCheckBox(tr("Trace &lines"))
        self.trace.setObjectName("traceCheck")
        self.trace.setToolTip(
            tr("Lines with length, direction and width instead of a class for every pixel")
        )
        self.trace.setChecked(True)
        self.extent = ExtentChoice(canvas)
        by_kind = {
            SegmentAlgorithm.kind: SegmentOptions(),
            ClassifyAlgorithm.kind: ClassifyOptions(),
            DetectAlgorithm.kind: DetectOptions(),
            **{each.kind: SurfaceOptions(each()) for each in _SURFACES},
        }
        self._kinds = frozenset(by_kind)
        self._options = {algorithm_of(kind): options for kind, options in by_kind.items()}
        self._options[TRACES] = TraceOptions()
        self._served = algorithm_of(SegmentAlgorithm.kind)
        self._lay_out()
        self.model.changed.connect(self._describe_model)
        self.trace.toggled.connect(self._describe_model)
        self._describe_model()

    @property
    def options(self) -> OptionsBox:
        """Those of the algorithm that will run."""
        return self._options[self._served]

    def follow(self, layer: QgsMapLayer | None) -> None:
        """Take the active layer as the one to work on, unless it is a result of ours."""
        if layer is None or is_result(layer):
            return
        if isinstance(layer, QgsRasterLayer):
            self.layers.setLayer(layer)
        elif isinstance(layer, QgsVectorLayer) and _has_polygons(layer):
            self.extent.prefer_polygons_of(layer)

    def title(self) -> str:
        """What to call the run: raster and model."""
        return f"{self.layers.currentLayer().name()} · {self.model.card().name}"

    def algorithm(self) -> str:
        """The id of the algorithm that runs the chosen model; raises GeoSiftError."""
        return self._algorithm_for(self._card())

    def parameters(self) -> dict[str, Any]:
        """Parameters of that algorithm as the form stands; raises GeoSiftError."""
        layer = self.layers.currentLayer()
        if layer is None:
            raise InputError(tr("There is no raster layer in the project yet: add one first."))
        self._card()
        return {
            names.INPUT: layer.id(),
            names.MODEL: self.model.value(),
            **self.extent.parameters(),
            **self.options.parameters(),
        }

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        rows = (
            (tr("Ras&ter"), self.layers, self.layers),
            (tr("Model"), self.model, self.model.combo),
            (tr("E&xtent"), self.extent, self.extent.combo),
        )
        for row, (text, field, buddy) in zip((0, 1, 4), rows):
            label = QLabel(text)
            label.setBuddy(buddy)
            label.setMinimumHeight(self.layers.sizeHint().height())
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(field, row, 1)
        grid.addWidget(self.about, 2, 0, 1, 2)
        grid.addWidget(self.trace, 3, 1)
        for row, (algorithm, options) in enumerate(self._options.items(), start=5):
            grid.addWidget(options, row, 0, 1, 2)
            options.setVisible(algorithm == self._served)

    def _card(self) -> ModelCard:
        """The chosen model's; raises GeoSiftError, also where it has nothing to do with this."""
        card = self.model.card()
        if card.kind not in self._kinds:
            words = tr("The model '{0}' cuts out what one points at: choose it there.")
            raise InputError(words.format(card.id))
        return card

    def _describe_model(self) -> None:
        try:
            card = self._card()
        except GeoSiftError as error:
            self.about.setText(escape(str(error), quote=False))
            return
        self.about.setText(_about(card))
        self.trace.setVisible(has_lines(card))
        if self._algorithm_for(card) != self._served:
            self._serve(self._algorithm_for(card), card.kind)
        self.options.suit(card)

    def _algorithm_for(self, card: ModelCard) -> str:
        if has_lines(card) and self.trace.isChecked():
            return TRACES
        return algorithm_of(card.kind)

    def _serve(self, algorithm: str, kind: str) -> None:
        """Show what can be asked of an algorithm, and of models of that kind."""
        before = self.options
        before.hide()
        self._served = algorithm
        self.options.setCollapsed(before.isCollapsed())
        self.options.show()
        self.extent.offer(kind)


def _about(card: ModelCard) -> str:
    """A line of facts, then every class with its colour."""
    classes = "&nbsp;&nbsp; ".join(
        f'<span style="color:{info.color}">■</span>&nbsp;{_unbroken(info.name)}'
        for info in card.classes
    )
    facts = " · ".join(_unbroken(fact) for fact in card_facts(card))
    return f"{facts}<br>{classes}" if classes else facts


def _unbroken(text: str) -> str:
    return escape(text).replace(" ", "&nbsp;")


def _has_polygons(layer: QgsVectorLayer) -> bool:
    return layer.geometryType() == QgsWkbTypes.GeometryType.PolygonGeometry

# SPDX-License-Identifier: GPL-2.0-or-later
"""The model list inside Processing's own dialogs: toolbox, batch and model designer."""

from __future__ import annotations

from processing.gui.wrappers import WidgetWrapper
from qgis.core import (
    QgsProcessingModelChildParameterSource,
    QgsProcessingOutputString,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtWidgets import QWidget

from ..algorithms.common_parameters import NO_MODEL
from ..algorithms.traces_parameters import MODEL
from ..i18n import tr
from .model_combo import ModelCombo


class ModelWrapper(WidgetWrapper):
    """Shows a ModelCombo for the MODEL parameter; in the designer also the model's own strings."""

    kinds: tuple[str, ...] = ()
    """The kinds of models to list; Processing makes wrappers by the name of their class."""

    def createWidget(self) -> QWidget:  # noqa: N802 (QGIS fixes the name)
        chooser = self.chooser()
        for text, source in self._designer_sources():
            chooser.offer_more(text, source)
        chooser.changed.connect(lambda: self.widgetValueHasChanged.emit(self))
        return chooser

    def chooser(self) -> ModelCombo:
        """The list itself."""
        return ModelCombo(*self.kinds)

    def setValue(self, value: object) -> None:  # noqa: N802
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, QgsProcessingModelChildParameterSource):
            static = QgsProcessingModelChildParameterSource.Source.StaticValue
            if value.source() != static:
                self._choose_source(value)
                return
            value = value.staticValue()
        self.widget.set_value(value)

    def value(self) -> object:
        return self.widget.value()

    def _designer_sources(self) -> list[tuple[str, QgsProcessingModelChildParameterSource]]:
        """String inputs and outputs of the model being designed; none in other dialogs."""
        if not hasattr(self.dialog, "getAvailableValuesOfType"):
            return []
        found = self.dialog.getAvailableValuesOfType(
            [QgsProcessingParameterString], [QgsProcessingOutputString]
        )
        return [(self.dialog.resolveValueDescription(source), source) for source in found]

    def _choose_source(self, source: QgsProcessingModelChildParameterSource) -> None:
        combo = self.widget.combo
        for index in range(combo.count()):
            if combo.itemData(index) == source:
                combo.setCurrentIndex(index)
                return


class SegmentationModelWrapper(ModelWrapper):
    """Lists what `geosift:segment` can run."""

    kinds = ("segmentation",)


class TracesModelWrapper(ModelWrapper):
    """Lists what `geosift:traces` can run, and that it can do without."""

    kinds = ("segmentation",)

    def chooser(self) -> ModelCombo:
        """See ModelWrapper.chooser."""
        combo = super().chooser()
        combo.offer_more(tr("(none: the raster says where lines are)"), NO_MODEL)
        combo.set_value(MODEL)
        return combo


class FeaturesModelWrapper(ModelWrapper):
    """Lists what answers a patch with a vector, and that the index may say which of them."""

    kinds = ("features", "recognition")

    def chooser(self) -> ModelCombo:
        """See ModelWrapper.chooser."""
        combo = super().chooser()
        combo.offer_more(tr("(the one of the index; of a new index: features)"), "")
        combo.set_value("")
        return combo


class DenseModelWrapper(ModelWrapper):
    """Lists what answers every few pixels with a vector, which `geosift:teach` builds on."""

    kinds = ("features",)


class PromptModelWrapper(ModelWrapper):
    """Lists what `geosift:prompt` can run."""

    kinds = ("prompt",)


class ClassificationModelWrapper(ModelWrapper):
    """Lists what `geosift:classify` can run."""

    kinds = ("classification",)


class DetectionModelWrapper(ModelWrapper):
    """Lists what `geosift:detect` can run."""

    kinds = ("detection",)


class RegressionModelWrapper(ModelWrapper):
    """Lists what `geosift:regress` can run."""

    kinds = ("regression",)


class SuperresolutionModelWrapper(ModelWrapper):
    """Lists what `geosift:superresolve` can run."""

    kinds = ("superresolution",)


class RecognitionModelWrapper(ModelWrapper):
    """Lists what `geosift:recognise` can run."""

    kinds = ("recognition",)

# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the engine once and hands its files and tables to QGIS (worker thread)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProcessingUtils

from ..background.run_feedback import RunFeedback
from ..i18n import tr
from ..layers.layer_features import LayerFeatures
from ..results.post_process import dress_on_arrival
from ..results.vector_output import LayerInMemory, MakeLayer, VectorFile, layer_of_engine
from ..words import share_words
from . import common_parameters as names
from .engine_run import EngineRun
from .inputs import RasterInputs
from .run_parameters import is_geopackage

if TYPE_CHECKING:
    from ...inference.runs.areas import ClassArea


class NetworkRun(EngineRun):
    """One call of the engine for one call of an algorithm; each child says what it asks for."""

    engine: Callable[..., Any]
    """The engine's function for this kind of job."""
    vector = ""
    """The output the engine writes as a GeoPackage."""
    geometry = "Polygon"
    """What that holds, in QGIS's word."""
    layer: MakeLayer = staticmethod(layer_of_engine)
    """The layer of the GeoPackage that is converted where another format is wanted."""

    @abstractmethod
    def kinds(self, features: LayerFeatures | None, made: Collection[str]) -> dict[str, str]:
        """What each output is, as its look and its place in the layer tree need to know.

        `made` are the outputs there are.
        """

    @abstractmethod
    def job(
        self, inputs: RasterInputs, features: LayerFeatures | None, paths: Mapping[str, Path]
    ) -> Any:
        """What the engine shall do; `paths` are its files by output name, if wanted."""

    @abstractmethod
    def counted(self, features: LayerFeatures | None) -> str:
        """What the areas of the result consist of, in the plural."""

    def told(self, result: Any) -> dict[str, Any]:
        """What else this kind of run answers, by output name."""
        return {}

    def outcome(self, result: Any, counted: str) -> Iterable[str]:
        """Lines for the log."""
        return (_area_words(area, counted) for area in result.areas)

    def more_companions(self, wanted: Mapping[str, str]) -> dict[str, VectorFile | LayerInMemory]:
        """What this plugin makes of the result, by output name; `wanted` are the places."""
        return {}

    def execute(self, inputs: RasterInputs, features: LayerFeatures | None) -> dict[str, Any]:
        """Do the run, and return the results by output name; raises GeoSiftError."""
        answers = self.destinations()
        converted = self._converted(answers.get(self.vector, ""))
        companions = {**converted, **self.more_companions(answers)}
        paths = {name: Path(answer) for name, answer in answers.items()}
        if converted:
            paths[self.vector] = Path(QgsProcessingUtils.generateTempFilename("polygons.gpkg"))
        result = self.engine(
            self.job(inputs, features, paths),
            companions=tuple(companions.values()),
            progress=self.feedback.setProgress,
            message=self.feedback.pushWarning,
            cancelled=self.feedback.isCanceled,
        )
        self._tell(result, self.counted(features))
        answers.update({name: each.answer for name, each in companions.items() if each.answer})
        for name, kind in self.kinds(features, answers).items():
            if name in answers:
                dress_on_arrival(
                    answers[name], kind, self.context, title=inputs.title, card=inputs.card
                )
        return {**answers, names.ENGINE: result.engine, **self.told(result)}

    def _converted(self, wanted: str) -> dict[str, VectorFile | LayerInMemory]:
        """What brings the engine's GeoPackage where it is wanted, if it is wanted elsewhere."""
        if not wanted or is_geopackage(wanted):
            return {}
        return {self.vector: self.elsewhere(self.vector, wanted, self.layer, self.geometry)}

    def _tell(self, result: Any, counted: str) -> None:
        """The outcome in the log, which is all that batch users see; the dock takes it whole."""
        if isinstance(self.feedback, RunFeedback):
            self.feedback.result, self.feedback.counted = result, counted
        if result.engine:
            self.feedback.pushInfo(tr("Engine: {0}").format(result.engine))
        for line in self.outcome(result, counted):
            self.feedback.pushInfo(line)


def _area_words(area: ClassArea, counted: str) -> str:
    """One class in the log: `Water: 6.2 % (12,345 pixels, 3,086 m²)`."""
    facts = (area.name, share_words(area.share), f"{area.pixels:,}", counted)
    if area.area_m2 is None:
        return tr("{0}: {1} ({2} {3})").format(*facts)
    return tr("{0}: {1} ({2} {3}, {4} m²)").format(*facts, f"{area.area_m2:,.0f}")

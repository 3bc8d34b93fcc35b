# SPDX-License-Identifier: GPL-2.0-or-later
"""One measurement of a fracture network for QGIS: its job for the engine (worker thread)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsCoordinateReferenceSystem

from ...inference.fracture_numbers.run import (
    FractureNumbersJob,
    FractureNumbersResult,
    run_fracture_numbers,
)
from ..i18n import tr
from ..layers.layer_features import LayerFeatures
from ..layers.line_features import fracture_lines, sampling_areas
from ..results.numbers_table import numbers_layer
from ..results.post_process import dress_on_arrival
from ..results.vector_output import MakeLayer, named_layer
from . import common_parameters as common
from . import fracture_numbers_parameters as names
from .run_parameters import RunParameters

_KINDS = {
    names.TABLE: "table",
    names.GRID: "intensity",
    names.BLOCKS: "blocks",
    names.NODES: "nodes",
}


class FractureNumbersRun(RunParameters):
    """Numbers, and the layers they were counted on."""

    def execute(
        self, lines: LayerFeatures, areas: LayerFeatures | None, crs: QgsCoordinateReferenceSystem
    ) -> dict[str, Any]:
        """Do the run, and return the results by output name; raises GeoSiftError."""
        answers = self.destinations()
        companions = {
            name: self.elsewhere(name, answers[name], *how)
            for name, how in _made().items()
            if name in answers and not _is_own(name, answers[name])
        }
        result = run_fracture_numbers(
            self._job(lines, areas, crs, answers),
            companions=tuple(companions.values()),
            progress=self.feedback.setProgress,
            message=self.feedback.pushWarning,
            cancelled=self.feedback.isCanceled,
        )
        answers.update({name: each.answer for name, each in companions.items() if each.answer})
        for name, kind in _KINDS.items():
            if name in answers:
                dress_on_arrival(answers[name], kind, self.context, title=lines.name, card=None)
        return {**answers, **self._told(result)}

    def _job(
        self,
        lines: LayerFeatures,
        areas: LayerFeatures | None,
        crs: QgsCoordinateReferenceSystem,
        answers: dict[str, str],
    ) -> FractureNumbersJob:
        set_field = self.field(names.SET_FIELD) or names.USUAL_SET_FIELD
        paths = {name: Path(place) for name, place in answers.items()}
        table = paths.get(names.TABLE)
        return FractureNumbersJob(
            lines=fracture_lines(lines, crs, set_field),
            areas=() if areas is None else sampling_areas(areas, self.field(names.AREA_FIELD)),
            table=table if table and _is_own(names.TABLE, str(table)) else None,
            report=paths.get(common.REPORT),
            grid=paths.get(names.GRID),
            snap=self.number(names.SNAP),
            scale=self.number(names.PIXEL_SIZE),
            cell=self.number(names.CELL),
            radius=self.number(names.RADIUS),
            title=lines.name,
        )

    def _told(self, result: FractureNumbersResult) -> dict[str, Any]:
        """Numbers of all areas together, also in the log."""
        all_of_it = result.numbers
        told = {
            names.COUNT: all_of_it.traces,
            names.TOTAL: all_of_it.total_length,
            names.MEAN: all_of_it.mean_length,
            names.P20: all_of_it.p20,
            names.P21: all_of_it.p21,
            names.ENDS: all_of_it.i,
            names.ABUTMENTS: all_of_it.y,
            names.CROSSINGS: all_of_it.x,
            names.CONNECTIONS: all_of_it.connections_per_branch,
            names.EXPONENT: all_of_it.exponent,
            names.BLOCK_COUNT: all_of_it.blocks,
        }
        titles = {output.name(): output.description() for output, _words in names.told()}
        for name, value in told.items():
            self.feedback.pushInfo(f"{titles[name]}: {'–' if value is None else f'{value:.6g}'}")
        return told


def _made() -> dict[str, tuple[MakeLayer, str]]:
    """What QGIS makes of the result, in any format: by output, how, and its geometry."""
    return {
        names.TABLE: (numbers_layer, "NoGeometry"),
        names.BLOCKS: (named_layer("blocks", tr("blocks")), "Polygon"),
        names.NODES: (named_layer("nodes", tr("nodes")), "Point"),
    }


def _is_own(name: str, place: str) -> bool:
    """Whether the engine writes it itself: the table as CSV."""
    return name == names.TABLE and place.lower().endswith(".csv")

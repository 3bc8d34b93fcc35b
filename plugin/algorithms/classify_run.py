# SPDX-License-Identifier: GPL-2.0-or-later
"""One scene classification for QGIS: its job for the engine (worker thread)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from ...inference.classify import run_classify
from ...inference.classify_job import ClassifyJob, ZonePolygon
from ..i18n import tr
from ..zones import Zones
from . import classify_parameters as names
from . import common_parameters as common
from .inputs import RasterInputs
from .network_run import NetworkRun


class ClassifyRun(NetworkRun):
    """A grid of cells, or the user's polygons, and a class raster."""

    engine = staticmethod(run_classify)
    vector = common.OUTPUT

    def kinds(self, polygons: Zones | None, made: Collection[str]) -> dict[str, str]:
        return {
            common.OUTPUT: "zones" if polygons else "cells",
            names.RASTER: "raster" if common.OUTPUT in made else "classes",
        }

    def counted(self, polygons: Zones | None) -> str:
        return tr("polygons") if polygons else tr("cells")

    def job(
        self, inputs: RasterInputs, polygons: Zones | None, paths: Mapping[str, Path]
    ) -> ClassifyJob:
        if polygons is not None and polygons.left_out:
            self.feedback.pushWarning(
                tr(
                    "{0} polygons of ZONES have no area that can be used; they are left out."
                ).format(polygons.left_out)
            )
        return ClassifyJob(
            source=self.source(inputs),
            card=inputs.card,
            raster=paths.get(names.RASTER),
            cells=paths.get(common.OUTPUT),
            report=paths.get(common.REPORT),
            bands=inputs.bands,
            extent=inputs.extent,
            zones=None if polygons is None else tuple(ZonePolygon(*each) for each in polygons.each),
            zone_fields={} if polygons is None else polygons.fields,
            step=self.whole(names.STEP),
            resolution=self.number(common.RESOLUTION),
            threads=self.threads(),
            augment=int(self.choice(common.AUGMENT)),
            probabilities=self.flag(names.PROBABILITIES),
            offset=self.number(names.OFFSET),
        )

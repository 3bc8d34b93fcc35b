# SPDX-License-Identifier: GPL-2.0-or-later
"""One scene classification for QGIS: its job for the engine (worker thread)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from ...inference.classification.job import ClassifyJob, ZonePolygon
from ...inference.classification.run import run_classify
from ..i18n import tr, tr_count
from ..layers.layer_features import LayerFeatures
from ..layers.zones import Zones, zones_of
from . import classify_parameters as names
from . import common_parameters as common
from .inputs import RasterInputs
from .network_run import NetworkRun


class ClassifyRun(NetworkRun):
    """A grid of cells, or the user's polygons, and a class raster."""

    engine = staticmethod(run_classify)
    vector = common.OUTPUT

    def kinds(self, features: LayerFeatures | None, made: Collection[str]) -> dict[str, str]:
        return {
            common.OUTPUT: "zones" if features else "cells",
            names.RASTER: "raster" if common.OUTPUT in made else "classes",
        }

    def counted(self, features: LayerFeatures | None) -> str:
        return tr("polygons") if features else tr("cells")

    def job(
        self, inputs: RasterInputs, features: LayerFeatures | None, paths: Mapping[str, Path]
    ) -> ClassifyJob:
        zones = None if features is None else self._zones(features)
        return ClassifyJob(
            source=self.source(inputs),
            card=inputs.card,
            raster=paths.get(names.RASTER),
            cells=paths.get(common.OUTPUT),
            report=paths.get(common.REPORT),
            bands=inputs.bands,
            extent=inputs.extent,
            zones=None if zones is None else tuple(ZonePolygon(*each) for each in zones.each),
            zone_fields={} if zones is None else zones.fields,
            step=self.whole(names.STEP),
            resolution=self.number(common.RESOLUTION),
            threads=self.threads(),
            augment=int(self.choice(common.AUGMENT)),
            probabilities=self.flag(names.PROBABILITIES),
            offset=self.number(names.OFFSET),
        )

    def _zones(self, features: LayerFeatures) -> Zones:
        zones = zones_of(features)
        if zones.left_out:
            words = tr_count(
                "{0} of {1} polygons in ZONES has no area that counts; it is left out.",
                "{0} of {1} polygons in ZONES have no area that counts; they are left out.",
                zones.left_out,
            )
            all_of_them = zones.left_out + len(zones.each)
            self.feedback.pushWarning(words.format(zones.left_out, all_of_them))
        return zones

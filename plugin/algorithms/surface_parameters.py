# SPDX-License-Identifier: GPL-2.0-or-later
"""What algorithms with numbers for an answer ask for and answer, with help for every parameter."""

from __future__ import annotations

from qgis.core import (
    QgsProcessingParameterDefinition,
    QgsProcessingParameterRasterDestination,
)

from ..i18n import tr
from . import common_parameters as common
from .common_parameters import OUTPUT
from .parameter_kinds import Told, advanced, choice, helped, numbers_told, polygons
from .segment_parameters import GRID, GRIDS, MASK, overlap

LEAST, LARGEST, MEAN = "MINIMUM", "MAXIMUM", "MEAN"


def what_and_where(kind: str, raster: str) -> list[QgsProcessingParameterDefinition]:
    """The raster, a model of that kind, and which part counts; `raster` is help."""
    mask = tr(
        "Pixels outside these polygons stay without data, and tiles that touch none of them are "
        "not even read. Any CRS. Empty: everything."
    )
    return [
        common.raster(raster),
        common.model(kind),
        common.bands(),
        common.extent(tr("The part of the raster to work on, in any CRS. Empty: all of it.")),
        polygons(MASK, tr("Only inside these polygons"), mask),
    ]


def grid() -> QgsProcessingParameterDefinition:
    """Whose pixels the result has."""
    words = tr(
        "input: the result has the pixels of the raster. network: it has the pixels the network "
        "works on, which is smaller and faster where the raster is finer."
    )
    return choice(GRID, tr("Result on the pixels of"), GRIDS, words)


def fine_tuning() -> list[QgsProcessingParameterDefinition]:
    """What most runs need not change."""
    return [advanced(each) for each in (common.views(), overlap(), common.threads())]


def results(title: str, text: str) -> list[QgsProcessingParameterDefinition]:
    """The raster that is made, with its help, and the report."""
    words = tr(
        "The numbers of the result, the engine, the seconds of each stage and the warnings: as a "
        "page with a table (.html), or for programs (.json)."
    )
    return [
        helped(QgsProcessingParameterRasterDestination(OUTPUT, title), text),
        common.report(words),
    ]


def figures_told() -> list[Told]:
    """What every run tells, and the numbers of the only band."""
    figures = numbers_told(
        (LEAST, tr("Least value"), tr("The least of all values of the result.")),
        (LARGEST, tr("Largest value"), tr("The largest of all values of the result.")),
        (MEAN, tr("Mean value"), tr("The mean of all values of the result.")),
    )
    return [*common.told(), *figures]

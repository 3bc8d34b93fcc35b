# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:embed` asks for and answers, with help for every parameter."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
)

from ..i18n import tr
from . import common_parameters as common
from .parameter_kinds import (
    Told,
    advanced,
    helped,
    number,
    numbers_told,
    optional_text,
    polygons,
    switch,
)

INPUTS, INDEX, MASK, STEP = "INPUTS", "INDEX", "MASK", "STEP"
RENEW, DROP, READ, EXPORT, LOAD = "RENEW", "DROP", "IMPORT", "EXPORT", "LOAD"
PATCHES, ADDED, TOTAL = "PATCHES", "ADDED", "TOTAL"
DONE, SKIPPED, CHANGED, FAILED = "DONE", "SKIPPED", "CHANGED", "FAILED"
KINDS = ("features", "recognition")
"""Of networks that answer a patch with a vector."""


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog."""
    return [*_what_and_where(), *_how(), *_results()]


def told() -> list[Told]:
    """What a run tells beside its files, and what that means."""
    polygons = QgsProcessing.SourceType.TypeVectorPolygon
    patches = QgsProcessingOutputVectorLayer(PATCHES, tr("Layer of the patches"), polygons)
    numbers = numbers_told(
        (ADDED, tr("Patches added"), tr("How many patches this run has put into the index.")),
        (TOTAL, tr("Patches in the index"), tr("How many there are in it now.")),
        (DONE, tr("Rasters embedded"), tr("How many rasters this run has put into the index.")),
        (SKIPPED, tr("Rasters that were in"), tr("How many were in already and left as they are.")),
        (
            CHANGED,
            tr("Rasters that have changed"),
            tr("How many are in as they once were; a run that renews embeds them again."),
        ),
        (
            FAILED,
            tr("Rasters that could not be embedded"),
            tr("How many were left out, each with a warning that says why."),
        ),
    )
    engine, seconds = common.told()
    return [
        (patches, tr("The file patches.gpkg of the index: a polygon for each patch.")),
        *numbers,
        engine,
        seconds,
    ]


def _what_and_where() -> list[QgsProcessingParameterDefinition]:
    rasters = QgsProcessingParameterMultipleLayers(
        INPUTS, tr("Rasters"), QgsProcessing.SourceType.TypeRaster, None, True
    )
    return [
        helped(
            rasters,
            tr(
                "Rasters to put into the index, one or thousands: any bands, data type, CRS and "
                "resolution, but files. Those that are in already cost nothing."
            ),
        ),
        model(),
        common.bands_of_all(),
        common.extent(
            tr("Only patches whose middle lies in it, in any CRS. Empty: everywhere."),
        ),
        polygons(
            MASK,
            tr("Only inside these polygons"),
            tr("Only patches whose middle lies in one of them. Any CRS. Empty: everywhere."),
        ),
    ]


def model() -> QgsProcessingParameterDefinition:
    """A network that answers with vectors; which one, an index may say itself."""
    parameter = common.listed_model(None, "FeaturesModelWrapper", optional=True)
    words = tr(
        "The model that describes each patch by a vector: the id of an installed one, such as "
        "features, or the path of an .onnx file that says what it is. Empty: the one the index "
        "was made with; of a new index, features."
    )
    return helped(parameter, words)


def _how() -> list[QgsProcessingParameterDefinition]:
    file = QgsProcessingParameterFile.Behavior.File
    title = tr("Begin with this GeoParquet file")
    read = QgsProcessingParameterFile(READ, title, file, "parquet", optional=True)
    step = number(
        STEP,
        tr("Step from patch to patch (pixels)"),
        tr(
            "In pixels as the network sees them; a patch is a tile of the network. Empty: as in "
            "the index; in a new one, half a patch."
        ),
        minimum=1,
    )
    return [
        step,
        common.resolution(),
        switch(
            RENEW,
            tr("Embed changed rasters again"),
            tr(
                "Rasters that are in the index and have changed since, or of which another part is "
                "asked for, are taken out and embedded again; else they are left as they are."
            ),
        ),
        advanced(
            optional_text(
                DROP,
                tr("Rasters to leave out"),
                tr(
                    "Paths or file names of rasters to take out of the index, with semicolons "
                    "between them."
                ),
            )
        ),
        advanced(
            helped(
                read,
                tr(
                    "Vectors somebody else has made, or an index that was exported, become this "
                    "index, which must be new. Needs the Python package pyarrow."
                ),
            )
        ),
        switch(
            LOAD,
            tr("Add the patches to the map"),
            tr("Adds the layer of the patches to the project when the run is over."),
        ),
        advanced(common.threads()),
    ]


def _results() -> list[QgsProcessingParameterDefinition]:
    index = QgsProcessingParameterFolderDestination(INDEX, tr("Index"))
    export = QgsProcessingParameterFileDestination(
        EXPORT, tr("Index as GeoParquet"), tr("GeoParquet files (*.parquet)"), None, True, False
    )
    return [
        helped(
            index,
            tr(
                "A folder: a new or empty one, or an index that shall grow. What was embedded "
                "stays in it, also when the run is cancelled; the same run again goes on there."
            ),
        ),
        helped(
            export,
            tr(
                "The whole index as one file that GDAL and pandas read, with the columns "
                "geometry and embedding. Needs the Python package pyarrow."
            ),
        ),
    ]

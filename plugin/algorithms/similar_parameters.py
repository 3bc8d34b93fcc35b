# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:similar` asks for and answers, with help for every parameter."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterPoint,
    QgsProcessingParameterRasterLayer,
)

from ..i18n import tr
from . import common_parameters as common
from .common_parameters import OUTPUT
from .parameter_kinds import (
    Told,
    advanced,
    field,
    helped,
    number,
    numbers_told,
    points_or_polygons,
    polygons,
    raster_result,
    switch,
    vector_result,
)
from .published_parameters import published_parameters

INDEX, EXAMPLES, SIGN_FIELD, NOT_LIKE = "INDEX", "EXAMPLES", "SIGN_FIELD", "NOT_LIKE"
PLACE, NOT_PLACE, PICTURE, NOT_PICTURE = "PLACE", "NOT_PLACE", "PICTURE", "NOT_PICTURE"
WEIGHT, COUNT, APART, THUMBNAILS = "WEIGHT", "COUNT", "APART", "THUMBNAILS"
MASK, FROM_DATE, TO_DATE, SOURCES = "MASK", "FROM_DATE", "TO_DATE", "SOURCES"
HEAT, HEAT_OF = "HEAT", "HEAT_OF"
FOUND, COMPARED, BEST = "FOUND", "COMPARED", "BEST"


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog."""
    return [_index(), *published_parameters(), *_examples(), *_where(), *_how(), *_results()]


def told() -> list[Told]:
    """What a run tells beside its files, and what that means."""
    numbers = numbers_told(
        (FOUND, tr("Patches found"), tr("How many patches the layer has.")),
        (COMPARED, tr("Patches compared"), tr("How many there were after all filters.")),
        (BEST, tr("Best score"), tr("That of rank 1; empty where nothing was found.")),
    )
    return [*numbers, common.seconds_told()]


def _index() -> QgsProcessingParameterDefinition:
    folder = QgsProcessingParameterFile.Behavior.Folder
    index = QgsProcessingParameterFile(INDEX, tr("Index"), folder, optional=True)
    words = tr(
        "The folder that geosift:embed has made. Empty where a database is searched in its place."
    )
    return helped(index, words)


def _examples() -> list[QgsProcessingParameterDefinition]:
    likes = tr(
        "Points on what is looked for, or polygons around it, in any CRS; where features are "
        "selected, these alone if you say so. A point stands for the patch around it; a polygon "
        "for the mean of the patches whose middle it holds, or the one around its own middle where "
        "it holds none: one example each, however large."
    )
    return [
        points_or_polygons(EXAMPLES, tr("Examples"), likes),
        field(
            SIGN_FIELD,
            tr("Field that tells bad examples"),
            tr(
                "A feature where it is 0, negative or false is an example of what is not wanted. "
                "Empty: every feature is a good example."
            ),
            of=EXAMPLES,
        ),
        points_or_polygons(
            NOT_LIKE,
            tr("Examples of what is not wanted"),
            tr("Points or polygons on what is like the good examples and is not meant."),
        ),
        *_places(),
        *_pictures(),
        number(
            WEIGHT,
            tr("Weight of what is not wanted"),
            tr("The score is how alike a patch is to the good examples, less so much to the bad."),
            whole=False,
            default=0.5,
        ),
    ]


def _places() -> list[QgsProcessingParameterDefinition]:
    place = QgsProcessingParameterPoint(PLACE, tr("Place of an example"), None, True)
    other = QgsProcessingParameterPoint(NOT_PLACE, tr("Place of what is not wanted"), None, True)
    words = tr(
        "A point on what is looked for: x,y [EPSG:code], without a code longitude and latitude. "
        "Scripts may give several, or one text with semicolons between them."
    )
    return [
        helped(place, words),
        advanced(helped(other, tr("A point on what is not meant, told as the place is."))),
    ]


def _pictures() -> list[QgsProcessingParameterDefinition]:
    files = QgsProcessing.SourceType.TypeFile
    good = QgsProcessingParameterMultipleLayers(
        PICTURE, tr("Pictures of examples"), files, None, True
    )
    bad = QgsProcessingParameterMultipleLayers(
        NOT_PICTURE, tr("Pictures of what is not wanted"), files, None, True
    )
    words = tr(
        "Picture files, such as cut-outs of another scene: all of each is an example, brought to "
        "the size of a patch."
    )
    return [
        advanced(helped(good, words)),
        advanced(helped(bad, tr("Picture files of what is not meant."))),
    ]


def _where() -> list[QgsProcessingParameterDefinition]:
    day = QgsProcessingParameterDateTime.Type.Date
    first = QgsProcessingParameterDateTime(FROM_DATE, tr("From date"), day, None, True)
    last = QgsProcessingParameterDateTime(TO_DATE, tr("To date"), day, None, True)
    rasters = QgsProcessing.SourceType.TypeRaster
    sources = QgsProcessingParameterMultipleLayers(
        SOURCES, tr("Only in these rasters"), rasters, None, True
    )
    words = tr(
        "The first day, such as 2021-05-01, of the date in a raster's metadata, else that of its "
        "file. Empty: any."
    )
    return [
        common.extent(tr("Where to look, in any CRS: a patch counts by its middle.")),
        polygons(
            MASK,
            tr("Only inside these polygons"),
            tr("Where to look: patches whose middle lies in one of them. Any CRS."),
        ),
        helped(first, words),
        helped(last, tr("The last day, that day included. Empty: any.")),
        helped(
            sources,
            tr("Rasters of the index to look in; scripts may name them by file. Empty: all."),
        ),
    ]


def _how() -> list[QgsProcessingParameterDefinition]:
    heat_of = QgsProcessingParameterRasterLayer(HEAT_OF, tr("Likeness over"), None, True)
    model = common.listed_model(None, "FeaturesModelWrapper", optional=True)
    return [
        number(
            COUNT,
            tr("Number of patches"),
            tr("How many of the best are wanted."),
            default=100,
            minimum=1,
        ),
        switch(
            APART,
            tr("Only places apart"),
            tr("Of patches of one raster that overlap only the best: as many places as patches."),
            is_on=True,
        ),
        switch(
            THUMBNAILS,
            tr("Thumbnails"),
            tr(
                "A small picture in each feature, which the map tip and the form show; it is read "
                "from the rasters, as far as they are still there."
            ),
            is_on=True,
        ),
        helped(
            heat_of,
            tr(
                "The raster of the index the likeness is drawn over; scripts may name it by file. "
                "Empty: the only one."
            ),
        ),
        advanced(
            helped(
                model,
                tr(
                    "The model the index was made with, where GeoSift does not find it by itself. "
                    "Places off the grid of patches, and pictures, are shown to it."
                ),
            )
        ),
    ]


def _results() -> list[QgsProcessingParameterDefinition]:
    return [
        vector_result(
            OUTPUT,
            tr("Similar places"),
            tr(
                "The best patches, coloured by score, each with rank, score, raster, date and "
                "thumbnail. A GeoPackage is fastest; formats that hold no pictures do without."
            ),
            is_usual=True,
        ),
        raster_result(
            HEAT,
            tr("Likeness"),
            tr("The score everywhere on one raster: a GeoTIFF (float), NaN where there is none."),
        ),
    ]

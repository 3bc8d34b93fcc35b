# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:embed`: rasters in, an index of their patches that can be searched out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...inference.errors import GeoSiftError
from ..dependencies import parquet_complaint
from ..i18n import tr
from . import embed_parameters as names
from .checks import about_bands, about_choices, about_features, about_model, about_outputs
from .geosift_algorithm import GeoSiftAlgorithm
from .given import Given
from .raster_names import raster_files

if TYPE_CHECKING:
    from .embed_inputs import EmbedInputs


class EmbedAlgorithm(GeoSiftAlgorithm):
    """A vector for every patch of rasters, in an index that grows."""

    asks = names
    group_id = "search"
    example = "INPUTS=july.tif INPUTS=august.tif INDEX=fields LOAD=true"

    def name(self) -> str:
        return "embed"

    def displayName(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return tr("Embed rasters into an index")

    def tags(self) -> list[str]:
        words = tr(
            "embedding,index,vectors,features,similarity,search,patches,geoparquet,clay,"
            "earth index,major tom,tile2vec,deep learning,onnx,ai"
        )
        return words.split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Describes every patch of rasters by a vector, so that places can be compared.")

    def intro(self) -> str:
        return tr(
            "Cuts rasters into patches, has a small neural network on this computer describe each "
            "by a vector, and keeps both in an index: a folder in which places that look alike are "
            "found at once (Find places that look alike). An index takes rasters at any time, of "
            "any projection and date; those that are in already are skipped. What was embedded "
            "stays in it when a run is cancelled, or even killed, and the next run goes on there."
        )

    def complaint(self, given: Given) -> str:
        work = (names.INPUTS, names.DROP, names.READ, names.EXPORT)
        if not any(given.several(name) for name in work):
            return tr("Nothing is to be done: give INPUTS, or DROP, IMPORT or EXPORT.")
        try:
            raster_files(given, names.INPUTS)
        except GeoSiftError as error:
            return str(error)
        return (
            about_model(given, *names.KINDS)
            or about_bands(given)
            or about_features(given)
            or about_choices(given)
            or about_outputs(given, {})
            or _about_parquet(given)
        )

    def known(self, given: Given) -> dict[str, Any]:
        return {**given.parameters, names.INPUTS: None}  # QGIS does not know every name of GDAL

    def read(self, given: Given) -> tuple[EmbedInputs]:
        from .embed_inputs import read_inputs

        return (read_inputs(given),)

    def run_type(self) -> type:
        from .embed_run import EmbedRun

        return EmbedRun


def _about_parquet(given: Given) -> str:
    wanted = [name for name in (names.READ, names.EXPORT) if given.several(name)]
    return parquet_complaint(wanted[0]) if wanted else ""

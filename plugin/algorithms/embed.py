# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:embed`: rasters in, an index of their patches that can be searched out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsProcessingContext

from ...inference.errors import GeoSiftError
from ..dependencies import complaint as packages_complaint
from ..dependencies import parquet_complaint
from ..i18n import tr
from . import embed_parameters as names
from .checks import about_bands, about_choices, about_features, about_model, about_outputs
from .engine_algorithm import EngineAlgorithm
from .inputs import listed
from .raster_names import raster_files

if TYPE_CHECKING:
    from .embed_inputs import EmbedInputs
    from .embed_run import EmbedRun


class EmbedAlgorithm(EngineAlgorithm):
    """A vector for every patch of rasters, in an index that grows."""

    asks = names
    group_id = "search"
    example = "INPUTS=july.tif INPUTS=august.tif INDEX=fields LOAD=true"

    def __init__(self) -> None:
        super().__init__()
        self._inputs: EmbedInputs | None = None

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

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Whether a run can start, and else one sentence that says what to do."""
        complaint = packages_complaint() or self._complaint(parameters, context)
        if complaint:
            return False, complaint
        known = {**parameters, names.INPUTS: None}  # QGIS does not know every name of GDAL
        return super().checkParameterValues(known, context)

    def read(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """See EngineAlgorithm.read."""
        from .embed_inputs import read_inputs

        self._inputs = read_inputs(self, parameters, context)

    def execute(self, run: EmbedRun) -> dict[str, Any]:
        """See EngineAlgorithm.execute."""
        return run.execute(self._inputs)

    def run_type(self) -> type[EmbedRun]:
        from .embed_run import EmbedRun

        return EmbedRun

    def _complaint(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        work = (names.INPUTS, names.DROP, names.READ, names.EXPORT)
        if not any(listed(parameters, name) for name in work):
            return tr("Nothing is to be done: give INPUTS, or DROP, IMPORT or EXPORT.")
        try:
            raster_files(parameters, names.INPUTS, context)
        except GeoSiftError as error:
            return str(error)
        return (
            about_model(self, parameters, context, *names.KINDS)
            or about_bands(self, parameters, context)
            or about_features(self, parameters, context)
            or about_choices(self, parameters)
            or about_outputs(self, parameters, context, {})
            or self._about_parquet(parameters)
        )

    def _about_parquet(self, parameters: dict[str, Any]) -> str:
        wanted = [name for name in (names.READ, names.EXPORT) if listed(parameters, name)]
        return parquet_complaint(wanted[0]) if wanted else ""

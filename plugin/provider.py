# SPDX-License-Identifier: GPL-2.0-or-later
"""GeoSift's place in the Processing Toolbox."""

from __future__ import annotations

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .algorithms.classify import ClassifyAlgorithm
from .algorithms.detect import DetectAlgorithm
from .algorithms.embed import EmbedAlgorithm
from .algorithms.fetch_model import FetchModelAlgorithm
from .algorithms.fracture_numbers import FractureNumbersAlgorithm
from .algorithms.labels import LabelsAlgorithm
from .algorithms.prompt import PromptAlgorithm
from .algorithms.publish_index import PublishIndexAlgorithm
from .algorithms.recognise import RecogniseAlgorithm
from .algorithms.regress import RegressAlgorithm
from .algorithms.segment import SegmentAlgorithm
from .algorithms.similar import SimilarAlgorithm
from .algorithms.superresolve import SuperresolveAlgorithm
from .algorithms.teach import TeachAlgorithm
from .algorithms.traces import TracesAlgorithm
from .icons import ICON_PATH, plugin_icon


class GeoSiftProvider(QgsProcessingProvider):
    """Offers every GeoSift algorithm under the id `geosift`."""

    def id(self) -> str:
        return "geosift"

    def name(self) -> str:
        return "GeoSift"

    def icon(self) -> QIcon:
        return plugin_icon()

    def svgIconPath(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return ICON_PATH

    def loadAlgorithms(self) -> None:  # noqa: N802 (QGIS fixes the name)
        self.addAlgorithm(SegmentAlgorithm())
        self.addAlgorithm(ClassifyAlgorithm())
        self.addAlgorithm(DetectAlgorithm())
        self.addAlgorithm(RegressAlgorithm())
        self.addAlgorithm(SuperresolveAlgorithm())
        self.addAlgorithm(RecogniseAlgorithm())
        self.addAlgorithm(TracesAlgorithm())
        self.addAlgorithm(FractureNumbersAlgorithm())
        self.addAlgorithm(PromptAlgorithm())
        self.addAlgorithm(LabelsAlgorithm())
        self.addAlgorithm(TeachAlgorithm())
        self.addAlgorithm(EmbedAlgorithm())
        self.addAlgorithm(SimilarAlgorithm())
        self.addAlgorithm(PublishIndexAlgorithm())
        self.addAlgorithm(FetchModelAlgorithm())

    def supportedOutputRasterLayerExtensions(self) -> list[str]:  # noqa: N802
        """GeoTIFF alone: the engine finishes every raster as a COG."""
        return ["tif"]

    def defaultRasterFileExtension(self) -> str:  # noqa: N802
        return "tif"

    def defaultVectorFileExtension(self, hasGeometry: bool = True) -> str:  # noqa: N802, N803
        return "gpkg"

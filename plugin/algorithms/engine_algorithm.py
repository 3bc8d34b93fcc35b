# SPDX-License-Identifier: GPL-2.0-or-later
"""What those of GeoSift's algorithms are that call the engine: read here, run there, told well."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback

from ...inference.errors import GeoSiftError
from ..dependencies import lacks_package, missing_package_words
from .documented_algorithm import DocumentedAlgorithm


class EngineAlgorithm(DocumentedAlgorithm):
    """One call of the engine; what a child must say raises, as in DocumentedAlgorithm."""

    def __init__(self) -> None:
        super().__init__()
        self._trouble = ""

    def read(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Read what must be read on the main thread; may raise GeoSiftError."""
        raise NotImplementedError

    def run_type(self) -> type:
        """What does the run; imported late, since it loads the engine."""
        raise NotImplementedError

    def execute(self, run: Any) -> dict[str, Any]:
        """Do the run with what was read (worker thread); may raise GeoSiftError."""
        raise NotImplementedError

    def prepareAlgorithm(  # noqa: N802 (QGIS fixes the name)
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> bool:
        """Read layers on the main thread.

        Trouble is kept for processAlgorithm: of what is raised here, callers of `processing.run`
        would only see "There were errors executing the algorithm".
        """
        try:
            self.read(parameters, context)
        except GeoSiftError as error:
            self._trouble = str(error)
        return True

    def processAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        if self._trouble:
            raise QgsProcessingException(self._trouble)
        try:
            return self.execute(self._loaded_run_type()(self, parameters, context, feedback))
        except ImportError as error:  # before GeoSiftError: MissingDependency is both
            if not lacks_package(error):
                raise
            raise QgsProcessingException(missing_package_words(error)) from error
        except GeoSiftError as error:
            raise QgsProcessingException(str(error)) from error

    def _loaded_run_type(self) -> type:
        """`run_type`; libraries that do not fit each other fail to load in several ways."""
        try:
            return self.run_type()
        except (ValueError, AttributeError, OSError, SystemError) as error:
            if isinstance(error, GeoSiftError):
                raise
            raise ImportError(str(error)).with_traceback(error.__traceback__) from error

# SPDX-License-Identifier: GPL-2.0-or-later
"""What all of GeoSift's algorithms are: told well, checked and read here, run by the engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
)
from qgis.PyQt.QtGui import QIcon

from ...inference.errors import GeoSiftError
from ..dependencies import complaint as packages_complaint
from ..dependencies import lacks_package, missing_package_words
from ..icons import ICON_PATH, plugin_icon
from .common_parameters import SECONDS
from .given import Given
from .groups import group_name
from .help_text import help_text, page_of
from .parameter_kinds import Told


class Asked(Protocol):
    """What an algorithm asks for and answers: one of the modules `..._parameters`."""

    def parameters(self) -> list[QgsProcessingParameterDefinition]:
        """Every parameter in the order of the dialog, help included."""

    def told(self) -> list[Told]:
        """What a run tells beside the files it makes, and what that means."""


class GeoSiftAlgorithm(QgsProcessingAlgorithm):
    """`asks`, `intro` and `run_type` are every child's own. No ABC: QGIS has another metaclass."""

    asks: Asked
    intro: Callable[[], str]
    """What it does, in a few sentences."""
    run_type: Callable[[], type]
    """What does the run, a RunParameters; imported late, since it loads the engine."""
    group_id = ""
    """Where the toolbox has it: one of those that groups.py names."""
    example = ""
    """What a command for qgis_process gives it, to be copied from the help."""

    def __init__(self) -> None:
        super().__init__()
        self._read: tuple[Any, ...] = ()
        self._trouble = ""

    def complaint(self, given: Given) -> str:
        """What keeps a run from starting, in one sentence that says what to do; else ''."""
        return ""

    def known(self, given: Given) -> dict[str, Any]:
        """The parameters as QGIS itself may check them, which does not know all we take."""
        return given.parameters

    def read(self, given: Given) -> tuple[Any, ...]:
        """What the run is given, read on the main thread; may raise GeoSiftError."""
        return ()

    def group(self) -> str:
        return group_name(self.group_id)

    def groupId(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return self.group_id

    def createInstance(self) -> GeoSiftAlgorithm:  # noqa: N802
        return type(self)()

    def shortHelpString(self) -> str:  # noqa: N802
        return help_text(self)

    def helpUrl(self) -> str:  # noqa: N802
        return page_of(self)

    def icon(self) -> QIcon:
        return plugin_icon()

    def svgIconPath(self) -> str:  # noqa: N802
        return ICON_PATH

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        for parameter in self.asks.parameters():
            self.addParameter(parameter)
        for output, _words in self.asks.told():
            self.addOutput(output)

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Whether a run can start, and else one sentence that says what to do."""
        given = Given(self, parameters, context)
        complaint = packages_complaint() or self.complaint(given)
        if complaint:
            return False, complaint
        return super().checkParameterValues(self.known(given), context)

    def prepareAlgorithm(  # noqa: N802
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
            self._read = self.read(Given(self, parameters, context))
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
            return self._answers(self._loaded_run_type()(self, parameters, context, feedback))
        except ImportError as error:  # before GeoSiftError: MissingDependency is both
            if not lacks_package(error):
                raise
            raise QgsProcessingException(missing_package_words(error)) from error
        except GeoSiftError as error:
            raise QgsProcessingException(str(error)) from error

    def _answers(self, run: Any) -> dict[str, Any]:
        """What the run answers, and how long it took where the algorithm tells that."""
        start = time.monotonic()
        answers = run.execute(*self._read)
        if self.outputDefinition(SECONDS) is not None:
            answers[SECONDS] = round(time.monotonic() - start, 3)
        return answers

    def _loaded_run_type(self) -> type:
        """`run_type`; libraries that do not fit each other fail to load in several ways."""
        try:
            return self.run_type()
        except (ValueError, AttributeError, OSError, SystemError) as error:
            if isinstance(error, GeoSiftError):
                raise
            raise ImportError(str(error)).with_traceback(error.__traceback__) from error

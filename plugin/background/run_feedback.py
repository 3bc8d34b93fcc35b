# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run in the background says while it goes on, kept until it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsProcessingFeedback

if TYPE_CHECKING:
    from ...inference.runs.report_page import Told


class RunFeedback(QgsProcessingFeedback):
    """Keeps errors, warnings, and the engine's own result, which Processing has no place for."""

    def __init__(self) -> None:
        super().__init__(False)
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self.result: Told | None = None
        self.counted = ""  # what its areas consist of

    def reportError(self, error: str, fatalError: bool = False) -> None:  # noqa: N802, N803
        self.errors.append(error)

    def pushWarning(self, warning: str) -> None:  # noqa: N802
        self.warnings.append(warning)

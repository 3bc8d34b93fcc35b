# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of a finished run, read from its JSON file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices

from ..inference.errors import InputError
from .i18n import tr


@dataclass(frozen=True)
class ReportedArea:
    """One class of the result; `area_m2` is None without a CRS, `share` is 0..1."""

    name: str
    color: str
    pixels: int
    area_m2: float | None
    share: float


@dataclass(frozen=True)
class RunReport:
    """What the dock shows of a run."""

    areas: tuple[ReportedArea, ...]
    engine: str
    warnings: tuple[str, ...]


def open_report(path: Path) -> None:
    """Show the page in whatever the user's computer shows pages with."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def read_report(path: Path) -> RunReport:
    """Read what the engine wrote; raises InputError."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        areas = tuple(
            ReportedArea(
                name=str(each["name"]),
                color=str(each["color"]),
                pixels=int(each["pixels"]),
                area_m2=None if each["area_m2"] is None else float(each["area_m2"]),
                share=float(each["share"]),
            )
            for each in raw["areas"]
        )
        return RunReport(areas, str(raw["engine"]), tuple(raw["warnings"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            tr("The report {0} of the run cannot be read: {1}").format(path, error)
        ) from error

# SPDX-License-Identifier: GPL-2.0-or-later
"""The Python packages GeoSift needs: what is missing, why, and the ways to install it."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Sequence

from ..i18n import tr, tr_count
from .folder import activate
from .needs import Package, missing, packages, parquet, place
from .offer import OFFER

__all__ = [
    "OFFER",
    "Package",
    "complaint",
    "lacks_package",
    "missing",
    "missing_package_words",
    "packages",
    "parquet_complaint",
]


def complaint() -> str:
    """What keeps the engine from starting, with the exact commands that mend it; '' = nothing.

    The desktop offers to install what is missing.
    """
    lacking = missing()
    if lacking:  # or installed by hand since QGIS started, with the command told here
        activate()
        lacking = missing()
    if not lacking:
        return ""
    OFFER.wanted.emit(_needs_words(lacking))
    return _missing_words(lacking)


def parquet_complaint(parameter: str) -> str:
    """What keeps a parameter from reading or writing GeoParquet, and the command that mends it."""
    if place(parquet()) is None:
        activate()
    if place(parquet()) is not None:
        return ""
    from .commands import pip_command

    words = tr("{0} needs the Python package pyarrow, which is not there; install it with: {1}")
    return words.format(parameter, pip_command([parquet()]))


def lacks_package(error: ImportError) -> bool:
    """Whether something beside GeoSift is what could not be imported; else it is a bug of ours."""
    return _module(error) not in ("", __package__.split(".")[0])


def missing_package_words(error: ImportError) -> str:
    """One sentence that names the package which failed and what installs it, or why it fails."""
    from .troubles import explain

    cause = _cause(error)
    lacking = [each for each in packages() if each.module == _module(error)]
    if isinstance(cause, ModuleNotFoundError) and lacking:
        return _missing_words(lacking)
    return explain(_module(error), " ".join(str(cause).split()))


def _needs_words(lacking: Sequence[Package]) -> str:
    names = [each.module for each in lacking]
    listed = tr(" and ").join(filter(None, (", ".join(names[:-1]), names[-1])))
    words = tr_count(
        "GeoSift needs the Python package {0}, which QGIS's Python {1} does not have",
        "GeoSift needs the Python packages {0}, which QGIS's Python {1} does not have",
        len(names),
    )
    return words.format(listed, "{}.{}".format(*sys.version_info))


def _missing_words(lacking: Sequence[Package]) -> str:
    from qgis.core import QgsApplication

    from .commands import all_commands

    commands = tr(" ; then ").join(all_commands(lacking))
    if sys.platform == "win32":  # PowerShell takes a program in quotes for a text
        commands = tr("{0} (in a command prompt)").format(commands)
    if QgsApplication.platform() == "desktop":
        words = tr("{0}: choose Raster ▸ GeoSift ▸ Python packages…, or install with: {1}")
    else:
        words = tr("{0}; install with: {1}")
    return words.format(_needs_words(lacking), commands)


def _cause(error: ImportError) -> BaseException:
    """What Python itself said, beneath a sentence of the engine's."""
    return error.__cause__ if isinstance(error.__cause__, ImportError) else error


def _module(error: ImportError) -> str:
    cause = _cause(error)
    return (getattr(cause, "name", None) or _importing(cause)).split(".")[0]


def _importing(cause: BaseException) -> str:
    """The outermost package that was being imported, '' where it was none of those GeoSift needs:
    extensions do not name themselves."""
    ours = [each.module for each in packages()]
    for frame in traceback.extract_tb(cause.__traceback__):
        words = re.findall(r"\w+", frame.line or "")
        found = next((name for name in ours if {"import", name} <= set(words)), "")
        if found:
            return found
    return ""

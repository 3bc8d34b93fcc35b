# SPDX-License-Identifier: GPL-2.0-or-later
"""What a worker could not do, in words."""

from __future__ import annotations

from ...inference.errors import GeoSiftError
from ..dependencies import lacks_package, missing_package_words


def trouble_words(error: Exception) -> str:
    """One sentence for what GeoSift foresees or a package lacks; raises what is a bug of ours.

    On the main thread: QGIS shows there what is raised.
    """
    if isinstance(error, ImportError) and lacks_package(error):
        return missing_package_words(error)
    if isinstance(error, GeoSiftError):
        return str(error)
    raise error

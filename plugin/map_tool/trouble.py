# SPDX-License-Identifier: GPL-2.0-or-later
"""What a worker could not do, in words."""

from __future__ import annotations

from ...inference.errors import GeoSiftError, InputError
from ..dependencies import lacks_package, missing_package_words
from ..i18n import tr
from .site import Site


def trouble_words(error: Exception, site: Site) -> str:
    """What GeoSift foresees or a package lacks, in a sentence; raises what is a bug of ours.

    On the main thread: QGIS shows there what is raised.
    """
    if isinstance(error, ImportError) and lacks_package(error):
        return missing_package_words(error)
    if isinstance(error, InputError) and site.is_served:
        words = tr("{0} If it should show something, its server has not answered.")
        return words.format(error)
    if isinstance(error, GeoSiftError):
        return str(error)
    raise error

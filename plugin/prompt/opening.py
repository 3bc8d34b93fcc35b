# SPDX-License-Identifier: GPL-2.0-or-later
"""Opens rasters and networks for the workbench; loading this module loads the engine."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass

from qgis.core import QgsFeedback
from rasterio.errors import NotGeoreferencedWarning

from ...inference.cards.card import ModelCard
from ...inference.network.machine import use
from ...inference.prompt.cutter import Cutter
from ...inference.prompt.embedding import EmbeddingCache
from ...inference.prompt.opening import load_promptable
from ...inference.prompt.promptable import Promptable
from ...inference.raster.source import FileSource, RasterSource
from ...inference.tiles.prepare import Stretch, View
from ...inference.tiles.reflectance import stretch_for
from .. import settings
from ..layers.provider_source import ProviderSource
from ..map_tool.scale import base_shape
from ..map_tool.site import Site
from .place import Place

_CALLERS = 2
"""The area in view is encoded by one thread while another answers."""
_MEGABYTE = 2**20


@dataclass(frozen=True)
class Raster:
    """A raster and how its numbers are drawn for the network."""

    source: RasterSource
    stretch: Stretch


def fitted(cache: EmbeddingCache | None) -> EmbeddingCache:
    """A new one where there is none; as large as the user's settings allow now."""
    limit = settings.prompt_cache_mb() * _MEGABYTE
    if cache is None:
        return EmbeddingCache(limit)
    cache.limit_bytes = limit
    return cache


def load_network(card: ModelCard) -> Promptable:
    """A click wants its one answer soon, so every call gets all threads."""
    use(settings.machine())
    threads = settings.threads() or os.cpu_count() or 1
    return load_promptable(card, callers=_CALLERS, threads_per_call=threads)


def open_raster(site: Site, feedback: QgsFeedback) -> Raster:
    """The site's pixels; what asks a map server gives up when `feedback` is cancelled."""
    names = site.card.bands
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        source: RasterSource = (
            FileSource(site.source, bands=None, names=names)
            if isinstance(site.source, str)
            else ProviderSource(site.source, bands=None, names=names, feedback=feedback)
        )
        return Raster(source, stretch_for(source, site.card, message=lambda _text: None))


def open_place(site: Site, raster: Raster, network: Promptable, cache: EmbeddingCache) -> Place:
    """The raster at the site's scale, with what answers prompts."""
    frame = raster.source.frame
    shape = base_shape(
        frame.height, frame.width, pixel_m=frame.pixel_size_m(), joined=site.scale.joined
    )
    view = View(raster.source, site.card, raster.stretch, *shape)
    cutter = Cutter(view, network, cache, edition=site.fingerprint)
    return Place(view, cutter, frame.resampled(*shape))

# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a raster's patches lie and what the network sees of it, before the first is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds, transform_geom

from ..classification.cell_plan import CellPlan, make_cell_plan
from ..errors import InputError
from ..network.engine import Engine
from ..raster.source import RasterSource
from ..runs.whole_run import Message
from ..tiles.plan import window_of_extent
from ..tiles.prepare import View, network_shape
from ..tiles.reflectance import stretch_for
from ..tiles.zone import Zone
from .filters import Extent
from .index import DEGREES
from .job import EmbedJob
from .patches import Wanted


def lay_out(
    job: EmbedJob, engine: Engine, source: RasterSource, warn: Message, *, step: int
) -> tuple[View, CellPlan, Wanted]:
    """How the raster is seen, where the patches lie, and which of them are asked for."""
    card = engine.session.card
    shape = network_shape(source, job.resolution or card.resolution_m, warn)
    extent, mask = _part(job, source)
    plan = make_cell_plan(source.frame, card, network_shape=shape, step=step, extent=extent)
    window = plan.network.window
    if extent is not None:
        window = window_of_extent(plan.network, extent)
    zone = None if mask is None else Zone(plan.network, mask)
    view = View(source, card, stretch_for(source, card, message=warn), *shape)
    return view, plan, Wanted(window, zone)


def _part(
    job: EmbedJob, source: RasterSource
) -> tuple[Extent | None, tuple[Mapping[str, Any], ...] | None]:
    """The extent and the mask in the raster's coordinates; as they are where it has none."""
    there = source.frame.crs
    if job.crs is None or there is None or job.crs == there:
        return job.extent, job.mask
    extent, mask = job.extent, job.mask
    try:
        if extent is not None:
            extent = transform_bounds(job.crs, there, *extent)
        if mask is not None:
            mask = tuple(transform_geom(job.crs, there, each) for each in mask)
    except (RasterioError, CPLE_BaseError) as error:
        raise InputError(
            f"The part that is asked for cannot be found on {source.name} ({error}); check the "
            "coordinate systems of both."
        ) from error
    return extent, mask


def crs_of_source(source: RasterSource) -> str:
    """What an index with this raster in it lies in."""
    return DEGREES if source.frame.is_georeferenced else ""

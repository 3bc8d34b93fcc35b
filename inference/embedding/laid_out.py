# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a raster's patches lie and what the network sees of it, before the first is read."""

from __future__ import annotations

from ..classification.cell_plan import CellPlan, make_cell_plan
from ..network.engine import Engine
from ..raster.source import RasterSource
from ..runs.whole_run import Message
from ..tiles.plan import window_of_extent
from ..tiles.prepare import View, network_shape
from ..tiles.reflectance import stretch_for
from ..tiles.zone import Zone
from .index import DEGREES
from .job import EmbedJob
from .patches import Wanted


def lay_out(
    job: EmbedJob, engine: Engine, source: RasterSource, warn: Message, *, step: int
) -> tuple[View, CellPlan, Wanted]:
    """How the raster is seen, where the patches lie, and which of them are asked for."""
    card = engine.session.card
    shape = network_shape(source, job.resolution or card.resolution_m, warn)
    plan = make_cell_plan(source.frame, card, network_shape=shape, step=step, extent=job.extent)
    window = plan.network.window
    if job.extent is not None:
        window = window_of_extent(plan.network, job.extent)
    zone = None if job.mask is None else Zone(plan.network, job.mask)
    view = View(source, card, stretch_for(source, card, message=warn), *shape)
    return view, plan, Wanted(window, zone)


def crs_of_source(source: RasterSource) -> str:
    """What an index with this raster in it lies in."""
    return DEGREES if source.frame.is_georeferenced else ""

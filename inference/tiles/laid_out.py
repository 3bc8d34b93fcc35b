# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a job is answered and what its network sees, decided before the first tile is read."""

from __future__ import annotations

from typing import Protocol

from ..cards.card import ModelCard
from ..raster.source import RasterSource
from ..runs.whole_run import Message
from .plan import Plan, make_plan
from .prepare import View, network_shape
from .reflectance import stretch_for


class Placed(Protocol):
    """What a job says of where and how finely it is answered."""

    grid: str
    resolution: float | None
    overlap: int | None
    extent: tuple[float, float, float, float] | None


def lay_out(
    job: Placed,
    card: ModelCard,
    source: RasterSource,
    warn: Message,
    *,
    margin: int = 0,
    scaled: bool = False,
) -> tuple[Plan, View]:
    """The geometry of a run, and the raster as its network sees it.

    `margin` pixels of a tile on every side have no answer; `scaled` as in `network_shape`.
    """
    shape = network_shape(source, job.resolution or card.resolution_m, warn, scaled=scaled)
    plan = make_plan(
        source.frame,
        card,
        network_shape=shape,
        grid=job.grid,
        extent=job.extent,
        overlap=job.overlap,
        margin=margin,
    )
    return plan, View(source, card, stretch_for(source, card, message=warn), *shape)

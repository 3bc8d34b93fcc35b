# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb: how much each place is like an example, files to files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from ..network.engine import Engine
from ..runs.job_rules import hold
from ..surface.answer import NUMBERS, Surface, numbers
from ..surface.job import SurfaceJob, SurfaceResult
from ..surface.run import run_surface
from ..tiles.plan import Plan
from ..tiles.prepare import View
from .example import Extent, picture, place
from .likeness import Likeness


@dataclass(frozen=True)
class RecogniseJob(SurfaceJob):
    """What to compare with an example: the file `picture`, or the `place` (as `extent`) of it.

    The answer is the cosine of the angle between the network's vectors, -1..1: float32, NaN where
    there is no data.
    """

    KIND = "recognition"

    picture: str | None = None
    place: Extent | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        hold(
            (
                (self.picture is None) != (self.place is None),
                "Give one example: a picture, or a rectangle of the raster.",
            )
        )


def run_recognise(job: RecogniseJob, **calls: Any) -> SurfaceResult:
    """Do the job; `calls` and what is raised are those of `do_whole_run`."""
    return run_surface(job, partial(_surface, job), **calls)


def _surface(job: RecogniseJob, view: View, plan: Plan, engine: Engine) -> Surface:
    image = place(job.place, view, plan) if job.picture is None else picture(job.picture, view)
    return Surface(Likeness.to(engine, image), NUMBERS, numbers)

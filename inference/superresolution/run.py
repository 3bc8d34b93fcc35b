# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb: a finer picture, files to files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from ..network.engine import Engine
from ..surface.answer import Surface
from ..surface.job import SurfaceJob, SurfaceResult
from ..surface.run import run_surface
from ..tiles.plan import Plan
from ..tiles.prepare import View
from .own_numbers import OwnNumbers


@dataclass(frozen=True)
class SuperresolveJob(SurfaceJob):
    """What to draw more finely: with the card's `upscale` pixels for each that the network sees.

    The answer has the raster's own numbers: uint8 where it is that, else float32.
    """

    KIND = "superresolution"
    GRIDS = ("finer",)

    grid: str = "finer"


def run_superresolve(job: SuperresolveJob, **calls: Any) -> SurfaceResult:
    """Do the job; `calls` and what is raised are those of `do_whole_run`."""
    return run_surface(job, partial(_surface, job), **calls)


def _surface(job: SuperresolveJob, view: View, plan: Plan, engine: Engine) -> Surface:
    own = OwnNumbers.of(view, engine.channels, is_masked=job.mask is not None)
    return Surface(engine, own.layout, own.pixels)

# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb: a number for every pixel, files to files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from ..network.engine import Engine
from ..surface.answer import NUMBERS, Surface, numbers
from ..surface.job import SurfaceJob, SurfaceResult
from ..surface.run import run_surface
from ..tiles.plan import Plan
from ..tiles.prepare import View


@dataclass(frozen=True)
class RegressJob(SurfaceJob):
    """What to regress; the answer is float32, NaN where there is no data."""

    KIND = "regression"


def run_regress(job: RegressJob, **calls: Any) -> SurfaceResult:
    """Do the job; `calls` and what is raised are those of `do_whole_run`."""
    return run_surface(job, _surface, **calls)


def _surface(view: View, plan: Plan, engine: Engine) -> Surface:
    return Surface(engine, NUMBERS, partial(numbers, scale=view.card.value_scale))

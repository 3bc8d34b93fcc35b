# SPDX-License-Identifier: GPL-2.0-or-later
"""How a training goes on to its end: in float, then in 8 bits; looked at and saved on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from . import checkpoint
from .history import History, progress_bar
from .run import Run
from .steps import Steps

_RECORD_FLOAT, _RECORD_QUANTISED = 25, 20
"""Steps from one loss in the table to the next."""


def learn_float(
    run: Run,
    losses: Iterable[float],
    *,
    steps: Steps,
    out: Path,
    history: History,
    look: Callable[[], None],
) -> None:
    """Go on to the end of the recipe, or until looks bring nothing: float.pt.

    `losses` takes a step of the run for each that is asked of it.
    """
    with progress_bar("float", done=run.step, total=steps.float) as bar:
        for loss in losses:
            bar(run.step)
            if run.step % _RECORD_FLOAT == 0:
                rate = run.optimiser.param_groups[0]["lr"]
                history.record("float", run.step, loss=loss, rate=rate)
            is_looked_at = run.step % steps.evaluate_every == 0 or run.step == steps.float
            if is_looked_at:
                look()
            if is_looked_at or run.step % steps.checkpoint_every == 0:
                run.save(out / "float.pt")
            if run.gave_up(patience=steps.patience, every=steps.evaluate_every):
                history.say(f"stopped early: no better look since step {run.best_step}")
                return


def learn_8_bits(
    run: Run,
    losses: Iterable[float],
    *,
    total: int,
    out: Path,
    history: History,
    look: Callable[[], None],
    look_every: int,
    save_every: int,
) -> None:
    """Go on to the last of `total` steps: quantised_run.pt, then quantised.pt.

    `losses` takes a step of the run for each that is asked of it. It is looked at before the first,
    too: what rounding costs when nothing is learnt.
    """
    if run.step == 0:
        look()
        run.save(out / "quantised_run.pt")
    with progress_bar("quantised", done=run.step, total=total) as bar:
        for loss in losses:
            bar(run.step)
            if run.step % _RECORD_QUANTISED == 0:
                history.record("quantised", run.step, loss=loss)
            if run.step % look_every == 0 or run.step == total:
                look()
            if run.step % save_every == 0 or run.step == total:
                run.save(out / "quantised_run.pt")
    checkpoint.save(run.average.state_dict(), out / "quantised.pt")

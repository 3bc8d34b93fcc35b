# SPDX-License-Identifier: GPL-2.0-or-later
"""What happened in a training run: lines on the terminal, a table (CSV) and a plot."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FIELDS = (
    "stage",
    "step",
    "loss",
    "rate",
    "mean_iou",
    "pixel_accuracy",
    "accuracy",
    "agreement",
    "f1",
    "average_precision",
    "real_f1",
    "real_average_precision",
    "knn5",
    "knn50",
    "p_at_10",
    "teach_iou",
)


_DRAWN = (
    ("loss", 0),
    *((name, 1) for name in ("mean_iou", "pixel_accuracy", "accuracy", "f1", "average_precision")),
    *((name, 1) for name in ("real_f1", "real_average_precision")),
    *((name, 1) for name in ("knn5", "p_at_10", "teach_iou")),
)
"""Columns and the panel of the plot each is in."""


class History:
    """Writes log.txt and history.csv in `folder`, adding to what earlier runs left there."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log, self._table = folder / "log.txt", folder / "history.csv"
        self._plot = folder / "history.png"

    def say(self, line: str) -> None:
        """Print a line with the time, and keep it."""
        line = f"{time.strftime('%H:%M:%S')} {line}"
        print(line, flush=True)
        with self._log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def record(self, stage: str, step: int, **values: float) -> None:
        """Add a row; what it does not know stays empty."""
        new = not self._table.exists()
        with self._table.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, FIELDS, extrasaction="ignore")
            if new:
                writer.writeheader()
            writer.writerow({"stage": stage, "step": step, **values})

    def look(self, stage: str, step: int, **figures: float) -> None:
        """Tell what a look at the network has shown: in a line, in the table and in the plot."""
        self.say(json.dumps({stage: step, **figures}))
        self.record(stage, step, **figures)
        self.plot()

    def rows(self) -> list[dict[str, str]]:
        """Every row so far, stage by stage; of steps done twice (after a kill) the later counts."""
        if not self._table.exists():
            return []
        with self._table.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        stages = list(dict.fromkeys(row["stage"] for row in rows))
        latest = {
            (stages.index(row["stage"]), int(row["step"]), bool(row["loss"])): row for row in rows
        }
        return [latest[key] for key in sorted(latest)]

    def looks(self, stage: str) -> int:
        """How many looks at the network a stage has had."""
        return sum(row["stage"] == stage and not row["loss"] for row in self.rows())

    def plot(self) -> None:
        """Draw loss and validation figures over the steps into history.png."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 6), layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(2, 1, sharex=True)
        first = 0
        everything = self.rows()
        for stage in dict.fromkeys(row["stage"] for row in everything):
            rows = [row for row in everything if row["stage"] == stage]
            for name, panel in _DRAWN:
                points = [(first + int(r["step"]), float(r[name])) for r in rows if r.get(name)]
                if points:
                    marker = "" if name == "loss" else "o"
                    label = f"{stage}: {name.replace('_', ' ')}"
                    panels[panel].plot(*zip(*points), marker=marker, linewidth=1, label=label)
            first += max((int(row["step"]) for row in rows), default=0)
        for panel, title in zip(panels, ("Training loss", "Validation")):
            panel.set_title(title, loc="left")
            panel.grid(alpha=0.3)
            if panel.lines:
                panel.legend(frameon=False)
        panels[1].set_xlabel("steps")
        figure.savefig(self._plot, dpi=110)


@contextmanager
def progress_bar(title: str, *, done: int, total: int) -> Iterator[object]:
    """A bar with pace and time left on a terminal; call what it gives with the steps done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task(title, completed=done, total=total)
        yield lambda completed: progress.update(task, completed=completed)

# SPDX-License-Identifier: GPL-2.0-or-later
"""A stroke and the view it redraws, beside what the network alone takes for that view."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from figure import Figure, least_seconds

from geosift.inference.cards.catalog import Catalog
from geosift.inference.cards.parts import ClassInfo
from geosift.inference.raster.window import Window
from geosift.inference.teaching.lesson import Label, Lesson
from geosift.inference.teaching.preview import classify
from geosift.inference.teaching.scene import Scene
from geosift.inference.teaching.teach import examined, teach

VIEW = Window(300, 500, 1024, 1024)
"""Off the lattice of blocks, as a map is moved."""
CLASSES, STROKES, STROKE = 5, 10, 20


def lesson_on(scene: Scene) -> Lesson:
    """Strokes all over the view, in pixels of what is seen; what they say does not matter here."""
    rng = np.random.default_rng(0)
    frame = scene.frame
    classes = tuple(ClassInfo(number, str(number), "#123456") for number in range(CLASSES))
    labels = []
    for number in range(CLASSES * STROKES):
        row = VIEW.row_off + rng.integers(STROKE, VIEW.height - STROKE)
        col = VIEW.col_off + rng.integers(STROKE, VIEW.width - STROKE)
        turn = rng.uniform(0, 2 * np.pi)
        cols = np.array([col, col + STROKE * np.cos(turn)])
        rows = np.array([row, row + STROKE * np.sin(turn)])
        line = np.stack(frame.to_map(cols, rows), axis=1).tolist()
        labels.append(Label({"type": "LineString", "coordinates": line}, number % CLASSES))
    return Lesson("bench", classes, tuple(labels), frame.crs)


def teach_figures(image: Path, *, rounds: int) -> Iterator[Figure]:
    """All of it from nothing; then what one more stroke costs."""
    card = Catalog().find("features")
    scene = Scene.open(str(image), card)
    lesson = lesson_on(scene)
    picture = scene.view.picture(*scene.view.read(VIEW))[np.newaxis]
    halves = [np.ascontiguousarray(picture[:, :, part]) for part in (slice(512), slice(512, None))]

    def alone() -> None:
        with ThreadPoolExecutor(scene.engine.workers) as pool:
            list(pool.map(scene.engine.scores, halves))

    def from_nothing() -> None:
        scene.forget()
        classify(scene, teach([scene], lesson, with_accuracy=False), VIEW)

    first, network = least_seconds({"all": from_nothing, "network": alone}, rounds).values()
    taught = teach([scene], lesson)
    ways = {
        "fit": lambda: teach([scene], lesson, before=taught, with_accuracy=False),
        "draw": lambda: classify(scene, taught, VIEW),
        "examine": lambda: examined(taught),
    }
    fit, draw, examine = least_seconds(ways, 3 * rounds).values()
    scene.close()
    yield Figure("teach: fit and redraw of 1024 x 1024, nothing seen before", first, "s", 2.0)
    yield Figure("the same / network alone on that view", first / network, "x")
    yield Figure("a further stroke, its view redrawn / network alone", (fit + draw) / network, "x")
    yield Figure("a further stroke: fit, redraw", 1000 * (fit + draw), "ms", 1000)
    yield Figure("how well it tells, by leaving out 50 strokes", 1000 * examine, "ms")

# SPDX-License-Identifier: GPL-2.0-or-later
"""Pointing: how long a view takes to encode, a click to answer, and how many prompts fit a second.

What is compared is taken turn about, so that a busy moment hits all alike.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from figure import Figure, least_seconds

from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.catalog import Catalog
from geosift.inference.prompt.cutter import Cutter
from geosift.inference.prompt.embedding import EmbeddingCache
from geosift.inference.prompt.network import PromptNetwork
from geosift.inference.prompt.planes import CELLS, planes
from geosift.inference.prompt.prompts import Click, Prompt, PromptBox
from geosift.inference.prompt.shape import ShapeOptions, outline_of
from geosift.inference.raster.source import FileSource
from geosift.inference.raster.window import Window
from geosift.inference.tiles.prepare import Stretch, View

SIDE = 1024
_BOX = 60
"""Pixels along the side of the boxes asked in bulk."""
PROMPTS = 1000
_MEMORY = 256 << 20


@dataclass(frozen=True)
class Pointing:
    """A view of SIDE x SIDE pixels of a raster, pointed at in the same places again and again.

    `network` answers one call with every core, `side_by_side` a call a core.
    """

    view: View
    network: PromptNetwork
    side_by_side: PromptNetwork
    workers: int
    prompts: tuple[Prompt, ...]
    boxes: tuple[Prompt, ...]

    @property
    def place(self) -> Window:
        return Window(0, 0, SIDE, SIDE)

    def encode(self) -> Cutter:
        """All that clicks in the view need, as the tool does it ahead."""
        cutter = Cutter(self.view, self.network, EmbeddingCache(_MEMORY))
        cutter.encode_ahead(self.place)
        return cutter

    def point(self, cutter: Cutter, prompts: tuple[Prompt, ...]) -> int:
        """Each prompt answered and outlined as the map shows it; how many there were."""
        frame = self.view.source.frame
        for prompt in prompts:
            for found in cutter.cut(prompt):
                outline_of(found.mask, found.window, frame=frame, options=ShapeOptions())
        return len(prompts)

    def hover(self, cutter: Cutter) -> int:
        """Each place answered as the pointer passes it: the surest mask alone."""
        for prompt in self.prompts:
            cutter.cut(prompt, masks=1, only_ready=True)
        return len(self.prompts)

    def decode(self, cutter: Cutter) -> int:
        """The decoder alone, once a prompt."""
        look = cutter.eye.pyramid.look(0, SIDE / 2, SIDE / 2)
        features = cutter.eye.see(look.level, look.window).under(look.window)
        asked = planes(Prompt((Click(128, 128),)))[None]
        for _ in self.prompts:
            self.network.decode(features[np.newaxis], asked)
        return len(self.prompts)

    def bulk(self) -> int:
        """A box for each of PROMPTS places, from nothing encoded; how many there were."""
        cutter = Cutter(self.view, self.side_by_side, EmbeddingCache(_MEMORY))
        return sum(1 for _ in cutter.cut_many(self.boxes, masks=1, workers=self.workers))


@contextmanager
def pointing(image: Path, card: ModelCard) -> Iterator[Pointing]:
    """The upper left corner of a raster, ready to be pointed at."""
    cores = os.cpu_count() or 1
    rng = np.random.default_rng(0)
    places = rng.uniform(CELLS, SIDE - CELLS, (24, 2))
    corners = rng.uniform(0, SIDE - _BOX, (PROMPTS, 2))
    with FileSource(str(image), bands=None, names=card.bands) as source:
        frame = source.frame
        yield Pointing(
            View(source, card, Stretch.for_source(source), frame.height, frame.width),
            PromptNetwork(card, threads_per_call=cores),
            PromptNetwork(card, callers=cores),
            cores,
            tuple(Prompt((Click(x, y),)) for x, y in places),
            tuple(Prompt((), PromptBox(x, y, x + _BOX, y + _BOX)) for x, y in corners),
        )


def prompt_figures(image: Path, *, rounds: int) -> Iterator[Figure]:
    """Pointing at a view of 1024 x 1024 pixels: least times, taken turn about."""
    with pointing(image, Catalog().find("prompt")) as place:
        cutter = place.encode()
        ways = {
            "encode": place.encode,
            "click": lambda: place.point(cutter, place.prompts),
            "box": lambda: place.point(cutter, place.boxes[: len(place.prompts)]),
            "hover": lambda: place.hover(cutter),
            "decode": lambda: place.decode(cutter),
            "bulk": place.bulk,
        }
        least = least_seconds(ways, rounds)
        count = len(place.prompts)
    names = ("click", "box", "hover", "decode")
    click, box, hover, decode = (1000 * least[name] / count for name in names)
    yield Figure("pointing: encoding a view, all levels", 1000 * least["encode"], "ms", 400)
    yield Figure("pointing: a click, three masks and their outlines", click, "ms", 60)
    yield Figure("pointing: a box, three masks and their outlines", box, "ms", 60)
    yield Figure("a click / its decoder alone, once", click / decode, "x")
    yield Figure("pointing: following the pointer", 1000 / hover, "a s", 15, at_most=False)
    rate = PROMPTS / least["bulk"]
    yield Figure("pointing: boxes in one view, encoding too", rate, "a s", 20, at_most=False)

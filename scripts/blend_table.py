# SPDX-License-Identifier: GPL-2.0-or-later
"""How far tiled inference is from one-shot inference, for tile sizes, halos and weights.

    python scripts/blend_table.py IMAGE [--model landcover] [--size 2048]

Prints the table DESIGN.md keeps: the share of pixels whose class differs from that of the whole
window run at once, and how often each pixel was computed. The default ring, fade and halo of the
bundled network's card come from here.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.catalog import Catalog
from geosift.inference.network.session import Session
from geosift.inference.raster.box import Box
from geosift.inference.raster.source import FileSource
from geosift.inference.tiles.blend import Blender, Scores
from geosift.inference.tiles.decide import Axis, ScoreRows, best_class
from geosift.inference.tiles.grid import TileGrid, fitting_tile
from geosift.inference.tiles.prepare import fill_up

TILES = (512, 832, 1248)
HALOS = (32, 64, 80, 96, 128)


@dataclass(frozen=True)
class Weighting:
    """Ring and fade as shares of the halo; 'ring 1' is a hard cut in the middle of the overlap."""

    name: str
    ring: float
    fade: float


WEIGHTINGS = (
    Weighting("cut", 1.0, 0.0),
    Weighting("ring .75 fade .5", 0.75, 0.5),
    Weighting("ring .5 fade 1", 0.5, 1.0),
    Weighting("ring .25 fade 1.5", 0.25, 1.5),
    Weighting("ring 0 fade 2", 0.0, 2.0),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image")
    parser.add_argument("--model", default="landcover")
    parser.add_argument("--size", type=int, default=2048)
    parser.add_argument("--at", type=int, nargs=2, default=(0, 0), metavar=("ROW", "COL"))
    options = parser.parse_args()
    card = Catalog().find(options.model)
    session = Session(card)
    with FileSource(options.image, bands=None, names=card.bands) as source:
        row, col = options.at
        size = min(options.size, source.frame.height - row, source.frame.width - col)
        size -= size % card.stride_multiple
        image, _ = source.read(Box(row, col, row + size, col + size), height=size, width=size)
    whole = classes(session.run(image[None])[0], card)
    print(f"{size} x {size}, one shot; pixels (%) whose class differs")
    print("tile  halo  tiles  computed  " + "  ".join(f"{w.name:>17}" for w in WEIGHTINGS))
    for tile in TILES:
        for halo in HALOS:
            if tile - 2 * halo >= 128:
                print(table_row(image, whole, session, card, tile=tile, halo=halo), flush=True)


def table_row(
    image: NDArray[np.uint8],
    whole: NDArray[np.uint8],
    session: Session,
    card: ModelCard,
    *,
    tile: int,
    halo: int,
) -> str:
    size = image.shape[1]
    fit = fitting_tile(size, tile=tile, halo=halo, multiple=card.stride_multiple)
    grid = TileGrid(size, size, fit, fit, halo, card.stride_multiple)
    answers = [
        session.run(
            fill_up(image[(slice(None), *tile.window.slices())], card.stride_multiple)[None]
        )[0]
        for tile in grid
    ]
    cells = []
    for weighting in WEIGHTINGS:
        ring, fade = int(weighting.ring * halo), int(weighting.fade * halo)
        blended = blend(grid, answers, card, ring=ring, fade=fade)
        different = float((classes(blended, card) != whole).mean())
        cells.append(f"{100 * different:17.3f}")
    computed = grid.computed_pixels / size**2
    return f"{fit:4}  {halo:4}  {len(grid):5}  {computed:8.2f}  " + "  ".join(cells)


def blend(
    grid: TileGrid, answers: list[Scores], card: ModelCard, *, ring: int, fade: int
) -> Scores:
    stride = card.output_stride
    blender = Blender(
        tuple(span.shrunk(stride) for span in grid.row_spans),
        tuple(span.shrunk(stride) for span in grid.col_spans),
        channels=len(card.classes), ring=ring // stride, fade=fade // stride,
    )  # fmt: skip
    rows = []
    for tile, scores in zip(grid, answers):
        blender.add(tile.row, tile.col, scores.copy())
        if tile.col + 1 == len(grid.col_spans):
            rows.append(blender.take(tile.row).copy())
    return np.concatenate(rows, axis=1)


def classes(scores: Scores, card: ModelCard) -> NDArray[np.uint8]:
    _, height, width = scores.shape
    stride = card.output_stride
    axes = [Axis(1 / stride, 0.0, side) for side in (height, width)]
    rows = ScoreRows(*axes, height=height * stride, width=width * stride, channels=scores.shape[0])
    return np.concatenate([best_class(planes)[0] for _, planes in rows.feed(scores)])


if __name__ == "__main__":
    main()

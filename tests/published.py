# SPDX-License-Identifier: GPL-2.0-or-later
"""Indexes of made vectors in a folder, and what a server holds of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from geosift.inference.embedding.index_info import IndexedSource, Making
from geosift.inference.embedding.index_writer import IndexWriter
from geosift.inference.embedding.source_file import SourceFile

NAMES = ('/scenes/May\'s "best" \\ one; DROP TABLE patches;--.tif', "/scenes/июнь %s {0}.tif")
"""As only somebody who means harm, or a photographer, calls a file."""


def making(*, dimension: int = 16, sha256: str = "0" * 64, crs: str = "EPSG:4326") -> Making:
    return Making("made", sha256, dimension, 9, 9, None, crs)


def made_index(
    folder: Path, rows: int, *, names: tuple[str, ...] = NAMES, seed: int = 0, west: float = 0.0,
    **options: Any,
) -> Path:  # fmt: skip
    """So many patches of each raster in random directions, at random places of 100 by 50 degrees.

    Some of them are turned, one is without a direction, and each has a double.
    """
    made = making(**options)
    with IndexWriter.open(folder, made) as writer:
        for name in names:
            add_source(writer, name, rows, seed=seed, west=west)
            seed += 1
    return folder


def add_source(writer: IndexWriter, name: str, rows: int, *, seed: int, west: float = 0.0) -> None:
    random = np.random.default_rng(seed)
    half = -(-rows // 2)
    vectors = random.normal(size=(half, writer.info.making.dimension))
    vectors[0] = 0
    vectors = np.concatenate([vectors, vectors])[:rows]
    middles = random.uniform((west, 0), (west + 100, 50), (rows, 2))
    turned = random.uniform(0, 0.6, rows)[:, None] + np.arange(4) * np.pi / 2
    corners = middles[:, None] + 0.4 * np.stack([np.cos(turned), np.sin(turned)], axis=-1)
    date = f"202{seed}-06-15T00:00:00.000Z"
    file = SourceFile(name, 1000 + seed, float(seed), f"{seed:064}")
    number = writer.number_of(name)
    number = writer.tell(number, IndexedSource(file, date, "metadata", 9, 9, (1, 2, 3)))
    numbers = np.arange(rows)
    writer.add(number, vectors, corners, numbers // 7, numbers % 7)
    writer.commit({number: None})

# SPDX-License-Identifier: GPL-2.0-or-later
"""Embedding as tests do it, and what must come of it, patch by patch, in float64."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geosift.inference.cards.card import ModelCard
from geosift.inference.embedding.index import Index
from geosift.inference.embedding.job import EmbedJob, EmbedResult
from geosift.inference.embedding.run import run_embed

Patch = tuple[str, int, int]
"""Name of the raster, row and column of the patch."""


def embed(folder: Path, card: ModelCard, *rasters: Path, **options: Any) -> EmbedResult:
    """Put rasters into the index at `folder`."""
    names = ("progress", "message", "cancelled")
    calls = {key: options.pop(key) for key in names if key in options}
    job = EmbedJob(tuple(map(str, rasters)), card, folder, **options)
    return run_embed(job, **calls)


def starts(length: int, *, tile: int, step: int) -> list[int]:
    """Where patches begin: every `step`, and a last one that ends with the raster."""
    last = max(length - tile, 0)
    regular = list(range(0, last + 1, step))
    return regular if regular[-1] == last else [*regular, last]


def mean_colours(image: np.ndarray, *, tile: int, step: int) -> dict[tuple[int, int], np.ndarray]:
    """Unit vectors of the mean colour of every patch; what lies beyond the raster is mirrored."""
    _, height, width = image.shape
    below, right = max(tile - height, 0), max(tile - width, 0)
    wide = np.pad(image, ((0, 0), (0, below), (0, right)), mode="symmetric").astype(np.float64)
    found = {}
    for row, top in enumerate(starts(height, tile=tile, step=step)):
        for col, left in enumerate(starts(width, tile=tile, step=step)):
            mean = wide[:, top : top + tile, left : left + tile].mean((1, 2))
            found[row, col] = mean / np.linalg.norm(mean)
    return found


def content(folder: Path) -> dict[Patch, tuple[bytes, tuple[float, ...]]]:
    """What an index holds of each patch, in no order: its vector and the box around it."""
    index = Index.open(folder)
    names = [Path(each.file.path).name for each in index.info.sources]
    found = {}
    for number, place in enumerate(index.places.tolist()):
        *box, source, row, col, _ = place
        key = names[source], row, col
        assert key not in found, "a patch is there twice"
        found[key] = index.vectors[number].tobytes(), tuple(box)
    return found


def features(path: Path, *, within: tuple[float, ...] | None = None) -> list[dict[str, Any]]:
    """What GDAL reads in a layer: the fields of each feature, "fid", and its "box"."""
    ogr = pytest.importorskip("osgeo.ogr")
    opened = ogr.Open(str(path))  # layers and shapes live as long as what they are of
    layer = opened.GetLayer(0)
    if within is not None:
        layer.SetSpatialFilterRect(*within)
    found = []
    for feature in layer:
        shape = feature.geometry()
        left, right, bottom, top = shape.GetEnvelope()
        box = (left, bottom, right, top)
        found.append({**feature.items(), "fid": feature.GetFID(), "box": box})
    return found


def unit_vectors(folder: Path) -> dict[Patch, np.ndarray]:
    """The direction of each patch's vector."""
    dimension = Index.open(folder).making.dimension
    return {
        key: np.frombuffer(vector, np.int8).astype(float)
        / max(np.linalg.norm(np.frombuffer(vector, np.int8).astype(float)), 1e-12)
        for key, (vector, _) in content(folder).items()
        if len(vector) == dimension
    }

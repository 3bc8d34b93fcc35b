# SPDX-License-Identifier: GPL-2.0-or-later
"""What a training is looked at with: part of the tiles and pictures kept for measuring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..batches import to_images
from ..data.eurosat import Tiles
from . import retrieval
from .network import FeatureNet
from .pictures import Labelled
from .teach import teach_iou

_AT_ONCE = 128
Figures = dict[str, float]


@dataclass(frozen=True)
class Shown:
    """Examples that may be learnt from, tiles and pictures with their truth that may not."""

    examples: Tiles
    tiles: Tiles
    pictures: tuple[Labelled, ...]


def some(tiles: Tiles, count: int, *, seed: int = 0) -> Tiles:
    """Up to `count` tiles of each class."""
    chosen = np.sort(retrieval.draw(tiles.labels, count, seed=seed))
    names = tuple(tiles.names[number] for number in chosen)
    return Tiles(tiles.images[chosen], tiles.labels[chosen], names)


def vectors_of(net: FeatureNet, images: NDArray[np.uint8]) -> retrieval.Vectors:
    """The embedding (N, values) of patches (N, 64, 64, 3)."""
    device = next(net.parameters()).device
    parts = []
    with torch.inference_mode():
        for first in range(0, len(images), _AT_ONCE):
            batch = to_images(images[first : first + _AT_ONCE], device)
            parts.append(net.eval().embed(batch).float().cpu().numpy())
    return np.concatenate(parts)


def dense_of(net: FeatureNet, image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The dense map (C, H/4, W/4) of a picture (H, W, 3)."""
    device = next(net.parameters()).device
    with torch.inference_mode():
        return net.eval().dense(to_images(image[None], device))[0].float().cpu().numpy()


def figures_of_net(net: FeatureNet, shown: Shown) -> Figures:
    """knn5, knn50, p_at_10 and, where there are pictures, teach_iou of a network in training."""
    examples, queries = (vectors_of(net, part.images) for part in (shown.examples, shown.tiles))
    told = retrieval.figures_of(examples, shown.examples.labels, queries, shown.tiles.labels)
    if shown.pictures:
        told["teach_iou"] = teach_iou(shown.pictures, lambda image: dense_of(net, image))
    return {name: round(value, 4) for name, value in told.items()}

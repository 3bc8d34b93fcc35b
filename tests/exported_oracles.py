# SPDX-License-Identifier: GPL-2.0-or-later
"""What the networks of exported_networks.py answer: in numpy and float64, the image at once."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def correlated(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """(planes, rows, columns) of (channels, H, W), only where the kernel fits."""
    windows = sliding_window_view(image.astype(np.float64), kernel.shape[2:], axis=(1, 2))
    return np.einsum("chwij,pcij->phw", windows, kernel.astype(np.float64))


def zero_padded(image: np.ndarray, reach: int) -> np.ndarray:
    return np.pad(image, ((0, 0), (reach, reach), (reach, reach)))


def filled(image: np.ndarray, tile: int) -> np.ndarray:
    """Mirrored below and right to at least a tile."""
    below, right = max(tile - image.shape[1], 0), max(tile - image.shape[2], 0)
    return np.pad(image, ((0, 0), (0, below), (0, right)), mode="symmetric")


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-values))


def softmax_planes(values: np.ndarray) -> np.ndarray:
    exp = np.exp(values - values.max(axis=0))
    return exp / exp.sum(axis=0)


def starts(length: int, *, tile: int, halo: int) -> list[int]:
    """Where tiles begin that overlap by twice the halo; the last one ends where the axis ends."""
    if length <= tile:
        return [0]
    return [*range(0, length - tile, tile - 2 * halo), length - tile]


def blended(
    tiles: dict[tuple[int, int], float], shape: tuple[int, int], *,
    tile: int, ring: int, fade: int,
) -> np.ndarray:  # fmt: skip
    """The weighted mean of plain tiles by (row, column) of their corner, pixel by pixel."""
    total, weights = np.zeros(shape), np.zeros(shape)
    for (top, left), value in tiles.items():
        rows = _weights(top, shape[0], tile=tile, ring=ring, fade=fade)
        cols = _weights(left, shape[1], tile=tile, ring=ring, fade=fade)
        weight = np.outer(rows, cols)
        total += weight * value
        weights += weight
    return total / weights


def _weights(start: int, length: int, *, tile: int, ring: int, fade: int) -> np.ndarray:
    """Of one tile along an axis: none on a ring, a smooth rise, one; whole where the axis ends."""
    found = np.zeros(length)
    stop = min(start + tile, length)
    for pixel in range(start, stop):
        weight = 1.0
        for inner, from_edge in ((start > 0, pixel - start), (stop < length, stop - 1 - pixel)):
            if inner:
                share = min(max((from_edge - ring + 0.5) / max(fade, 1), 0.0), 1.0)
                weight *= share * share * (3 - 2 * share) if fade else float(from_edge >= ring)
        found[pixel] = weight
    return found


def brute_median(classes: np.ndarray, size: int, nodata: int = 255) -> np.ndarray:
    """The lower middle one of the answers around each pixel, edges repeated."""
    reach = size // 2
    wide = np.pad(classes, reach, mode="edge")
    found = classes.copy()
    for row, col in np.argwhere(classes != nodata):
        around = wide[row : row + size, col : col + size].ravel()
        answers = np.sort(around[around != nodata])
        found[row, col] = answers[(len(answers) - 1) // 2]
    return found

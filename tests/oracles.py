# SPDX-License-Identifier: GPL-2.0-or-later
"""The same answers by other means: plain, in float64, the whole image at once."""

from __future__ import annotations

import numpy as np
import onnxruntime

from geosift.inference.cards.card import ModelCard


def filled_up(image: np.ndarray, multiple: int) -> np.ndarray:
    """(bands, rows, columns) mirrored at the lower and right side up to a multiple."""
    below, right = -image.shape[1] % multiple, -image.shape[2] % multiple
    return np.pad(image, ((0, 0), (0, below), (0, right)), mode="symmetric")


def one_shot(card: ModelCard, image: np.ndarray) -> np.ndarray:
    """Scores (classes, rows / stride, columns / stride) of the network over the whole image."""
    session = onnxruntime.InferenceSession(str(card.path), providers=["CPUExecutionProvider"])
    batch = filled_up(image, card.stride_multiple)[np.newaxis]
    scores = session.run(None, {session.get_inputs()[0].name: batch})[0][0]
    stride = card.output_stride
    return scores[:, : -(-image.shape[1] // stride), : -(-image.shape[2] // stride)]


def sampled(plane: np.ndarray, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """Bilinear values of (..., height, width) at all (row, column) in float64, edges repeated."""
    out = np.asarray(plane, np.float64)
    for axis, at in ((-2, rows), (-1, cols)):
        at = np.clip(at, 0, out.shape[axis] - 1)
        low = np.minimum(np.floor(at).astype(int), max(out.shape[axis] - 2, 0))
        high = np.minimum(low + 1, out.shape[axis] - 1)
        share = (at - low).reshape((-1, 1) if axis == -2 else (-1,))
        out = np.take(out, low, axis) * (1 - share) + np.take(out, high, axis) * share
    return out


def resized(
    planes: np.ndarray, height: int, width: int, *, scale: tuple[float, float]
) -> np.ndarray:
    """Bilinear enlargement between pixel centres; `scale` is (row, column) scores per pixel."""
    rows = (np.arange(height) + 0.5) * scale[0] - 0.5
    cols = (np.arange(width) + 0.5) * scale[1] - 0.5
    return sampled(planes, rows, cols)


def decided(planes: np.ndarray, *, margin: float = 1e-4) -> tuple[np.ndarray, np.ndarray]:
    """Best class of (classes, rows, columns), and where it is ahead by more than rounding."""
    ordered = np.sort(planes, axis=0)
    return planes.argmax(axis=0), ordered[-1] - ordered[-2] > margin


def softmax_percent(planes: np.ndarray) -> np.ndarray:
    """Probability of the best class in percent, float64."""
    exp = np.exp(planes.astype(np.float64) - planes.max(axis=0))
    return 100.0 * exp.max(axis=0) / exp.sum(axis=0)


def stretched(pixels: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """(bands, rows, columns) from the 2nd..98th percentile of each band to 0..255, clipped."""
    out = np.empty(pixels.shape, np.float64)
    for band, values in enumerate(pixels.astype(np.float64)):
        low, high = np.percentile(values[valid & np.isfinite(values)], (2, 98))
        high = high if high > low else low + 1.0
        finite = np.where(np.isfinite(values), values, low)
        out[band] = np.clip((finite - low) * 255.0 / (high - low), 0, 255)
    return out


def box_means(plane: np.ndarray, height: int, width: int) -> np.ndarray:
    """Means of `height` x `width` equal boxes over (rows, columns), borders shared by area."""
    return (
        _shares(plane.shape[0], height)
        @ plane.astype(np.float64)
        @ _shares(plane.shape[1], width).T
    )


def _shares(length: int, count: int) -> np.ndarray:
    """(count, length): shares of each pixel in each of `count` equal stretches; rows sum to 1."""
    edges = np.linspace(0, length, count + 1)
    low = np.maximum(edges[:-1, None], np.arange(length))
    high = np.minimum(edges[1:, None], np.arange(length) + 1)
    return np.clip(high - low, 0, None) * count / length


def tile_starts(length: int, *, side: int, step: int) -> list[int]:
    """Where tiles begin: every step, and one that ends where the axis ends."""
    last = max(length - side, 0)
    return sorted({*range(0, last + 1, step), last})


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis, float64."""
    exp = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def classified(
    card: ModelCard, image: np.ndarray, step: int, valid: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (rows, columns, classes) of the cells of (bands, H, W), and which hold any.

    Every tile paints its probabilities on its pixels; a cell is the mean of what was painted there.
    """
    session = onnxruntime.InferenceSession(str(card.path), providers=["CPUExecutionProvider"])
    side, (_, height, width) = card.tile, image.shape
    valid = np.ones((height, width), bool) if valid is None else valid
    wide = np.pad(
        image, ((0, 0), (0, max(side - height, 0)), (0, max(side - width, 0))), mode="symmetric"
    )
    painted = np.zeros((height, width, len(card.classes)))
    coats = np.zeros((height, width))
    for top in tile_starts(height, side=side, step=step):
        for left in tile_starts(width, side=side, step=step):
            where = slice(top, top + side), slice(left, left + side)
            if not valid[where].any():
                continue
            batch = wide[(None, slice(None), *where)]
            scores = session.run(None, {session.get_inputs()[0].name: batch})[0][0]
            logits = card.activation == "logits"
            painted[where] += softmax(scores) if logits else scores.astype(np.float64)
            coats[where] += 1
    return _cell_means(painted, coats, step), _any_in_cells(valid, step)


def _cell_means(painted: np.ndarray, coats: np.ndarray, step: int) -> np.ndarray:
    cells = [range(0, side, step) for side in coats.shape]
    means = np.zeros((len(cells[0]), len(cells[1]), painted.shape[2]))
    for row, top in enumerate(cells[0]):
        for col, left in enumerate(cells[1]):
            where = slice(top, top + step), slice(left, left + step)
            total = coats[where].sum()
            means[row, col] = painted[where].sum(axis=(0, 1)) / max(total, 1)
    return means


def _any_in_cells(valid: np.ndarray, step: int) -> np.ndarray:
    return np.array(
        [
            [valid[top : top + step, left : left + step].any()
             for left in range(0, valid.shape[1], step)]
            for top in range(0, valid.shape[0], step)
        ]
    )  # fmt: skip

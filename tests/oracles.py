# SPDX-License-Identifier: GPL-2.0-or-later
"""The same answers by other means: plain, in float64, the whole image at once."""

from __future__ import annotations

import numpy as np
import onnxruntime

from geosift.inference.card import ModelCard


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

# SPDX-License-Identifier: GPL-2.0-or-later
"""What training pictures look like: figures for a card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..inference.classification.patch_features import patch_features

QUANTILES = (0.01, 0.25, 0.5, 0.75, 0.99)


def picture_statistics(images: Sequence[np.ndarray]) -> dict[str, Any]:
    """What a card says of pictures (H, W, 3) uint8: of their bands and of their features."""
    return {"bands": band_statistics(images), "features": feature_statistics(images)}


def feature_statistics(images: Iterable[np.ndarray]) -> dict[str, dict[str, float]]:
    """Mean, standard deviation and quantiles of every feature over the patches of all images."""
    parts = [patch_features(image) for image in images]
    answer = {}
    for name in parts[0]:
        values = np.concatenate([part[name] for part in parts])
        quantiles = {f"p{round(100 * q)}": float(np.quantile(values, q)) for q in QUANTILES}
        figures = {"mean": float(values.mean()), "std": float(values.std()), **quantiles}
        answer[name] = {word: round(figure, 2) for word, figure in figures.items()}
    return answer


def band_statistics(images: Iterable[np.ndarray]) -> list[dict[str, float]]:
    """Mean, standard deviation, 2nd and 98th percentile of red, green, blue in 0..255 units."""
    counts = sum(
        np.stack([np.bincount(image[..., band].ravel(), minlength=256) for band in range(3)])
        for image in images
    )
    values, answer = np.arange(256), []
    for count in counts:
        share = count / count.sum()
        mean, cumulated = float(share @ values), np.cumsum(share)
        answer.append(
            {
                "mean": round(mean, 2),
                "std": round(float(np.sqrt(share @ (values - mean) ** 2)), 2),
                "p2": int(np.searchsorted(cumulated, 0.02)),
                "p98": int(np.searchsorted(cumulated, 0.98)),
            }
        )
    return answer

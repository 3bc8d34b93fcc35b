# SPDX-License-Identifier: GPL-2.0-or-later
"""What training pictures look like, patch by patch: figures for a card."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..inference.classification.patch_features import patch_features

QUANTILES = (0.01, 0.25, 0.5, 0.75, 0.99)


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

# SPDX-License-Identifier: GPL-2.0-or-later
"""Ridge filters of scikit-image: how much of a line each pixel is, without having learnt anything.

Frangi et al. 1998, Sato et al. 1998 and Meijering et al. 2004 look at the eigenvalues of the
second derivatives at several widths (sigma); dark lines or bright ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

SIGMAS = (1.0, 2.0, 3.0, 5.0, 7.0)
_TOGETHER = (*((sigma,) for sigma in SIGMAS), (1.0, 2.0, 3.0), (2.0, 3.0, 5.0), (3.0, 5.0, 7.0))
_LINES = {"dark": (True,), "bright": (False,), "dark and bright": (True, False)}
_SHARES = np.geomspace(0.6, 0.001, 64)
"""Of the pixels that are lines: a threshold for each."""
_SAMPLE = 7
"""Every so many pixels, to find the thresholds."""

Response = Mapping[tuple[bool, float], NDArray[np.float32]]


def require_skimage() -> Any:
    """scikit-image, which only measuring needs; DataError says how to get it."""
    try:
        import skimage.filters
        import skimage.morphology
    except ImportError as error:
        raise DataError(
            "to compare with classical line filters, evaluate fractures needs scikit-image: "
            "install it with pip install -r requirements-test.txt"
        ) from error
    return skimage


@dataclass(frozen=True)
class RidgeSetting:
    """Which lines, widths, and whether the threshold is a share of each picture's own pixels."""

    lines: str
    sigmas: tuple[float, ...]
    by_picture: bool

    def __str__(self) -> str:
        sigmas = ", ".join(f"{sigma:g}" for sigma in self.sigmas)
        kind = "a share of each picture" if self.by_picture else "one for all pictures"
        return f"{self.lines} lines, sigma {sigmas}, threshold {kind}"


@dataclass(frozen=True)
class RidgeTool:
    """One of the filters of skimage.filters by its `name`."""

    name: str

    def settings(self) -> Iterator[RidgeSetting]:
        """All that are tried."""
        for lines, sigmas, by_picture in product(_LINES, _TOGETHER, (False, True)):
            yield RidgeSetting(lines, sigmas, by_picture)

    def prepare(self, pictures: Sequence[NDArray[np.float32]]) -> list[Response]:
        """Responses at every width; the filters take the highest of the widths asked for."""
        ridge: Callable[..., np.ndarray] = getattr(require_skimage().filters, self.name)

        keys = list(product((True, False), SIGMAS))

        def one(grey: np.ndarray) -> Response:
            return {
                (dark, sigma): ridge(grey, sigmas=[sigma], black_ridges=dark).astype(np.float32)
                for dark, sigma in keys
            }

        with ThreadPoolExecutor() as pool:
            return list(pool.map(one, pictures))

    def levels(
        self, prepared: Sequence[Response], setting: RidgeSetting
    ) -> list[NDArray[np.uint8]]:
        """How many of the thresholds each pixel reaches, (H, W) for each picture."""
        strengths = [
            np.maximum.reduce([one[dark, s] for dark in _LINES[setting.lines]
                               for s in setting.sigmas])
            for one in prepared
        ]  # fmt: skip
        if setting.by_picture:
            return [_above(strength, _cuts([strength])) for strength in strengths]
        cuts = _cuts(strengths)
        return [_above(strength, cuts) for strength in strengths]


def _cuts(strengths: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Thresholds above which the shares _SHARES of all pixels lie; none of them 0."""
    sample = np.concatenate([strength.ravel()[::_SAMPLE] for strength in strengths])
    return np.maximum(np.quantile(sample, 1 - _SHARES), 1e-12).astype(np.float32)


def _above(strength: NDArray[np.float32], cuts: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.searchsorted(cuts, strength.ravel(), "right").astype(np.uint8).reshape(strength.shape)

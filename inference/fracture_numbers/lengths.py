# SPDX-License-Identifier: GPL-2.0-or-later
"""How long traces are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .numbers import Lengths


def lengths_of(values: NDArray[np.float64], *, censored: int) -> Lengths | None:
    """The figures of lengths (n,), `censored` of them cut; None without any."""
    if not values.size:
        return None
    lower, median, upper = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
    return Lengths(
        count=int(values.size),
        censored=censored,
        total=float(values.sum()),
        mean=float(values.mean()),
        spread=float(values.std(ddof=1)) if values.size > 1 else 0.0,
        least=float(values.min()),
        lower=lower,
        median=median,
        upper=upper,
        largest=float(values.max()),
    )

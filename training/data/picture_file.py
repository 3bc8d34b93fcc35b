# SPDX-License-Identifier: GPL-2.0-or-later
"""Picture files as arrays."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ..errors import DataError


def read_rgb(path: Path) -> np.ndarray:
    """A picture file as (H, W, 3) uint8 RGB."""
    data = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if data is None:
        raise DataError(f"{path} should be a picture, but could not be read: check the data folder")
    return cv2.cvtColor(data, cv2.COLOR_BGR2RGB)

# SPDX-License-Identifier: GPL-2.0-or-later
"""How much more a rare class counts."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def class_weights(shares: np.ndarray, power: float) -> Tensor:
    """share ** -power with mean 1 over what has the classes, so that the loss keeps its size."""
    weights = np.maximum(shares, 1e-4) ** -power
    return torch.tensor(weights / (weights * shares).sum(), dtype=torch.float32)

# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a training runs."""

from __future__ import annotations

import torch


def pick_device(name: str) -> torch.device:
    """The device of a recipe: "auto" takes CUDA where there is one."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)

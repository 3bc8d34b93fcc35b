# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TileAugment:
    scale_octaves: float
    turn: float
    shift: float
    gain: float
    offset: float
    gamma: float
    paste_share: float

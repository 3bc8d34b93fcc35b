# SPDX-License-Identifier: GPL-2.0-or-later
"""Weights and states of trainings on disk: whole or not there, also when killed in between."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch


def save(state: Mapping[str, Any], path: Path) -> None:
    """Write under another name first, so that a stop leaves the old file."""
    partial = path.with_suffix(".part")
    torch.save(state, partial)
    partial.replace(path)

# SPDX-License-Identifier: GPL-2.0-or-later
"""Weights and states of trainings on disk: whole or not there, also when killed in between."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from .errors import DataError

Net = TypeVar("Net", bound=nn.Module)


def save(state: Mapping[str, Any], path: Path) -> None:
    """Write under another name first, so that a stop leaves the old file."""
    partial = path.with_suffix(".part")
    torch.save(state, partial)
    partial.replace(path)


def load_weights(net: Net, path: Path) -> Net:
    """The network with the weights of a file, on the processor."""
    if not path.exists():
        raise DataError(f"{path} should hold trained weights: run the train command first")
    net.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))
    return net

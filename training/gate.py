# SPDX-License-Identifier: GPL-2.0-or-later
"""What a network must be before it may ship: true to its float twin, and no worse than the last."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from .errors import GateError

LEAST_AGREEMENT = 0.99
"""Share of pixels whose class 8 bits must not change."""
LARGEST_LOSS = 0.005
"""Mean IoU that 8 bits may cost."""
LARGEST_FILE = 3_000_000
"""Bytes: the plugin is one small zip."""


def pass_gate(
    metrics: Mapping[str, Any],
    *,
    size: int,
    marks: Mapping[str, float],
    incumbent: Mapping[str, float],
) -> None:
    """Raise GateError with every figure that is not as it should be.

    `metrics` are those of the card to be, `size` the bytes of its file, `marks` its marks on the
    data kept for measuring, `incumbent` those of the network it would replace on the same data;
    empty where there is none.
    The mean decides: one tile of one city alone would forbid to learn about any other place.
    """
    real, short = metrics["float"]["mean_iou"], metrics["int8"]["mean_iou"]
    agreement = metrics["argmax_agreement"]
    rules = [
        (
            agreement >= LEAST_AGREEMENT,
            f"8 bits give {agreement:.2%} of the pixels the class of the float network, at least "
            f"{LEAST_AGREEMENT:.1%} are wanted",
        ),
        (
            short >= real - LARGEST_LOSS,
            f"8 bits take the mean IoU from {real:.4f} to {short:.4f}, at most {LARGEST_LOSS} "
            "may be lost",
        ),
        (size <= LARGEST_FILE, f"the file has {size:,} bytes, at most {LARGEST_FILE:,} may ship"),
        (
            not incumbent or fmean(marks.values()) >= fmean(incumbent.values()),
            f"the network it would replace does better on the same data ({_words(incumbent)}) "
            f"than this one ({_words(marks)})",
        ),
    ]
    broken = [words for holds, words in rules if not holds]
    if broken:
        raise GateError(
            f"the network was not exported: {'; '.join(broken)}. Train it longer or otherwise; "
            "the candidate stays in the training folder"
        )


def _words(marks: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in marks.items())

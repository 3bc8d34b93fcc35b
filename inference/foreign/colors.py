# SPDX-License-Identifier: GPL-2.0-or-later
"""Colours for classes of which nobody said one."""

from __future__ import annotations

import colorsys

_FIRST = ("#E6194B", "#3CB44B", "#4363D8", "#FFE119", "#F58231", "#911EB4", "#42D4F4", "#F032E6")
BACKGROUND = "#7F8C8D"
_GOLDEN = 0.61803398875


def class_colors(names: tuple[str, ...]) -> tuple[str, ...]:
    """A colour for each class, `#RRGGBB`: all different, the background grey."""
    return tuple(
        BACKGROUND if is_background(name) else _color(index) for index, name in enumerate(names)
    )


def is_background(name: str) -> bool:
    """Whether a class stands for all that is none of the others."""
    return name.strip().strip("_").lower() in ("background", "bg", "other", "rest", "unlabelled")


def _color(index: int) -> str:
    """Eight that are told apart best, then ever further hues."""
    if index < len(_FIRST):
        return _FIRST[index]
    value = 0.95 - 0.3 * (index // 7 % 2)
    parts = colorsys.hsv_to_rgb(index * _GOLDEN % 1.0, 0.75 - 0.2 * (index % 3) / 2, value)
    return "#" + "".join(f"{round(255 * part):02X}" for part in parts)

# SPDX-License-Identifier: GPL-2.0-or-later
"""How a STAC MLM item says that pixels are scaled, in the card's terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..cards.fields import entries, number, section
from ..cards.parts import Reflectance

_WHOLE = 10_000.0
"""Reflectance as whole numbers: all light."""
_MOST = 2 * _WHOLE
"""Beyond, numbers of 16 bits are meant that are no reflectance."""
_LARGEST_SHARE = 2.0
_BYTE = 255.0


@dataclass(frozen=True)
class Scaling:
    """The network takes (x - mean) / std of x in 0..255, drawn by `reflectance` where it is one."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    reflectance: Reflectance | None


@dataclass(frozen=True)
class _Line:
    """y = (v - mean) / std of the item's own values v, and the largest v that it speaks of."""

    mean: float = 0.0
    std: float = 1.0
    largest: float = 0.0


def scaling_of(taken: Mapping[str, Any], bands: int) -> Scaling:
    """The scaling of an input of an item; ValueError for one that GeoSift cannot do.

    Values up to 2 are pictures as shares of 1, those up to 255 pictures of bytes, larger ones
    reflectance x 10,000. Where nothing is said, pictures as shares of 1.
    """
    lines = _lines(taken, bands)
    largest = max(line.largest for line in lines)
    if largest <= _LARGEST_SHARE:
        unit, reflectance = _BYTE, None
    elif largest <= _BYTE:
        unit, reflectance = 1.0, None
    elif largest > _MOST:
        raise ValueError(
            f"'value_scaling' is of values up to {largest:g}; GeoSift scales pictures of bytes and "
            "reflectance x 10,000"
        )
    else:
        unit = _BYTE / _WHOLE
        reflectance = Reflectance((0.0,) * bands, (_WHOLE,) * bands, 0.0)
    mean = tuple(line.mean * unit for line in lines)
    return Scaling(mean, tuple(line.std * unit for line in lines), reflectance)


def _lines(taken: Mapping[str, Any], bands: int) -> list[_Line]:
    told, before = taken.get("value_scaling"), taken.get("norm_type")
    if told is None and before is not None:  # as before version 1.3
        every = entries(taken, "statistics")
        told = [{**section({"statistics": each}, "statistics"), "type": before} for each in every]
    if told is None and taken.get("pre_processing_function") is not None:
        raise ValueError(
            "'pre_processing_function' prepares its pictures, which GeoSift does not run, and no "
            "'value_scaling' is told; tell that instead"
        )
    if told is None:
        return [_Line()] * bands
    lines = [
        _line(section({"value_scaling": each}, "value_scaling"))
        for each in entries({"value_scaling": told}, "value_scaling")
    ]
    if len(lines) not in (1, bands):
        raise ValueError(f"'value_scaling' has {len(lines)} entries for {bands} bands")
    return lines * bands if len(lines) == 1 else lines


def _line(told: Mapping[str, Any]) -> _Line:
    """By the extension "scale" divides by its value and "offset" takes it off."""
    kind = told.get("type")
    if kind is None and "type" in told:
        return _Line()
    if kind == "z-score":
        mean, std = number(told, "mean"), number(told, "stddev")
        return _Line(mean, std, max(abs(mean), std))
    if kind == "min-max":
        low, high = number(told, "minimum"), number(told, "maximum")
        return _Line(low, high - low, max(abs(low), abs(high)))
    if kind == "scale":
        divisor = number(told, "value")
        return _Line(0.0, divisor, abs(divisor))
    if kind == "offset":
        value = number(told, "value")
        return _Line(value, 1.0, abs(value))
    if kind == "clip":
        return _Line(0.0, 1.0, abs(number(told, "maximum")))
    raise ValueError(
        f"'value_scaling' is of the type {kind!r:.40}, GeoSift knows z-score, min-max, scale, "
        "offset and clip"
    )

# SPDX-License-Identifier: GPL-2.0-or-later
"""What a model card is made of: classes, answers, blending, reflectance."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import CardError


@dataclass(frozen=True)
class ClassInfo:
    """One class: its pixel value, name, colour `#RRGGBB`, and other words for it.

    `lines` where it is thin lines, such as fractures, which can be traced.
    """

    id: int
    name: str
    color: str
    synonyms: tuple[str, ...] = ()
    lines: bool = False

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green, blue, each 0..255."""
        return int(self.color[1:3], 16), int(self.color[3:5], 16), int(self.color[5:7], 16)


@dataclass(frozen=True)
class AnswerInfo:
    """One of several things a network answers: the ONNX output's name, and its classes."""

    name: str
    classes: tuple[ClassInfo, ...]


@dataclass(frozen=True)
class BlendSettings:
    """How tiles overlap, in pixels at the network's resolution.

    A tile sees `halo` pixels beyond its own share on every inner side, so neighbours overlap by
    twice that; its outermost `ring` never counts, and its weight fades in over the next `fade`.
    """

    halo: int
    ring: int
    fade: int

    def __post_init__(self) -> None:
        if self.halo < 0 or self.ring < 0 or self.fade < 0:
            raise CardError(f"halo, ring and fade are pixels and at least 0, not {self}")
        if 2 * self.ring + self.fade > 2 * self.halo:
            raise CardError(
                f"ring {self.ring} twice and fade {self.fade} do not fit into an overlap of "
                f"{2 * self.halo} pixels (twice the halo); make the halo larger or the ring smaller"
            )

    def with_halo(self, halo: int) -> BlendSettings:
        """The same shape of blending for another halo: ring and fade keep their proportion."""
        if halo == self.halo:
            return self
        scale = halo / self.halo if self.halo else 0.0
        ring = int(self.ring * scale)
        return BlendSettings(halo, ring, min(int(self.fade * scale), 2 * (halo - ring)))


@dataclass(frozen=True)
class Reflectance:
    """Which reflectance x 10,000 of each band becomes 0 (`low`) and 255 (`high`).

    Newer products hold `offset` more in every band.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    offset: float

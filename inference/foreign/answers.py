# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be known of a network beside its file, whoever said it: metadata or the user."""

from __future__ import annotations

from dataclasses import dataclass

from ..cards.parts import Reflectance
from ..errors import CardError

SCALINGS = ("0..1", "0..255", "-1..1", "imagenet", "own")
"""How pixels of 0..255 become what the network takes; "own" is told as mean and std."""
_IMAGENET_MEAN = (123.675, 116.28, 103.53)
_IMAGENET_STD = (58.395, 57.12, 57.375)


@dataclass(frozen=True)
class Answers:
    """All that a card says and a bare ONNX file does not.

    `bands` are the names of the input channels in order. `scaling` is one of SCALINGS; with "own"
    the network takes (x - mean) / std of x in 0..255. `resolution_m` is metres per pixel, None
    where any will do; `tile` pixels; `overlap` percent of a tile. `classes` are the names of the
    classes of each output that is asked, in the order of their planes (two for a single plane of
    "how much of the second"), `colors` their `#RRGGBB`, empty: GeoSift chooses; `outputs` the
    outputs' names, empty: the first. The others are the card's fields of that name; `layout`,
    `confidence` and `iou` are its detection's, `stride` its output_stride, `origin` who said it.
    """

    kind: str
    name: str
    bands: tuple[str, ...]
    scaling: str = "0..1"
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    resolution_m: float | None = None
    tile: int = 512
    overlap: float = 15.0
    activation: str = "probabilities"
    classes: tuple[tuple[str, ...], ...] = ()
    colors: tuple[tuple[str, ...], ...] = ()
    outputs: tuple[str, ...] = ()
    threshold: float | None = None
    median: int = 0
    stride: int = 1
    centred: bool = False
    value_scale: float = 1.0
    upscale: int = 2
    layout: str = ""
    confidence: float = 0.5
    iou: float = 0.5
    licence: str = ""
    description: str = ""
    origin: str = "asked for"
    reflectance: Reflectance | None = None

    def mean_and_std(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Of each band, in 0..255; CardError where they do not fit the bands."""
        count = len(self.bands)
        plain = {"0..1": (0.0, 255.0), "0..255": (0.0, 1.0), "-1..1": (127.5, 127.5)}
        if self.scaling in plain:
            mean, std = plain[self.scaling]
            return (mean,) * count, (std,) * count
        if self.scaling == "imagenet":
            if count != 3:
                raise CardError(
                    f"ImageNet's scaling is for red, green and blue, the network has {count} "
                    "bands; choose another scaling."
                )
            return _IMAGENET_MEAN, _IMAGENET_STD
        if self.scaling != "own":
            raise CardError(
                f"There is no scaling '{self.scaling}'; choose one of {', '.join(SCALINGS)}."
            )
        if len(self.mean) != count or len(self.std) != count:
            raise CardError(
                f"The network has {count} bands, {len(self.mean)} means and {len(self.std)} "
                "deviations are told; give one of each for each band."
            )
        return self.mean, self.std

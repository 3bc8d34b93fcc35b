# SPDX-License-Identifier: GPL-2.0-or-later
"""What a network needs and what its answer means: the model card, JSON beside the ONNX file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import CardError
from .detection_info import Detection
from .fields import entries, number, section
from .network_file import DecoderFile, require_described
from .parts import AnswerInfo, BlendSettings, ClassInfo, Reflectance
from .rules import NODATA_CLASS

__all__ = [
    "NODATA_CLASS",
    "AnswerInfo",
    "BlendSettings",
    "ClassInfo",
    "DecoderFile",
    "Detection",
    "ModelCard",
    "Reflectance",
]


@dataclass(frozen=True)
class ModelCard:
    """What one network needs and means; made by `load` or by foreign/, never changed.

    `kind` is "segmentation" (a class for every pixel), "classification" (one for every tile),
    "detection" (objects), "regression" (a number for every pixel), "superresolution" (a finer
    picture), "recognition" (a vector for every tile, to be compared), "prompt" (an outline of what
    is pointed at, which needs a `decoder`) or "features" (a vector for every patch of `tile` pixels
    by its output "embedding", and for every cell of it by "features"). Only the first three have
    classes.

    `bands` are names in the order of the network's input channels; `dtype` is the input's type:
    "uint8" takes 0..255 as is, "float32" takes (x - mean) / std of x in 0..255. `resolution_m` is
    metres per pixel, None where any will do. `output_stride` is network pixels per score.
    `activation` is "logits", "probabilities", or "values" where the answer is no class.

    With `fixed_tile` only tiles of exactly `tile` x `tile` are taken, `fixed_batch` of them at a
    time (None: any number). `answers` are told where a network has several; `output` is the name
    of the ONNX output that is asked (None: the first) and `classes` are its classes.
    A class counts from the probability `threshold` on, what is below is class 0; then a median
    filter of `median` of the network's pixels (odd; 0: none) goes over the classes. With `centred`
    the answer is smaller than the tile and lies in its middle. `upscale` is by how much a finer
    picture is finer, `value_scale` what a number is multiplied by. `origin` says how the card came
    about.
    """

    id: str
    name: str
    kind: str
    path: Path
    bands: tuple[str, ...]
    dtype: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    resolution_m: float | None
    stride_multiple: int
    tile: int
    output_stride: int
    activation: str
    classes: tuple[ClassInfo, ...]
    blend: BlendSettings
    sha256: str
    bytes: int
    reflectance: Reflectance | None = None
    decoder: DecoderFile | None = None
    fixed_tile: bool = False
    fixed_batch: int | None = None
    answers: tuple[AnswerInfo, ...] = ()
    output: str | None = None
    threshold: float | None = None
    median: int = 0
    centred: bool = False
    upscale: int = 1
    value_scale: float = 1.0
    detection: Detection | None = None
    origin: str = ""
    description: str = ""
    limits: str = ""
    licence: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict, hash=False)
    training: Mapping[str, Any] = field(default_factory=dict, hash=False)
    statistics: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @classmethod
    def load(cls, json_path: Path) -> ModelCard:
        """Read and validate a card; raises CardError with the field that is wrong."""
        from .as_json import read_card  # it makes cards

        return read_card(Path(json_path))

    def to_json(self) -> str:
        """The card as text; law: `load` reads it back equal from a file beside the network."""
        from .as_json import written

        return written(self)

    def answering(self, index: int) -> ModelCard:
        """The card for the answer `index` (from 0) of a network that gives several."""
        if index == 0 and not self.answers:
            return self
        if not 0 <= index < len(self.answers):
            names = ", ".join(f"{place}: {info.name}" for place, info in enumerate(self.answers))
            raise CardError(
                f"The model '{self.id}' has no answer {index}; "
                f"choose one of {names or '0: its own'}."
            )
        chosen = self.answers[index]
        return replace(self, output=chosen.name, classes=chosen.classes)

    def verify(self) -> None:
        """Raise CardError unless all its files are there and are those the card describes."""
        require_described(self.path, self.sha256, card_id=self.id)
        if self.decoder is not None:
            require_described(self.decoder.path, self.decoder.sha256, card_id=self.id)

    @property
    def class_names(self) -> dict[int, str]:
        return {info.id: info.name for info in self.classes}

    @property
    def band_means(self) -> tuple[float, ...]:
        """Mean of each band in the training data, 0..255; 127 where the card does not say."""
        return tuple(mean for mean, _ in self.band_statistics) or (127.0,) * len(self.bands)

    @property
    def band_statistics(self) -> tuple[tuple[float, float], ...]:
        """(mean, standard deviation) of each band in the training data; empty if unsaid.

        0..255, the deviation 64 where only the mean is said.
        """
        bands = entries({"bands": [], **self.statistics}, "bands")
        told = (section({"statistics.bands": band}, "statistics.bands") for band in bands)
        return tuple((number(band, "mean"), number({"std": 64.0, **band}, "std")) for band in told)

    @property
    def feature_limits(self) -> dict[str, tuple[float, float]]:
        """The 1st and the 99th percentile of each told feature of the training data."""
        told = section({"features": {}, **self.statistics}, "features")
        found = {name: section(told, name) for name in told}
        return {
            name: (number(each, "p1"), number(each, "p99"))
            for name, each in found.items()
            if "p1" in each and "p99" in each
        }

# SPDX-License-Identifier: GPL-2.0-or-later
"""What a network needs and what its answer means: the model card, JSON beside the ONNX file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .card_rules import NODATA_CLASS, require_valid
from .errors import CardError
from .fields import entries, number, numbers, section, text, texts, whole
from .network_file import DecoderFile, require_described

__all__ = [
    "NODATA_CLASS",
    "BlendSettings",
    "ClassInfo",
    "DecoderFile",
    "ModelCard",
    "Reflectance",
]

SCHEMA = 1


@dataclass(frozen=True)
class ClassInfo:
    """One class: its pixel value, name, colour `#RRGGBB`, and other words for it."""

    id: int
    name: str
    color: str
    synonyms: tuple[str, ...] = ()

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green, blue, each 0..255."""
        return int(self.color[1:3], 16), int(self.color[3:5], 16), int(self.color[5:7], 16)


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


@dataclass(frozen=True)
class ModelCard:
    """What one network needs and means; made by `load`, never changed.

    `kind` is "segmentation" (a class for every pixel), "classification" (one for every tile) or
    "prompt" (an outline of what is pointed at, which needs a `decoder` and no classes).
    `bands` are names in the order of the network's input channels; `dtype` is the input's type:
    "uint8" takes 0..255 as is, "float32" takes (x - mean) / std of x in 0..255. `resolution_m` is
    metres per pixel, None where any will do. `output_stride` is network pixels per score.
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
    description: str = ""
    limits: str = ""
    licence: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict, hash=False)
    training: Mapping[str, Any] = field(default_factory=dict, hash=False)
    statistics: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @classmethod
    def load(cls, json_path: Path) -> ModelCard:
        """Read and validate a card; raises CardError with the field that is wrong."""
        try:
            raw = json.loads(Path(json_path).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise CardError(
                f"The model card {json_path} cannot be read ({error}); fetch the model again."
            ) from error
        try:
            return _parse(raw, Path(json_path))
        except (KeyError, ValueError) as error:
            what = f"field {error} is missing" if isinstance(error, KeyError) else str(error)
            raise CardError(
                f"The model card {json_path} is not valid: {what}; correct it."
            ) from error

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


def _parse(raw: Mapping[str, Any], json_path: Path) -> ModelCard:
    if not isinstance(raw, Mapping) or raw.get("schema") != SCHEMA:
        raise ValueError(f'expected a JSON object with "schema": {SCHEMA}')
    image, output, blend = (section(raw, key) for key in ("input", "output", "blend"))
    card = ModelCard(
        id=text(raw, "id"),
        name=text(raw, "name"),
        kind=text(raw, "kind"),
        path=_beside(json_path, raw),
        bands=texts(image, "bands"),
        dtype=text(image, "dtype"),
        mean=numbers(image, "mean"),
        std=numbers(image, "std"),
        resolution_m=None if image["resolution_m"] is None else number(image, "resolution_m"),
        stride_multiple=whole(image, "stride_multiple"),
        tile=whole(image, "tile"),
        output_stride=whole(output, "stride"),
        activation=text(output, "activation"),
        classes=tuple(_parse_class({"class": entry}) for entry in entries(raw, "classes")),
        blend=BlendSettings(whole(blend, "halo"), whole(blend, "ring"), whole(blend, "fade")),
        sha256=text(raw, "sha256"),
        bytes=whole(raw, "bytes"),
        reflectance=_parse_reflectance({"reflectance": None, **image}),
        decoder=_parse_decoder({"decoder": None, **raw}, json_path),
        description=text({"description": "", **raw}, "description"),
        limits=text({"limits": "", **raw}, "limits"),
        licence=text({"licence": "", **raw}, "licence"),
        metrics=section({"metrics": {}, **raw}, "metrics"),
        training=section({"training": {}, **raw}, "training"),
        statistics=section({"statistics": {}, **raw}, "statistics"),
    )
    require_valid(card)
    return card


def _beside(json_path: Path, holder: Mapping[str, Any]) -> Path:
    """Where a file lies that a card names: beside it, wherever the name points."""
    return json_path.parent / Path(text(holder, "file")).name


def _parse_decoder(raw: Mapping[str, Any], json_path: Path) -> DecoderFile | None:
    if raw["decoder"] is None:
        return None
    told = section(raw, "decoder")
    return DecoderFile(_beside(json_path, told), text(told, "sha256"), whole(told, "bytes"))


def _parse_class(holder: Mapping[str, Any]) -> ClassInfo:
    entry = section(holder, "class")
    synonyms = texts({"synonyms": [], **entry}, "synonyms")
    return ClassInfo(whole(entry, "id"), text(entry, "name"), text(entry, "color"), synonyms)


def _parse_reflectance(image: Mapping[str, Any]) -> Reflectance | None:
    if image["reflectance"] is None:
        return None
    raw = section(image, "reflectance")
    return Reflectance(
        numbers(raw, "low"), numbers(raw, "high"), number({"offset": 0, **raw}, "offset")
    )

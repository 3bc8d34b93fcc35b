# SPDX-License-Identifier: GPL-2.0-or-later
"""What a network needs and what its answer means: the model card, JSON beside the ONNX file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import CardError
from .fields import entries, number, numbers, section, text, texts, whole

SCHEMA = 1
NODATA_CLASS = 255
"""Class id of pixels without an answer, hence no class may have it."""

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


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
class ModelCard:
    """What one network needs and means; made by `load`, never changed.

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
        """Raise CardError unless the network is there and is the one the card describes."""
        if not self.path.is_file():
            raise CardError(
                f"The model card '{self.id}' names the network {self.path.name}, which is not in "
                f"{self.path.parent}; put the file there or choose another model."
            )
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        if digest != self.sha256:
            raise CardError(
                f"The network {self.path} is not the one its card describes (SHA-256 "
                f"{digest[:12]}, the card says {self.sha256[:12]}); fetch the model again."
            )

    @property
    def class_names(self) -> dict[int, str]:
        return {info.id: info.name for info in self.classes}

    @property
    def band_means(self) -> tuple[float, ...]:
        """Mean of each band in the training data, 0..255; 127 where the card does not say."""
        return _means(self.statistics) or (127.0,) * len(self.bands)


def _parse(raw: Mapping[str, Any], json_path: Path) -> ModelCard:
    if not isinstance(raw, Mapping) or raw.get("schema") != SCHEMA:
        raise ValueError(f'expected a JSON object with "schema": {SCHEMA}')
    image, output, blend = (section(raw, key) for key in ("input", "output", "blend"))
    card = ModelCard(
        id=text(raw, "id"),
        name=text(raw, "name"),
        kind=text(raw, "kind"),
        path=json_path.parent / Path(text(raw, "file")).name,
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
        description=text({"description": "", **raw}, "description"),
        limits=text({"limits": "", **raw}, "limits"),
        licence=text({"licence": "", **raw}, "licence"),
        metrics=section({"metrics": {}, **raw}, "metrics"),
        training=section({"training": {}, **raw}, "training"),
        statistics=section({"statistics": {}, **raw}, "statistics"),
    )
    _validate(card)
    return card


def _parse_class(holder: Mapping[str, Any]) -> ClassInfo:
    entry = section(holder, "class")
    synonyms = texts({"synonyms": [], **entry}, "synonyms")
    return ClassInfo(whole(entry, "id"), text(entry, "name"), text(entry, "color"), synonyms)


def _means(statistics: Mapping[str, Any]) -> tuple[float, ...]:
    bands = entries({"bands": [], **statistics}, "bands")
    return tuple(
        number(section({"statistics.bands": band}, "statistics.bands"), "mean") for band in bands
    )


def _validate(card: ModelCard) -> None:
    """Raise ValueError with the first rule the card breaks."""
    of_file = (
        (_ID.fullmatch(card.id), f"id '{card.id}' has other than a-z, 0-9, - and _"),
        (_SHA256.fullmatch(card.sha256), "sha256 is not 64 hexadecimal digits"),
    )
    for holds, message in (*of_file, *_rules_of_input(card), *_rules_of_answer(card)):
        if not holds:
            raise ValueError(message)


def _rules_of_input(card: ModelCard) -> tuple[tuple[bool, str], ...]:
    bands, unit = len(card.bands), card.stride_multiple
    return (
        (bands > 0, "input.bands is empty"),
        (card.dtype in ("uint8", "float32"), f"input.dtype '{card.dtype}' is not uint8 or float32"),
        (
            len(card.mean) == bands == len(card.std) and all(value > 0 for value in card.std),
            f"input.mean and input.std need {bands} values each, std above 0",
        ),
        (
            card.resolution_m is None or 0 < card.resolution_m < 1e5,
            f"input.resolution_m {card.resolution_m} is not metres per pixel",
        ),
        (1 <= unit <= 256, f"input.stride_multiple {unit} is not within 1..256"),
        (
            0 < unit <= card.tile <= 8192 and card.tile % unit == 0,
            f"input.tile {card.tile} is not a multiple of {unit} up to 8192",
        ),
        (
            card.tile - 2 * card.blend.halo >= unit,
            f"blend.halo {card.blend.halo} on both sides leaves nothing of a tile of {card.tile}",
        ),
        (
            len(_means(card.statistics)) in (0, bands),
            f"statistics.bands needs {bands} entries, one for each of input.bands",
        ),
    )


def _rules_of_answer(card: ModelCard) -> tuple[tuple[bool, str], ...]:
    stride, unit = card.output_stride, card.stride_multiple
    ids = [info.id for info in card.classes]
    return (
        (card.kind == "segmentation", f"kind '{card.kind}' is not 'segmentation'"),
        (
            stride >= 1 and unit % stride == 0,
            f"output.stride {stride} does not divide input.stride_multiple {unit}",
        ),
        (
            card.activation in ("logits", "probabilities"),
            f"output.activation '{card.activation}' is not 'logits' or 'probabilities'",
        ),
        (ids == list(range(len(ids))), f"classes need the ids 0, 1, 2, ... in order, not {ids}"),
        (1 <= len(ids) < NODATA_CLASS, f"{len(ids)} classes; 1 to {NODATA_CLASS - 1} fit"),
        (
            all(_COLOR.fullmatch(info.color) for info in card.classes),
            "a class colour is not of the form #RRGGBB",
        ),
    )

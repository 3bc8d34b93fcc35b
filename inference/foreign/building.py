# SPDX-License-Identifier: GPL-2.0-or-later
"""A model card from a file and all that was said of it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

from ..cards.answer_rules import CLASS_KINDS, VALUE_KINDS, most_classes
from ..cards.card import AnswerInfo, BlendSettings, ClassInfo, Detection, ModelCard
from ..cards.detection_info import LAYOUTS
from ..cards.fields import printable
from ..cards.network_file import known_digest
from ..cards.rules import require_valid
from ..errors import CardError
from .answers import Answers
from .colors import class_colors
from .detection_shapes import entries_with
from .facts import OnnxFacts
from .plain_text import plain
from .shapes import InputShape, OutputShape, input_of, outputs_of

_MOST_OVERLAP = 80.0
_SMALL_HALO = 8
"""Below it there is no room for a rim that does not count."""


def card_from(path: Path, facts: OnnxFacts, answers: Answers) -> ModelCard:
    """The card of the network `path`; CardError or ModelError where file and answers differ."""
    taken = input_of(facts, called=path.name)
    if len(answers.bands) != taken.bands:
        raise CardError(
            f"{path.name} takes {taken.bands} bands, {len(answers.bands)} are named; "
            "name one for each."
        )
    tile = taken.side or answers.tile
    asked = _asked(facts, answers, path=path)
    answers, margin = _placed(answers, asked, tile=tile)
    card = replace(_plain(path, taken, answers, tile=tile), blend=_blend(answers, tile, margin))
    try:
        card = _with_classes(card, answers, asked)
        require_valid(card)
    except ValueError as error:
        raise CardError(
            f"No card can be made for {path.name}: {printable(str(error))[:400]}."
        ) from error
    return card


def identifier(text: str) -> str:
    """An id of a card: a-z, 0-9 and -."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:60] or "model"


def band_names(count: int) -> tuple[str, ...]:
    """Colours where there are three or four bands, numbers else."""
    colors = ("red", "green", "blue", "nir")
    return colors[:count] if count in (3, 4) else tuple(f"band {n + 1}" for n in range(count))


def _plain(path: Path, taken: InputShape, answers: Answers, *, tile: int) -> ModelCard:
    mean, std = answers.mean_and_std()
    if taken.dtype == "uint8":
        mean, std = (0.0,) * taken.bands, (1.0,) * taken.bands
    whole_tile = answers.kind == "classification"
    stride = tile if whole_tile else answers.stride
    is_values = answers.kind in VALUE_KINDS
    return ModelCard(
        id=identifier(path.stem),
        name=plain(answers.name) or plain(path.stem),
        kind=answers.kind,
        path=path,
        bands=tuple(map(plain, answers.bands)),
        dtype=taken.dtype,
        mean=mean,
        std=std,
        resolution_m=answers.resolution_m,
        stride_multiple=stride,
        tile=tile,
        output_stride=stride,
        activation="values" if is_values else answers.activation,
        classes=(),
        blend=BlendSettings(0, 0, 0),
        sha256=known_digest(path),
        bytes=path.stat().st_size,
        fixed_tile=True,
        fixed_batch=taken.batch,
        threshold=answers.threshold if answers.kind == "segmentation" else None,
        median=answers.median if answers.kind == "segmentation" else 0,
        centred=answers.centred,
        upscale=answers.upscale if answers.kind == "superresolution" else 1,
        value_scale=answers.value_scale if answers.kind == "regression" else 1.0,
        detection=_detection(answers),
        reflectance=answers.reflectance,
        licence=plain(answers.licence),
        description=plain(answers.description),
        origin=plain(answers.origin),
    )


def _detection(answers: Answers) -> Detection | None:
    if answers.kind != "detection":
        return None
    return Detection(answers.layout, answers.confidence, answers.iou)


def _asked(facts: OnnxFacts, answers: Answers, *, path: Path) -> tuple[OutputShape, ...]:
    """The outputs that are asked, the first where none is named."""
    found = {shape.name: shape for shape in outputs_of(facts, called=path.name)}
    missing = [name for name in answers.outputs if name not in found]
    if missing:
        raise CardError(
            f"{path.name} has no output {missing[0]!r:.60}; it has {plain(', '.join(found))}."
        )
    return tuple(found[name] for name in answers.outputs) or tuple(found.values())[:1]


def _placed(answers: Answers, asked: tuple[OutputShape, ...], *, tile: int) -> tuple[Answers, int]:
    """The answers with what the first output's size says, and the margin it leaves in a tile."""
    side, *others = (
        max((side for side in each.sides if side is not None), default=None) for each in asked
    )
    per_pixel = answers.kind in ("segmentation", "regression")
    if answers.kind == "superresolution" and side is not None:
        if side % tile or side < tile:
            raise CardError(
                f"The network makes {side} pixels of {tile}, which is no whole number of times as "
                "many; GeoSift cannot place such a picture."
            )
        return replace(answers, upscale=side // tile, centred=False, stride=1), 0
    if not per_pixel or side is None or side == tile:
        may_be_smaller = any(each is None or each < tile for each in (side, *others))
        return replace(answers, centred=answers.centred and per_pixel and may_be_smaller), 0
    if side > tile:
        raise CardError(
            f"The network makes {side} pixels of {tile}, so it answers with a finer picture; "
            "choose the kind superresolution."
        )
    if answers.centred or tile % side:
        return replace(answers, centred=True, stride=1), -(-(tile - side) // 2)
    return replace(answers, stride=tile // side), 0


def _blend(answers: Answers, tile: int, margin: int) -> BlendSettings:
    """Halo, ring and fade as in GeoSift's own cards, in proportion."""
    if not 0 <= answers.overlap <= _MOST_OVERLAP:
        raise CardError(
            f"Tiles overlap by {answers.overlap:g} percent, 0 to {_MOST_OVERLAP:g} are possible."
        )
    if answers.kind == "classification":
        return BlendSettings(0, 0, 0)
    halo = max(round(tile * answers.overlap / 200), margin)
    if answers.kind in ("detection", "recognition"):
        return BlendSettings(halo, 0, 0)
    ring = max(halo * 3 // 4 if halo >= _SMALL_HALO else 0, margin)
    return BlendSettings(halo, ring, min(halo // 2 or halo, 2 * (halo - ring)))


def _with_classes(card: ModelCard, answers: Answers, asked: tuple[OutputShape, ...]) -> ModelCard:
    if card.kind not in CLASS_KINDS:
        return replace(card, output=answers.outputs[0] if answers.outputs else None)
    colors = answers.colors or tuple(map(class_colors, answers.classes))
    most = most_classes(card.kind)
    lists = [_classes(names, of, most) for names, of in zip(answers.classes, colors)]
    if len(lists) != len(asked) or len(colors) != len(lists):
        raise ValueError(f"classes of {len(lists)} outputs are named, {len(asked)} are asked")
    for shape, classes in zip(asked, lists):
        if card.kind == "detection":
            _require_entries(shape, len(classes), answers.layout)
        else:
            _require_planes(shape, classes)
    infos = tuple(AnswerInfo(shape.name, classes) for shape, classes in zip(asked, lists))
    return replace(
        card,
        classes=lists[0],
        answers=infos if len(infos) > 1 else (),
        output=answers.outputs[0] if answers.outputs else None,
    )


def _classes(names: tuple[str, ...], colors: tuple[str, ...], most: int) -> tuple[ClassInfo, ...]:
    if len(colors) != len(names):
        raise ValueError(f"{len(names)} classes have {len(colors)} colours")
    if len(names) > most:
        raise ValueError(f"{len(names)} classes; 1 to {most} fit")
    named = (plain(name) or f"class {index}" for index, name in enumerate(names))
    return tuple(
        ClassInfo(index, name, color) for index, (name, color) in enumerate(zip(named, colors))
    )


def _require_planes(shape: OutputShape, classes: tuple[ClassInfo, ...]) -> None:
    if len(classes) == 1 and shape.planes in (None, 1):
        raise ValueError(
            f"of a single class, {classes[0].name!r:.40}, all would be; name what is not it first, "
            "as in background,road"
        )
    is_lone = shape.planes == 1 and (len(classes) == 2 or shape.is_whole)
    if shape.planes not in (None, len(classes)) and not is_lone:
        raise ValueError(
            f"the output {shape.name!r:.40} has {shape.planes} planes, {len(classes)} classes are "
            "named; name one for each"
        )


def _require_entries(shape: OutputShape, classes: int, layout: str) -> None:
    entries = entries_with(classes, layout)
    if layout in LAYOUTS and None not in shape.sides and entries not in shape.sides:
        raise ValueError(
            f"{classes} classes laid out as {layout} are {entries} numbers an object, the output "
            f"{shape.name!r:.40} has {' x '.join(map(str, shape.sides))}; name all classes, or "
            "choose another layout"
        )

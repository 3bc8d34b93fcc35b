# SPDX-License-Identifier: GPL-2.0-or-later
"""Model cards of every kind, made up by hypothesis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from geosift.inference.cards.answer_rules import FEATURE_OUTPUTS, KINDS, VALUE_KINDS
from geosift.inference.cards.card import (
    AnswerInfo,
    BlendSettings,
    ClassInfo,
    DecoderFile,
    Detection,
    ModelCard,
    Reflectance,
)
from geosift.inference.cards.detection_info import LAYOUTS

_NAMES = st.text("abc 12'\"\\<&ßé水", max_size=8)
_TEXTS = st.text("abc 12'\"\\<&ßé水\n\t\0", max_size=12)
_DIGESTS = st.integers(0, 2**256 - 1).map("{:064x}".format)
_NUMBERS = st.floats(-1e6, 1e6)
_SHARES = st.floats(0, 1)
_ABOVE_0 = st.floats(1e-6, 1e6)
_FACTS = st.dictionaries(_NAMES, st.integers() | _NUMBERS | _TEXTS | st.lists(_NUMBERS), max_size=2)


@st.composite
def class_lists(draw: st.DrawFn, *, lines: bool = False) -> tuple[ClassInfo, ...]:
    """One to four classes; some of thin lines where there may be `lines`."""
    count = draw(st.integers(1, 4))
    colors = st.integers(0, 0xFFFFFF).map("#{:06X}".format)
    synonyms = st.lists(_NAMES, max_size=2).map(tuple)
    return tuple(
        ClassInfo(index, draw(_NAMES), draw(colors), draw(synonyms), lines and draw(st.booleans()))
        for index in range(count)
    )


@st.composite
def cards(draw: st.DrawFn, folder: Path) -> ModelCard:
    """A valid card of any kind; its files lie in `folder` (or would)."""
    kind = draw(st.sampled_from(KINDS))
    bands = draw(st.lists(_NAMES, min_size=1, max_size=4).map(tuple))
    whole_tile = kind == "classification"
    unit = draw(st.sampled_from((1, 2, 32)))
    tile = unit * draw(st.integers(2, 8))
    listed = class_lists(lines=kind == "segmentation")
    several = draw(listed), draw(listed)
    answers = tuple(map(AnswerInfo, ("first", "second"), several))
    values = kind in (*VALUE_KINDS, "features")
    return ModelCard(
        id=draw(st.text("abc019_-", max_size=5).map("a{}".format)),
        name=draw(_NAMES),
        kind=kind,
        path=folder / "network.onnx",
        bands=bands,
        dtype=draw(st.sampled_from(("uint8", "float32"))),
        mean=tuple(draw(_NUMBERS) for _ in bands),
        std=tuple(draw(_ABOVE_0) for _ in bands),
        resolution_m=draw(st.none() | st.floats(1e-3, 1e4)),
        stride_multiple=tile if whole_tile else unit,
        tile=tile,
        output_stride=tile if whole_tile else 1,
        activation="values" if values else "logits",
        classes=() if values else several[0],
        blend=BlendSettings(0, 0, 0) if whole_tile or tile < 4 * unit else _blend(draw, unit),
        sha256=draw(_DIGESTS),
        bytes=draw(st.integers(0, 2**40)),
        description=draw(_TEXTS),
        limits=draw(_TEXTS),
        licence=draw(_TEXTS),
        origin=draw(_TEXTS),
        metrics=draw(_FACTS),
        training=draw(_FACTS),
        fixed_batch=draw(st.none() | st.integers(1, 9)),
        **_of_kind(draw, kind, folder=folder, answers=answers, bands=len(bands)),
    )


def _blend(draw: st.DrawFn, unit: int) -> BlendSettings:
    halo = draw(st.integers(0, unit))
    ring = draw(st.integers(0, halo))
    return BlendSettings(halo, ring, draw(st.integers(0, 2 * (halo - ring))))


def _of_kind(
    draw: st.DrawFn, kind: str, *, folder: Path, answers: tuple[AnswerInfo, ...], bands: int
) -> dict[str, Any]:
    """What only some kinds have."""
    flag = draw(st.booleans())
    low = tuple(draw(_NUMBERS) for _ in range(bands))
    decoder = DecoderFile(folder / "decoder.onnx", draw(_DIGESTS), draw(st.integers(0, 9)))
    found = Detection(draw(st.sampled_from(LAYOUTS)), draw(_SHARES), draw(_SHARES))
    further = {
        "segmentation": {
            "answers": answers if flag else (),
            "output": "first" if flag and draw(st.booleans()) else None,
            "threshold": draw(st.none() | _SHARES),
            "median": draw(st.sampled_from((0, 3, 9))),
            "fixed_tile": True,
            "centred": draw(st.booleans()),
            "reflectance": Reflectance(low, tuple(each + 1 for each in low), draw(_ABOVE_0)),
        },
        "detection": {"detection": found, "fixed_tile": flag},
        "regression": {"value_scale": draw(_ABOVE_0)},
        "features": {"output": draw(st.sampled_from(FEATURE_OUTPUTS))},
        "superresolution": {"upscale": draw(st.integers(1, 16))},
        "prompt": {"decoder": decoder},
    }
    return further.get(kind, {})

# SPDX-License-Identifier: GPL-2.0-or-later
"""The layer of a run of prompts: a feature for every outline."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..classification.cell_layer import own_fields
from ..raster.frame import Frame
from ..runs.stopwatch import Stopwatch
from ..vector.geopackage import Feature, LayerWriter
from .columns import COLUMNS
from .cutout import Cutout
from .job import PromptJob
from .rle import encode_in
from .shape import Outline, outline_of, outline_of_region
from .text_prompts import TextObject

_AT_ONCE = 200
_BY_WORD = {"outline": "TEXT", "confidence": "REAL"}
"""Whose outline it is, and the mean probability of the class, in percent."""
TEXT = "text"
"""The kind of what a word stands for."""


@dataclass(frozen=True, eq=False)
class Found:
    """Base pixels of one object, and what the layer says of it.

    `number` is that of the prompt, or of the object of a word; `mask_number` 0 for the surest mask.
    `more` are the user's own values, or what only words have. `rings` is the exact outline where it
    is known; masks are not asked for then.
    """

    number: int
    label: str
    kind: str
    pixels: Cutout | TextObject
    mask_number: int = 0
    more: tuple[Any, ...] = ()
    rings: Sequence[NDArray[np.int64]] = ()


class OutlineLayer:
    """Writes outlines as they come; `finish` makes the file whole."""

    def __init__(self, path: Path, job: PromptJob, frame: Frame, name: str, watch: Stopwatch):
        """`frame` is that of the base pixels, `name` what the raster is called."""
        self._job, self._frame, self._watch = job, frame, watch
        self._source = PurePath(name).name or name
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        self._date = now.replace("+00:00", "Z")
        self._waiting: list[Feature] = []
        self.count = 0
        self._layer = LayerWriter(
            path, name=job.output.stem, crs=frame.crs, fields=fields_of(job),
            multi=job.shape.all_parts,
        )  # fmt: skip

    def add(self, found: Found) -> bool:
        """Write one object; False where its shape leaves nothing of it."""
        with self._watch.stage("shape"):
            outline = self._outline(found)
        if outline is None:
            return False
        area = outline.area_m2
        sure = found.pixels.predicted_iou
        values = (
            found.number, found.label,
            None if sure is None else round(100.0 * sure, 1),
            None if area is None else round(area, 3), round(outline.area_px, 2),
            found.kind, self._source, self._date, found.mask_number,
            *((self._rle(found),) if self._job.rle else ()), *found.more,
        )  # fmt: skip
        self._waiting.append(Feature(outline.polygons, values))
        self.count += 1
        if len(self._waiting) >= _AT_ONCE:
            self._write()
        return True

    def finish(self) -> None:
        """Make the file whole, under its temporary name."""
        self._write()
        self._layer.finish()

    def close(self) -> None:
        """Let go of the file."""
        self._layer.close()

    def _write(self) -> None:
        with self._watch.stage("write"):
            self._layer.add(self._waiting)
        self._waiting = []

    def _outline(self, found: Found) -> Outline | None:
        how = {"frame": self._frame, "options": self._job.shape}
        if found.rings:
            return outline_of_region(found.rings, **how)
        return outline_of(found.pixels.mask, found.pixels.window, **how)

    def _rle(self, found: Found) -> str:
        """The mask in the whole raster, as COCO tells it."""
        height, width = self._frame.height, self._frame.width
        counts = encode_in(found.pixels.mask, found.pixels.window, height=height, width=width)
        return json.dumps({"size": [height, width], "counts": counts})


def fields_of(job: PromptJob) -> dict[str, str]:
    """Names and types of the layer's fields, the user's own last."""
    own: Mapping[str, str] = _BY_WORD if job.text is not None else job.prompt_fields
    ours = {**COLUMNS, "mask": "INTEGER", **({"rle": "TEXT"} if job.rle else {})}
    return {**ours, **own_fields(own, ours, prefix="prompt_")}

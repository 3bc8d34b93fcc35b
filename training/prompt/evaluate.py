# SPDX-License-Identifier: GPL-2.0-or-later
"""Cutting out measured on labelled objects, through the product's engine."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import numpy as np
from rasterio.errors import NotGeoreferencedWarning

from ...inference.prompt.cutter import Cutter
from ...inference.prompt.embedding import EmbeddingCache
from ...inference.prompt.opening import load_promptable
from ...inference.prompt.promptable import Promptable
from ...inference.raster.source import FileSource
from ...inference.raster.window import Window
from ...inference.tiles.prepare import Stretch, View
from ..data.fields import FIELDS
from ..data.labels import FIELD_COLOR, OTHER_COLOR
from ..data.land_cover import CLASSES
from ..errors import DataError
from ..evaluation import Evaluation, Figure, Pages, Request, spread
from .config import load_prompt
from .examples import LEGEND, chosen, example_row
from .figures import COLUMNS, Measured, by_class, flat, means, names_of
from .instances import Instance, find_instances
from .scenes import held_out_pictures
from .trial import MOST_CLICKS, Place, Trial, try_out

RECIPE = Path(__file__).parent.parent / "configs" / "prompt.toml"
_CACHE_BYTES = 256_000_000


def evaluate_prompt(request: Request) -> Evaluation:
    """Point at every object, or at `limit` of them spread evenly, on its picture's own pixels."""
    found = find_instances(request.data)
    kept = _held_out(request.data, found) if request.held_out else found
    picked = spread(kept, request.limit)
    network = load_promptable(request.card, threads_per_call=request.threads or os.cpu_count() or 1)
    start = time.perf_counter()
    measured = [Measured.of(trial) for trial in trials(picked, network, tell=request.tell)]
    figures: dict[str, Figure] = {
        **flat(measured),
        "instances": len(measured),
        "of": len(kept),
        "pictures": len({one.instance.image for one in measured}),
        "most_clicks": MOST_CLICKS,
        "seconds": round(time.perf_counter() - start, 3),
    }
    return Evaluation(
        title=f"How well does the network “{request.card.name}” cut out?",
        figures=figures,
        words=_words(request, figures),
        headline=(
            ("box_iou", "IoU from a box"),
            ("click1_iou", "from one click"),
            ("click5_iou", "after five clicks"),
            ("clicks_to_80", "clicks to an IoU of 0.8"),
            ("iou_correlation", "expected with true IoU, correlation"),
        ),
        pages=_pages(measured, network) if request.wants_report else None,
    )


def trials(
    instances: Iterable[Instance],
    network: Promptable,
    *,
    tell: Callable[[str], None] = lambda line: None,
) -> Iterator[Trial]:
    """Every object tried out; those of one picture must come together."""
    for path, group in groupby(instances, key=lambda instance: instance.image):
        start, count = time.perf_counter(), 0
        with _looking_at(path, network) as place:
            for instance in group:
                yield try_out(place, instance)
                count += 1
        tell(f"{path.name}: {count} objects in {time.perf_counter() - start:.1f} s")


@contextmanager
def _looking_at(path: Path, network: Promptable) -> Iterator[Place]:
    """The engine on a picture file at its own resolution, and what it sees there."""
    card = network.card
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        source = FileSource(str(path), bands=None, names=card.bands)
    with source:
        height, width = source.frame.height, source.frame.width
        view = View(source, card, Stretch.for_source(source), height, width)
        seen = view.picture(*view.read(Window(0, 0, height, width)))
        picture = np.ascontiguousarray(np.moveaxis(seen[:3], 0, -1))
        yield Place.of(Cutter(view, network, EmbeddingCache(_CACHE_BYTES)), picture)


def _held_out(data: Path, instances: Sequence[Instance]) -> tuple[Instance, ...]:
    """Those in the field pictures that the recipe that ships leaves out of the training."""
    if data.resolve().name != FIELDS:
        raise DataError(
            f"--held-out picks what the training leaves out of {FIELDS}, but --data is {data}: "
            "leave it out"
        )
    pictures = held_out_pictures(data, load_prompt(RECIPE).held_out_fields)
    apart = {picture.name for picture in pictures}
    return tuple(instance for instance in instances if instance.image.name in apart)


def _words(request: Request, figures: dict[str, Figure]) -> str:
    count, of = figures["instances"], figures["of"]
    which = f"{count:,} objects" if count == of else f"{count:,} of {of:,} objects"
    return (
        f"{which} in {figures['pictures']} pictures of "
        f"{'/'.join(request.data.resolve().parts[-2:])}, each pointed at with a box drawn up to "
        f"10 % off and with clicks, the next where the answer is most wrong; clicks to 0.8 end at "
        f"{MOST_CLICKS} and count as that. Beside it, on the same objects: the box filled, GrabCut "
        f"and a magic wand. Network {request.card.sha256[:12]}."
    )


def _pages(measured: Sequence[Measured], network: Promptable) -> Pages:
    names = names_of(measured)
    groups = [by_class(measured, name) for name in names]
    by_figure = [means(group) for group in groups]
    titles = {one.instance: title for group in groups for title, one in chosen(group)}
    # Asked again rather than kept: the masks of all would not fit into memory.
    again = trials([one.instance for one in measured if one.instance in titles], network)
    rows = {trial.instance: example_row(titles[trial.instance], trial) for trial in again}
    return Pages(
        truths=names,
        answers=(),
        truth_colors=tuple(_color(name) for name in names),
        matrix=np.zeros((len(names), 0), np.int64),
        per_class={
            title: np.array([figures[name] for figures in by_figure])
            for name, title in COLUMNS.items()
        },
        reliability=None,
        parts=(),
        part_figure="",
        examples=tuple(rows[instance] for instance in titles),
        legend=LEGEND,
        shown=(),
        counted="objects",
        totals=tuple(len(group) for group in groups),
    )


def _color(name: str) -> str:
    known = {land.name: land.color for land in CLASSES}
    return known.get(name, FIELD_COLOR if name == "Field" else OTHER_COLOR)

# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of a run of tracing as a page: what fractures come to in numbers, and the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..fracture_numbers.lines import FractureLines
from ..fracture_numbers.page import fracture_page
from ..fracture_numbers.sampling import SamplingArea, outline_of
from ..fracture_numbers.study import study_of
from ..raster.frame import Frame
from ..raster.source import RasterSource
from ..runs.report_page import facts_table, html_page, timings_table, warnings_box
from .job import TraceJob, TraceResult
from .trace import Network


def traces_page(
    network: Network, result: TraceResult, *, job: TraceJob, source: RasterSource
) -> str:
    """The whole page; there are no numbers where there is no line or no plane to measure on."""
    title = PurePath(source.name).name or source.name
    facts = _facts(job, source)
    if not network.traces:
        return _short_page(title, "No line was found.", result.warnings, facts, result.timings)
    drawn = _in_pixels(network)
    whole = outline_of(drawn.frame) if job.mask is None else _area(job, network.frame, drawn.frame)
    looked_at = replace(whole, seen=result.area)
    try:
        study = study_of(_lines_of(drawn), areas=(looked_at,), scale=job.pixel_size)
    except InputError as error:  # half a globe has lines, and no plane to measure them on
        words = (*result.warnings, f"There are no numbers of these lines: {error}")
        return _short_page(title, _description(job), words, facts, result.timings)
    return fracture_page(
        study, title=title, description=_description(job), facts=facts,
        warnings=result.warnings, timings=result.timings,
    )  # fmt: skip


def _short_page(
    title: str,
    description: str,
    warnings: Sequence[str],
    facts: Mapping[str, str],
    timings: Mapping[str, float],
) -> str:
    """Of a run whose lines cannot be measured together."""
    parts = warnings_box(warnings), facts_table(facts), timings_table(timings)
    return html_page(title, "traces", parts, description=description)


def _lines_of(network: Network) -> FractureLines:
    """The traces of a network, where QGIS draws them."""
    frame, traces = network.frame, network.traces
    return FractureLines.of(
        [np.stack(frame.to_map(*each.points.T), axis=1) for each in traces],
        crs=frame.crs,
        sets=[each.set for each in traces],
        cut=[each.cut for each in traces],
    )


def _description(job: TraceJob) -> str:
    if job.card is None:
        return "Lines traced from a raster that tells fractures."
    return f"Lines traced by {job.card.name}. {job.card.description}"


def _facts(job: TraceJob, source: RasterSource) -> dict[str, str]:
    low, high = job.percent
    card = job.card
    network = {} if card is None else {
        "Network": f"{card.name} ({card.id}, SHA-256 {card.sha256[:12]})"
    }  # fmt: skip
    return {
        "Raster": f"{source.name}, {source.frame.width:,} x {source.frame.height:,} pixels",
        **network,
        "A line": f"{high:.3g} percent probable somewhere, {low:.3g} percent all along",
    }


def _in_pixels(network: Network) -> Network:
    """The network on a frame whose unit is a pixel, where nobody knows the ground: the map may
    count in anything there.
    """
    frame = network.frame
    if frame.is_georeferenced:
        return network
    return replace(network, frame=Frame(frame.height, frame.width, None, None))


def _area(job: TraceJob, frame: Frame, drawn: Frame) -> SamplingArea:
    """The polygons lines were wanted in, brought from one frame to the other."""
    polygons = []
    for geometry in job.mask or ():
        parts = geometry["coordinates"]
        parts = [parts] if geometry["type"] == "Polygon" else parts
        polygons += [tuple(_moved(ring, frame, drawn) for ring in part) for part in parts]
    return SamplingArea("the polygons of the mask", tuple(polygons))


def _moved(ring: Any, frame: Frame, drawn: Frame) -> NDArray[np.float64]:
    points = np.array(ring, float)[:, :2]
    if drawn is frame:
        return points
    return np.stack(drawn.to_map(*frame.to_pixel(*points.T)), axis=1)

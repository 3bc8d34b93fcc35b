# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of a study of fractures, as one page that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from ..runs.report_page import facts_table, figures, html_page, timings_table, warnings_box
from .numbers import AreaNumbers, FractureNumbers
from .page_charts import cumulative_plot, size_histogram, ternary
from .page_map import density_map, trace_map
from .page_rose import rose_by_count, rose_by_length
from .page_tables import (
    area_table,
    block_table,
    key_table,
    law_words,
    length_table,
    node_table,
    set_table,
)
from .page_words import METHOD, SOURCES
from .set_colors import color_of
from .study import Study
from .svg import figure, legend, number


def fracture_page(
    study: Study,
    *,
    title: str,
    description: str = "",
    facts: Mapping[str, str] | None = None,
    warnings: Sequence[str] = (),
    timings: Mapping[str, float] | None = None,
) -> str:
    """The whole page; `facts` and `timings` are those of the run around it."""
    numbers = study.numbers
    parts = (
        figures(_headline(numbers)),
        warnings_box((*numbers.warnings, *warnings)),
        _maps(study),
        "<h2>Key figures</h2>",
        key_table(numbers),
        _directions(numbers, north=study.frame.plane is not None),
        _lengths(study),
        _nodes(numbers),
        _blocks(study),
        _areas(numbers),
        _method(numbers),
        "<h2>The run</h2>",
        facts_table({**_facts(numbers, study), **(facts or {})}),
        timings_table(timings) if timings else "",
    )
    said = description or f"{numbers.lines:,} fracture lines in numbers."
    return html_page(title, "fractures", parts, description=said)


def _headline(numbers: FractureNumbers) -> list[tuple[str, str]]:
    whole, unit = numbers.whole, numbers.unit
    told = []
    if whole.p21 is not None and whole.p20 is not None:
        told.append((number(whole.p21), f"P21, {unit} of trace by {unit}\u00b2"))
        told.append((number(whole.p20), f"P20, traces by {unit}\u00b2"))
    told.append((f"{whole.traces:,}", f"traces, {number(whole.length)} {unit} together"))
    per_branch = whole.topology.per_branch
    if per_branch is not None:
        told.append((f"{per_branch:.2f}", "connections a branch, 0 to 2"))
    law = numbers.power_law
    if law is not None and law.is_sound:
        told.append((f"{law.exponent:.2f}", f"\u00b1 {law.error:.2f}, power law of lengths"))
    elif whole.mean_length is not None:
        told.append((number(whole.mean_length), f"{unit}, mean length"))
    return told


def _maps(study: Study) -> str:
    several = len(study.numbers.sets) > 1
    sets = [(color_of(each.set), each.name) for each in study.numbers.sets]
    drawn = figure(trace_map(study), "The traces" + (" by set." if several else "."))
    if study.grid is not None and np.isfinite(study.grid.values[0]).any():
        words = f"Length by area in {study.grid.in_words(study.numbers.unit)}."
        drawn += figure(density_map(study, study.grid), words)
    colors = legend(sets) if several else ""
    return f'<h2>Map</h2><div class="row two">{drawn}</div>{colors}'


def _directions(numbers: FractureNumbers, *, north: bool) -> str:
    rose, unit = numbers.rose, numbers.unit
    by_count = figure(
        rose_by_count(rose.count, rose.mean, resultant=rose.resultant, north=north),
        f"Traces by mean direction: mean {rose.mean:.0f}\u00b0, resultant {rose.resultant:.2f}, "
        f"Rayleigh p {_probability(rose.p)}.",
    )
    by_length = figure(
        rose_by_length(rose.length, rose.weighted_mean, resultant=rose.weighted_resultant,
                       unit=unit, north=north),
        f"Segments weighted by length: mean {rose.weighted_mean:.0f}\u00b0, resultant "
        f"{rose.weighted_resultant:.2f}.",
    )  # fmt: skip
    return (
        f'<h2>Directions</h2><div class="row two">{by_count}{by_length}</div>'
        f'<div class="below">{set_table(numbers)}</div>'
    )


def _probability(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _lengths(study: Study) -> str:
    numbers, unit = study.numbers, study.numbers.unit
    values = np.concatenate([each.length_by_line() for each in study.pieces])
    values = values[values > 0]
    axis = f"length, {unit}"
    drawn = figure(
        size_histogram(values, label="Histogram of lengths", axis=axis),
        f"Lengths of {len(values):,} traces inside the area.",
    ) + figure(
        cumulative_plot(values, numbers.power_law, label="Cumulative lengths", axis=axis),
        "The share of traces at least as long, and the power law of the tail.",
    )
    return (
        f'<h2>Lengths</h2><div class="row two">{drawn}</div>'
        f'<p class="below">{escape(law_words(numbers))}</p>{length_table(numbers)}'
    )


def _nodes(numbers: FractureNumbers) -> str:
    areas = [(each.name, each.topology) for each in numbers.areas]
    drawn = figure(
        ternary(numbers.whole.topology, areas),
        "Free ends (I), abutments (Y) and crossings (X) as shares. Dashed: connections a branch.",
    )
    return (
        '<h2>Topology</h2><div class="row two">'
        f"{drawn}<figure>{node_table(numbers.whole.topology)}</figure></div>"
    )


def _blocks(study: Study) -> str:
    blocks, unit = study.numbers.whole.blocks, study.numbers.unit
    if not blocks.count:
        cut = f" {blocks.edge_count:,} are cut by its edge." if blocks.edge_count else ""
        return f"<h2>Blocks</h2><p>The fractures enclose no block inside the area.{cut}</p>"
    sizes = np.array([each.area for each in study.blocks if not each.at_edge])
    drawn = figure(
        size_histogram(sizes, label="Histogram of block areas", axis=f"area, {unit}\u00b2"),
        f"Areas of {blocks.count:,} blocks that the edge does not cut.",
    )
    return (
        '<h2>Blocks</h2><div class="row two">'
        f"{drawn}<figure>{block_table(study.numbers)}</figure></div>"
    )


def _areas(numbers: FractureNumbers) -> str:
    if not numbers.areas:
        return ""
    rows: tuple[AreaNumbers, ...] = (*numbers.areas, numbers.whole)
    return f"<h2>Sampling areas</h2>{area_table(rows, numbers.unit)}"


def _method(numbers: FractureNumbers) -> str:
    said = "".join(f"<p>{escape(each.format(snap=number(numbers.snap), unit=numbers.unit))}</p>"
                   for each in METHOD)  # fmt: skip
    sources = "".join(f"<li>{escape(each)}</li>" for each in SOURCES)
    return (
        "<details><summary>How this was measured, and after whom</summary>"
        f"{said}<ul>{sources}</ul></details>"
    )


def _facts(numbers: FractureNumbers, study: Study) -> dict[str, str]:
    crs = study.frame.crs
    name = "none" if crs is None else crs.to_string()
    return {
        "Lines": f"{numbers.lines:,}",
        "Coordinate system": name if len(name) < 100 else f"{name[:100]}...",
        "Measured in": numbers.plane,
        "Snapping distance": f"{number(numbers.snap)} {numbers.unit}",
    }

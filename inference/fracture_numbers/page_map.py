# SPDX-License-Identifier: GPL-2.0-or-later
"""The maps of the report: traces by set, and how dense they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .density import Region
from .intensity_grid import Grid
from .metric_frame import MetricFrame
from .set_colors import color_of
from .study import Study
from .svg import drawing, nice, number, path_of, text

_WIDTH, _TALLEST, _MARGIN, _FOOT = 560, 640, 10, 44
_TOPS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
_COLORS = (
    "#440154", "#482878", "#3e4a89", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58",
    "#b5de2b", "#fde725",
)  # fmt: skip
"""From few to many (viridis: as bright as dense, for any colour vision)."""

Points = NDArray[np.float64]


@dataclass(frozen=True)
class _Sheet:
    """The plane on a sheet of `width` x `height` pixels, `scale` pixels a unit, north up."""

    left: float
    top: float
    scale: float
    width: float
    height: float

    @classmethod
    def around(cls, points: Points) -> _Sheet:
        low, high = points.min(axis=0), points.max(axis=0)
        across, down = np.maximum(high - low, 1e-12 + 0.02 * float((high - low).max()))
        scale = min((_WIDTH - 2 * _MARGIN) / across, (_TALLEST - 2 * _MARGIN) / down)
        left = low[0] - (_WIDTH / scale - across) / 2
        return cls(left, high[1] + _MARGIN / scale, scale, _WIDTH, down * scale + 2 * _MARGIN)

    def of(self, points: Points) -> Points:
        """(n, 2) pixels of the sheet."""
        return np.stack([points[:, 0] - self.left, self.top - points[:, 1]], axis=1) * self.scale


def trace_map(study: Study) -> str:
    """All traces by the colour of their set, over the sampling areas."""
    sheet = _sheet(study)
    drawn = [_ground(study, sheet), _beyond(study, sheet)]
    thin = max(0.7, min(1.6, 40.0 / np.sqrt(max(study.segments.lines, 1))))
    for number_of in np.unique(study.sets)[::-1]:
        lines = "".join(_seen(study, sheet, int(number_of)))
        drawn.append(
            f'<path d="{lines}" fill="none" '
            f'stroke="{color_of(int(number_of))}" stroke-width="{thin:.2f}" '
            'stroke-linejoin="round" stroke-linecap="round"/>'
        )
    return _framed(sheet, study, "Map of the traces", "".join(drawn))


def density_map(study: Study, grid: Grid) -> str:
    """P21 from place to place, with the traces above it and the scale of its colours below."""
    sheet = _sheet(study)
    values = grid.values[0]
    top = nice(max(float(np.nanmax(values)), 1e-12), parts=_TOPS)
    classes = np.clip(np.nan_to_num(values / top, nan=0.0) * len(_COLORS), 0, len(_COLORS) - 1)
    classes = np.where(np.isfinite(values), classes.astype(int), -1)
    cells = "".join(
        f'<path d="{_runs(classes == each)}" fill="{color}"/>'
        for each, color in enumerate(_COLORS)
        if (classes == each).any()
    )
    turn = " ".join(f"{each:.6g}" for each in _matrix(study.frame, grid, sheet))
    lines = "".join(_line(study, sheet, each) for each in range(study.segments.lines))
    body = (
        f'<g transform="matrix({turn})" shape-rendering="crispEdges">{cells}</g>'
        f'<path d="{lines}" fill="none" stroke="#ffffff" stroke-width="0.6" opacity="0.55"/>'
        f"{_outlines(study, sheet)}"
    )
    colors = _scale_of_colors(sheet, top, study.numbers.unit)
    return _framed(sheet, study, "Map of the fracture intensity P21", body, below=colors)


def _sheet(study: Study) -> _Sheet:
    """The areas decide what is shown: lines may go far beyond them."""
    if study.regions:
        return _Sheet.around(np.concatenate([each.outline.start for each in study.regions]))
    return _Sheet.around(study.segments.ends.reshape(-1, 2))


def _line(study: Study, sheet: _Sheet, line: int) -> str:
    segments = study.segments
    own = slice(segments.first[line], segments.first[line + 1])
    points = np.concatenate([segments.start[own], segments.end[own][-1:]])
    return path_of(sheet.of(points))


def _seen(study: Study, sheet: _Sheet, set_number: int) -> Iterator[str]:
    """The parts inside the areas, of the lines of one set."""
    for pieces in study.pieces:
        for run in pieces.of_lines(study.sets == set_number).runs():
            yield path_of(sheet.of(run))


def _beyond(study: Study, sheet: _Sheet) -> str:
    """All lines, pale: what is inside is drawn above them."""
    if not any(region.cuts for region in study.regions):
        return ""
    lines = "".join(_line(study, sheet, each) for each in range(study.segments.lines))
    return f'<path d="{lines}" fill="none" stroke="currentColor" opacity="0.2"/>'


def _rings(study: Study, sheet: _Sheet) -> str:
    parts = []
    for region in study.regions:
        outline = region.outline
        for index in range(outline.lines):
            ring = outline.start[outline.first[index] : outline.first[index + 1]]
            parts.append(path_of(sheet.of(ring), closed=True))
    return "".join(parts)


def _ground(study: Study, sheet: _Sheet) -> str:
    return (
        f'<path d="{_rings(study, sheet)}" fill="currentColor" fill-rule="evenodd" '
        f'opacity="0.05"/>{_outlines(study, sheet)}'
    )


def _outlines(study: Study, sheet: _Sheet) -> str:
    dashes = "" if any(region.cuts for region in study.regions) else 'stroke-dasharray="5 4"'
    names = ""
    if 1 < len(study.regions) <= 12:
        names = "".join(_name(each, sheet) for each in study.regions)
    return (
        f'<path d="{_rings(study, sheet)}" fill="none" stroke="currentColor" stroke-width="1" '
        f'opacity="0.5" {dashes}/>{names}'
    )


def _name(region: Region, sheet: _Sheet) -> str:
    points = region.outline.start
    x, y = sheet.of(np.array([[points[:, 0].min(), points[:, 1].max()]]))[0]
    return text(x + 6, y + 17, region.name, anchor="start", more='font-weight="600" class="halo"')


def _framed(sheet: _Sheet, study: Study, label: str, body: str, *, below: str = "") -> str:
    """With a scale bar and a north arrow; what is beyond the sheet is cut away."""
    name = "s" + label.replace(" ", "")
    clip = (
        f'<defs><clipPath id="{name}"><rect width="{sheet.width:.1f}" '
        f'height="{sheet.height:.1f}"/></clipPath></defs>'
    )
    north = _north(sheet) if study.frame.plane is not None else ""
    drawn = f'{clip}<g clip-path="url(#{name})">{body}</g>{_scale_bar(sheet, study)}{north}{below}'
    return drawing(sheet.width, sheet.height + _FOOT, label, drawn)


def _scale_bar(sheet: _Sheet, study: Study) -> str:
    long = nice(sheet.width / sheet.scale / 8)
    width, y = long * sheet.scale, sheet.height + 16
    unit = study.numbers.unit
    words = (
        f"{number(long / 1000)} km" if unit == "m" and long >= 1000 else f"{number(long)} {unit}"
    )
    return (
        f'<path d="M{_MARGIN} {y - 4:.1f}v8M{_MARGIN} {y:.1f}h{width:.1f}m0 -4v8" fill="none" '
        f'stroke="currentColor" stroke-width="1.5"/>'
        + text(_MARGIN + width + 8, y + 4, words, anchor="start")
    )


def _north(sheet: _Sheet) -> str:
    x, y = sheet.width - _MARGIN - 10, sheet.height + 6
    return f'<path d="M{x} {y:.1f}l6 22l-6 -5l-6 5z" fill="currentColor"/>' + text(
        x - 12, y + 17, "N", anchor="end", more='font-weight="600"'
    )


def _runs(cells: NDArray[np.bool_]) -> str:
    """Cells of one colour as boxes along the rows; a little larger, so that no seam shows."""
    edge = np.diff(np.pad(cells, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, begins = np.nonzero(edge == 1)
    _, ends = np.nonzero(edge == -1)
    return "".join(
        f"M{col} {row}h{end - col}v1h{col - end}z" for row, col, end in zip(rows, begins, ends)
    )


def _matrix(frame: MetricFrame, grid: Grid, sheet: _Sheet) -> tuple[float, ...]:
    """From columns and rows of the grid to pixels of the sheet, as SVG wants it."""
    height, width = grid.frame.height, grid.frame.width
    corners = np.stack(grid.frame.to_map([0, width, 0], [0, 0, height]), axis=1)
    corner, right, low = sheet.of(frame.to_plane(corners))
    return (*((right - corner) / width), *((low - corner) / height), *corner)


def _scale_of_colors(sheet: _Sheet, top: float, unit: str) -> str:
    width, x, y = 16.0, sheet.width / 2 - 30, sheet.height + 12
    boxes = "".join(
        f'<rect x="{x + each * width:.1f}" y="{y - 6:.1f}" width="{width + 0.3}" height="10" '
        f'fill="{color}"/>'
        for each, color in enumerate(_COLORS)
    )
    end = x + width * len(_COLORS)
    return (
        boxes
        + text(x, y + 18, "0")
        + text(end, y + 18, number(top))
        + text((x + end) / 2, y + 18, f"P21, {unit}\u207b\u00b9")
    )

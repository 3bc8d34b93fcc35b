# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of a run with numbers for an answer, as a page."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from ..cards.card import ModelCard
from ..raster.source import RasterSource
from ..runs.report_page import seconds, whole_page
from .job import Figures, SurfaceResult


def surface_page(
    result: SurfaceResult, *, source: RasterSource, card: ModelCard, facts: Mapping[str, str]
) -> str:
    """The whole page: the numbers of every band as a table, warnings, and the `facts`."""
    first = result.figures[0]
    headline = (
        (f"{first.mean:.4g}", "the mean"),
        (f"{first.least:.4g} to {first.largest:.4g}", "from the least to the largest"),
        (seconds(result.timings["total"]), result.engine),
    )
    body = f"<h2>Numbers by band</h2>{_table(result.figures)}"
    return whole_page(result, headline, body, source=source, card=card, facts=facts)


def _table(bands: tuple[Figures, ...]) -> str:
    rows = "".join(_row(each) for each in bands)
    return (
        '<div class="scroll"><table class="areas"><thead><tr><th>band</th><th>least</th>'
        "<th>largest</th><th>mean</th><th>spread</th><th>pixels</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(band: Figures) -> str:
    told = (band.least, band.largest, band.mean, band.spread)
    cells = "".join(f"<td>{value:.4g}</td>" for value in told)
    return f'<tr><th scope="row">{escape(band.band)}</th>{cells}<td>{band.pixels:,}</td></tr>'

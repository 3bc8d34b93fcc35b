# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of a run of teaching: how well it tells what it had not learnt from."""

from __future__ import annotations

from html import escape

from ..raster.source import RasterSource
from ..runs.partial_file import PartialFile, writing
from ..runs.report_page import percent, whole_page
from .accuracy import Accuracy
from .job import TeachResult
from .teach import Taught

_PAGES = (".html", ".htm")


def write_report(
    file: PartialFile, result: TeachResult, taught: Taught, *, source: RasterSource
) -> None:
    """A page where the file is called so, else JSON."""
    is_page = file.path.suffix.lower() in _PAGES
    told = _page(result, taught, source) if is_page else result.to_json()
    with writing(file.path):
        file.partial.write_text(told, encoding="utf-8")


def _page(result: TeachResult, taught: Taught, source: RasterSource) -> str:
    accuracy = taught.accuracy
    strokes = taught.samples.strokes
    right = "unknown" if accuracy is None else percent(accuracy.share)
    headline = (
        (right, "right where whole strokes were left out"),
        (f"{strokes:,}", "strokes"),
        (f"{sum(taught.cells.values()):,}", "cells learnt from"),
    )
    facts = {"Ridge": f"{taught.head.ridge:g}", "File": str(result.output)}
    body = _cells(taught) if accuracy is None else _told(accuracy, taught)
    return whole_page(result, headline, body, source=source, card=result.card, facts=facts)


def _cells(taught: Taught) -> str:
    """Where too few strokes are there to leave any out."""
    rows = "".join(
        _row(info.name, info.color, [f"{taught.cells[info.id]:,}"]) for info in taught.classes
    )
    words = "With two strokes or more of each class it could be told how well they are told apart."
    return f"<p>{words}</p>{_table(('class', 'cells'), rows)}"


def _told(accuracy: Accuracy, taught: Taught) -> str:
    """The classes one by one, then what was taken for what."""
    rows = "".join(
        _row(info.name, info.color, _figures(accuracy, taught, info.id)) for info in taught.classes
    )
    head = ("class", "strokes", "cells", "found", "right when told", "IoU")
    names = [info.name for info in taught.classes]
    mixed = "".join(
        _row(info.name, info.color, [f"{value:.1f}" for value in row])
        for info, row in zip(taught.classes, accuracy.confusion)
    )
    return (
        "<h2>Told by heads that had not learnt from it</h2>"
        "<p>Every stroke was left out once, and told by what the others teach. Classes weigh the "
        "same, whatever their area.</p>"
        f"{_table(head, rows)}<h2>What was drawn, and what was told, in strokes</h2>"
        f"{_table(('drawn', *names), mixed)}"
    )


def _figures(accuracy: Accuracy, taught: Taught, class_id: int) -> list[str]:
    found = accuracy.of_class(class_id)
    shares = (found.recall, found.precision, found.iou)
    told = ["" if share is None else percent(share) for share in shares]
    return [f"{found.strokes:,}", f"{taught.cells[class_id]:,}", *told]


def _row(name: str, color: str, cells: list[str]) -> str:
    swatch = f'<span class="swatch" style="background:{escape(color)}"></span>'
    inner = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row">{swatch}{escape(name)}</th>{inner}</tr>'


def _table(head: tuple[str, ...], rows: str) -> str:
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    return (
        f'<div class="scroll"><table class="areas"><thead><tr>{titles}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )

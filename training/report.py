# SPDX-License-Identifier: GPL-2.0-or-later
"""An evaluation as one HTML page that needs nothing else: pictures and style are inside it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from ..inference.runs.report_page import STYLE
from .evaluation import Evaluation, Line, Pages, PictureRow, Swatch
from .metrics import Reliability
from .report_charts import precision_by_recall, reliability_diagram
from .report_pictures import data_uri

_STRONGEST = 0.6
"""Opacity of a full cell of the matrix: text stays readable on it, by day and by night."""
_FEW_PARTS = 12
_SMALL = 160
"""Pixels: narrower pictures are shown in their own size."""


def page(evaluation: Evaluation) -> str:
    """The whole page."""
    pages, title = evaluation.pages, evaluation.title
    sections = [] if pages is None else _sections(pages)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>"
        f'<body><main><h1>{escape(title)}</h1><p class="pale">{escape(evaluation.words)}</p>'
        f"{_headline(evaluation)}{''.join(sections)}{_all_figures(evaluation)}"
        "</main></body></html>\n"
    )


def _headline(evaluation: Evaluation) -> str:
    cards = (
        f"<div><b>{float(evaluation.figures[name]):.3f}</b>"
        f'<span class="pale">{escape(words)}</span></div>'
        for name, words in evaluation.headline
    )
    return f'<div class="headline">{"".join(cards)}</div>'


def _sections(pages: Pages) -> list[str]:
    sections = []
    if pages.per_class:
        sections.append(f"<h2>Class by class</h2>{_class_table(pages)}")
    if pages.matrix.size:
        sections.append(f"<h2>What is taken for what</h2>{_matrix_table(pages)}")
    if pages.reliability is not None:
        sections.append(_reliability_section(pages.reliability))
    if pages.curves:
        sections.append(_curves_section(pages.curves))
    if len(pages.parts) > 1:
        sections.append(f"<h2>Picture by picture</h2>{_parts(pages)}")
    if pages.examples:
        rows = "".join(map(_row, pages.examples))
        sections.append(f"<h2>Examples</h2>{_legend(pages.legend)}{rows}")
    if pages.shown:
        rows = "".join(map(_row, pages.shown))
        sections.append(
            "<h2>Elsewhere</h2><p>Rasters without labels: look for yourself.</p>" + rows
        )
    return sections


def _class_table(pages: Pages) -> str:
    kinds = list(pages.per_class)
    head = "".join(f"<th>{escape(_title(kind))}</th>" for kind in kinds)
    rows = []
    for index, name in enumerate(pages.truths):
        cells = "".join(
            _value_cell(pages.per_class[kind][index], bar=kind == "iou") for kind in kinds
        )
        pixels = f"<td>{pages.total(index):,}</td>"
        rows.append(f"<tr>{_name_cell(name, pages.truth_colors[index])}{cells}{pixels}</tr>")
    return _table(f"<th></th>{head}<th>true {pages.counted}</th>", rows)


def _title(kind: str) -> str:
    return {"iou": "IoU", "f1": "F1"}.get(kind, kind)


def _value_cell(value: float, *, bar: bool) -> str:
    if not np.isfinite(value):
        return '<td class="pale">does not occur</td>'
    drawn = f'<span class="bar"><i style="width:{100 * value:.1f}%"></i></span>' if bar else ""
    return f"<td>{drawn}{value:.3f}</td>"


def _name_cell(name: str, color: str) -> str:
    return f'<th scope="row">{_square(color)}{escape(name)}</th>'


def _square(color: str) -> str:
    return f'<span class="swatch" style="background:{escape(color)}"></span>'


def _matrix_table(pages: Pages) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in pages.answers)
    rows = []
    for index, truth in enumerate(pages.truths):
        total = max(1, int(pages.matrix[index].sum()))
        cells = "".join(
            _heat_cell(int(count), total, right=truth == answer, of=pages.counted)
            for count, answer in zip(pages.matrix[index], pages.answers)
        )
        rows.append(f"<tr>{_name_cell(truth, pages.truth_colors[index])}{cells}</tr>")
    words = "Rows are the truth, columns the answer; percent of the row. Counts on hovering."
    return f'<p class="pale">{words}</p>' + _table(f"<th></th>{head}", rows, kind="heat")


def _heat_cell(count: int, total: int, *, right: bool, of: str) -> str:
    share = count / total
    style = f"background:rgba(59,130,196,{_STRONGEST * share:.3f})"
    kind = ' class="right"' if right else ""
    return f'<td{kind} style="{style}" title="{count:,} {of}">{100 * share:.1f}</td>'


def _reliability_section(reliability: Reliability) -> str:
    error = reliability.calibration_error()
    return (
        "<h2>How far its confidence can be trusted</h2><p>Where the network says 0.8, it should be "
        "right eight times in ten: the dashed line. Orange bins are surer than they should be. "
        f"Expected calibration error {error:.3f}, from confidences in whole percent.</p>"
        + reliability_diagram(reliability)
    )


def _curves_section(lines: Sequence[Line]) -> str:
    legend = _legend([Swatch(line.color, line.name, line.words) for line in lines])
    return (
        "<h2>Precision and recall</h2><p>Every threshold is a point: up and to the right is "
        f"better.</p>{precision_by_recall(lines)}{legend}"
    )


def _parts(pages: Pages) -> str:
    parts = sorted(pages.parts, key=lambda part: part.figure, reverse=True)
    rows = [
        f'<tr><th scope="row">{escape(part.name)}</th>{_value_cell(part.figure, bar=True)}'
        f"<td>{part.pixels:,}</td></tr>"
        for part in parts
    ]
    head = f"<th></th><th>{escape(pages.part_figure)}</th><th>labelled pixels</th>"
    table = _table(head, rows)
    if len(rows) <= _FEW_PARTS:
        return table
    return f'<details class="near"><summary>{len(rows)} pictures</summary>{table}</details>'


def _table(head: str, rows: Sequence[str], *, kind: str = "") -> str:
    return (
        f'<div class="scroll"><table class="{kind}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(row: PictureRow) -> str:
    figures = "".join(
        f'<figure><img alt="{escape(f"{row.title}: {panel.caption}")}" src="{data_uri(panel)}">'
        f"<figcaption>{escape(panel.caption)}</figcaption></figure>"
        for panel in row.panels
    )
    small = all(panel.pixels.shape[1] <= _SMALL for panel in row.panels)
    kind = "row small" if small else "row two" if len(row.panels) == 2 else "row"
    return (
        f'<section><h3>{escape(row.title)}</h3><p class="pale">{escape(row.words)}</p>'
        f'<div class="{kind}">{figures}</div>{_legend(row.legend)}</section>'
    )


def _legend(entries: Sequence[Swatch]) -> str:
    if not entries:
        return ""
    lines = "".join(
        f"<li>{_square(entry.color)}{escape(entry.name)} <span>{escape(entry.words)}</span></li>"
        for entry in entries
    )
    return f'<ul class="legend">{lines}</ul>'


def _all_figures(evaluation: Evaluation) -> str:
    lines = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td><code>{escape(str(value))}</code></td></tr>'
        for name, value in evaluation.figures.items()
    )
    return (
        "<details><summary>Every figure, as in the JSON file</summary>"
        f"<table><tbody>{lines}</tbody></table></details>"
    )

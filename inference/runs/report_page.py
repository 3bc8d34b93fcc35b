# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of a run as one HTML page that needs nothing else: no script, no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path, PurePath
from typing import Protocol

from ..cards.card import ModelCard
from ..raster.source import RasterSource
from .areas import ClassArea

STYLE = Path(__file__).with_name("page.css")
"""The look of every page, by day and by night."""


class Ran(Protocol):
    """What every result has, and the page tells."""

    timings: Mapping[str, float]
    engine: str
    warnings: tuple[str, ...]


class Told(Ran, Protocol):
    """What results of classes have."""

    areas: tuple[ClassArea, ...]


def report_page(
    result: Told,
    *,
    source: RasterSource,
    card: ModelCard,
    facts: Mapping[str, str],
    counted: str = "pixels",
    by_count: bool = False,
) -> str:
    """The whole page: areas as bars and a table, warnings, and the `facts` of the run.

    `counted` is what the areas count; with `by_count` how many there are matters, not their size.
    """
    title = f"{counted.capitalize()} by class" if by_count else "Area by class"
    body = f"<h2>{title}</h2>{_whole(result.areas)}{_table(result.areas, counted)}"
    headline = _headline(result, counted, by_count=by_count)
    return whole_page(result, headline, body, source=source, card=card, facts=facts)


def whole_page(
    result: Ran,
    headline: Iterable[tuple[str, str]],
    body: str,
    *,
    source: RasterSource,
    card: ModelCard,
    facts: Mapping[str, str],
) -> str:
    """The page of any run: what counts most as (large, small) texts, `body` (HTML), the `facts`."""
    title = PurePath(source.name).name or source.name
    parts = (
        figures(headline),
        warnings_box(result.warnings),
        body,
        "<h2>The run</h2>",
        facts_table(_all_facts(result, source, card, facts)),
        _limits(card),
        timings_table(result.timings),
    )
    return html_page(title, card.name, parts, description=f"{card.name}. {card.description}")


def html_page(title: str, subject: str, parts: Iterable[str], *, description: str) -> str:
    """Any page in the house's look: `parts` are HTML; the rest is text, told at the top."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}: {escape(subject)}</title>"
        f"<style>{STYLE.read_text(encoding='utf-8')}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>"
        f'<p class="pale">{escape(description)}</p>{"".join(parts)}</main></body></html>\n'
    )


def _headline(result: Told, counted: str, *, by_count: bool) -> tuple[tuple[str, str], ...]:
    largest = max(result.areas, key=lambda area: area.share)
    known = [area.area_m2 for area in result.areas if area.area_m2 is not None]
    count = sum(area.pixels for area in result.areas)
    size = ground(sum(known)) if known and not by_count else f"{count:,} {counted}"
    return (
        (size, "found" if by_count else "with an answer"),
        (f"{percent(largest.share)} {largest.name}", "the largest class"),
        (seconds(result.timings["total"]), result.engine),
    )


def figures(headline: Iterable[tuple[str, str]]) -> str:
    """What counts most, as (large, small) texts."""
    cards = (
        f'<div><b>{escape(big)}</b><span class="pale">{escape(small)}</span></div>'
        for big, small in headline
    )
    return f'<div class="headline">{"".join(cards)}</div>'


def warnings_box(sentences: tuple[str, ...]) -> str:
    """What the reader must know; nothing where there is nothing."""
    if not sentences:
        return ""
    lines = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    return f'<div class="warning" role="note">{lines}</div>'


def _whole(areas: tuple[ClassArea, ...]) -> str:
    """All classes as one strip."""
    parts = "".join(
        f'<i style="width:{100 * area.share:.3f}%;background:{escape(area.color)}" '
        f'title="{escape(area.name)} {percent(area.share)}"></i>'
        for area in _by_size(areas)
        if area.share > 0
    )
    return f'<div class="whole" role="img" aria-label="Shares of the classes">{parts}</div>'


def _table(areas: tuple[ClassArea, ...], counted: str) -> str:
    widest = max((area.share for area in areas), default=0.0) or 1.0
    placed = any(area.area_m2 is not None for area in areas)
    rows = "".join(_row(area, widest, placed=placed) for area in _by_size(areas))
    head = "<th>area</th>" if placed else ""
    return (
        '<div class="scroll"><table class="areas"><thead><tr><th>class</th>'
        f'<th class="wide"></th><th>share</th>{head}<th>{escape(counted)}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(area: ClassArea, widest: float, *, placed: bool) -> str:
    color = escape(area.color)
    bar = (
        f'<span class="bar"><i style="width:{100 * area.share / widest:.1f}%;'
        f'background:{color}"></i></span>'
    )
    ground_cell = f"<td>{ground(area.area_m2 or 0.0)}</td>" if placed else ""
    kind = "" if area.pixels else ' class="none"'
    return (
        f'<tr{kind}><th scope="row"><span class="swatch" style="background:{color}"></span>'
        f'{escape(area.name)}</th><td class="wide">{bar}</td><td>{percent(area.share)}</td>'
        f"{ground_cell}<td>{area.pixels:,}</td></tr>"
    )


def _by_size(areas: tuple[ClassArea, ...]) -> list[ClassArea]:
    return sorted(areas, key=lambda area: -area.share)


def _all_facts(
    result: Ran, source: RasterSource, card: ModelCard, facts: Mapping[str, str]
) -> dict[str, str]:
    frame = source.frame
    size = frame.pixel_size_m()
    ground_size = "" if size is None else f" of {size[0]:.3g} x {size[1]:.3g} m"
    crs = "none" if frame.crs is None else frame.crs.to_string()
    bands = ", ".join(f"{name} {band}" for name, band in zip(card.bands, source.bands))
    return {
        "Raster": source.name,
        "Size": f"{frame.width:,} x {frame.height:,} pixels{ground_size}",
        "Coordinate system": crs if len(crs) < 100 else f"{crs[:100]}...",
        "Bands": bands,
        "Network": f"{card.name} ({card.id}, SHA-256 {card.sha256[:12]})",
        **facts,
        "Engine": f"{result.engine}; {seconds(result.timings['total'])}",
    }


def facts_table(facts: Mapping[str, str]) -> str:
    """Names and what is to be said of each."""
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in facts.items()
    )
    return f'<table class="facts"><tbody>{rows}</tbody></table>'


def _limits(card: ModelCard) -> str:
    if not card.limits:
        return ""
    return f"<h2>What the network can be trusted with</h2><p>{escape(card.limits)}</p>"


def timings_table(timings: Mapping[str, float]) -> str:
    """Seconds by stage, folded away."""
    rows = "".join(
        f'<tr><th scope="row">{escape(stage)}</th><td>{spent:.2f} s</td></tr>'
        for stage, spent in timings.items()
    )
    return (
        "<details><summary>Seconds by stage, added up over all threads</summary>"
        f"<table><tbody>{rows}</tbody></table></details>"
    )


def percent(share: float) -> str:
    """A share of 1 in percent, small ones told from none."""
    if 0 < share < 0.0005:
        return "< 0.1 %"
    return f"{100 * share:.1f} %"


def ground(square_metres: float) -> str:
    """An area in the unit that is easiest to read."""
    for unit, size in (("km\u00b2", 1e6), ("ha", 1e4)):
        value = square_metres / size
        if value >= 1:
            return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"
    return f"{square_metres:,.0f} m\u00b2"


def seconds(spent: float) -> str:
    """A duration in words."""
    if spent < 60:
        return f"{spent:.1f} s"
    minutes, rest = divmod(round(spent), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"

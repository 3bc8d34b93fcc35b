# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of the report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from .numbers import ENOUGH, AreaNumbers, FractureNumbers, Lengths
from .set_colors import color_of
from .svg import number
from .topology import Topology

_NONE = "\u2013"
_LIKELY = 0.1


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are HTML already; without a `head` the first column names the rows."""
    top = "".join(f"<th>{each}</th>" for each in head)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{each}</td>" for each in row[1:])}</tr>'
        for row in rows
    )
    thead = f"<thead><tr>{top}</tr></thead>" if head else ""
    return f'<div class="scroll"><table>{thead}<tbody>{body}</tbody></table></div>'


def _told(value: float | None, unit: str = "") -> str:
    return _NONE if value is None else escape(f"{number(value)} {unit}".strip())


def key_table(numbers: FractureNumbers) -> str:
    """What a paper asks for, with units and in words."""
    whole, unit, top = numbers.whole, numbers.unit, numbers.whole.topology
    rows = (
        ("Sampling area", _told(whole.area, f"{unit}\u00b2"), _where(whole, len(numbers.areas))),
        ("Traces", f"{whole.traces:,}", "with a part inside the area"),
        ("Length", _told(whole.length, unit), "of all traces inside the area"),
        ("P20", _told(whole.p20, f"{unit}\u207b\u00b2"), "traces by area, each end counts a half"),
        ("P21", _told(whole.p21, f"{unit}\u207b\u00b9"), "length by area"),
        ("P22", _told(whole.p22), "P21 by mean line length, dimensionless"),
        ("B20", _told(whole.b20, f"{unit}\u207b\u00b2"), "branches by area"),
        ("B22", _told(whole.b22), "P21 by mean branch length, dimensionless"),
        ("Mean length", _told(whole.mean_length, unit), "P21 / P20, edges do not bias it"),
        ("C_L", _told(top.per_line), "connections a line"),
        ("C_B", _told(top.per_branch), "connections a branch, 0 isolated to 2 connected"),
        ("Blocks", f"{whole.blocks.count:,}", f"mean {_told(whole.blocks.mean, unit + chr(178))}"),
    )
    halves = "".join(
        f'<figure class="told">{_table((), each)}</figure>' for each in (rows[:6], rows[6:])
    )
    return f'<div class="row two">{halves}</div>'


def _where(whole: AreaNumbers, areas: int) -> str:
    if areas:
        return f"{areas} areas together"
    return escape(whole.name) if whole.name else "none"


def set_table(numbers: FractureNumbers) -> str:
    """Sets by share of length."""
    total, unit = sum(each.length for each in numbers.sets) or 1.0, numbers.unit
    rows = [
        (
            f'<span class="swatch" style="background:{color_of(each.set)}"></span>'
            + escape(each.name),
            f"{each.count:,}",
            _told(each.length, unit),
            f"{100 * each.length / total:.1f} %",
            f"{each.mean:.0f}\u00b0" if each.set else _NONE,
            f"{each.spread:.0f}\u00b0" if each.set else _NONE,
            _told(each.p21, f"{unit}\u207b\u00b9"),
        )
        for each in numbers.sets
    ]
    head = ("set", "traces", "length", "share of length", "mean direction", "spread", "P21")
    return _table(head, rows)


def length_table(numbers: FractureNumbers) -> str:
    """All figures of the lengths in one row."""
    found: Lengths | None = numbers.whole.lengths
    if found is None:
        return ""
    told = (found.least, found.lower, found.median, found.mean, found.upper, found.largest,
            found.spread)  # fmt: skip
    head = ("traces", "cut by the edge", "least", "a quarter", "median", "mean",
            "three quarters", "largest", "spread")  # fmt: skip
    row = (f"{found.count:,}", f"{found.censored:,}", *(_told(each) for each in told))
    return _table([*head[:2], *(f"{each}, {numbers.unit}" for each in head[2:])], [row])


def law_words(numbers: FractureNumbers) -> str:
    """The fit in sentences."""
    law = numbers.power_law
    if law is None:
        return "There are too few different lengths for a power law: at least ten are needed."
    total = numbers.whole.lengths.count if numbers.whole.lengths else law.count
    words = (
        f"From {number(law.least)} {numbers.unit} on ({law.count:,} of {total:,} traces) lengths "
        f"follow a power law with the exponent {law.exponent:.2f} \u00b1 {law.error:.2f} (its "
        f"cumulative form: {law.exponent - 1:.2f}); distance {law.distance:.3f}. "
    )
    if law.p is not None:
        sure = "plausible" if law.p >= _LIKELY else "implausible"
        words += f"With p {law.p:.2f} of {law.rounds} made samples the law is {sure}. "
    if law.count < ENOUGH:
        words += f"With fewer than {ENOUGH} lengths this says little. "
    return words + " ".join(_rival(each.name, each.ratio, each.p) for each in law.rivals)


def _rival(name: str, ratio: float, p: float) -> str:
    article = "An" if name[0] in "aeiou" else "A"
    if p >= _LIKELY:
        return f"{article} {name} distribution explains them about as well (p {p:.2f})."
    better = "worse" if ratio > 0 else "better"
    told = "< 0.001" if p < 0.001 else f"{p:.3f}"
    return f"{article} {name} distribution explains them {better} (p {told})."


def node_table(top: Topology) -> str:
    """Counts of nodes and branches, and what follows."""
    shares = top.shares or (0.0, 0.0, 0.0)
    ii, ic, cc = top.branch_kinds
    rows = (
        ("I, free ends", f"{top.i:,}", f"{100 * shares[0]:.1f} %"),
        ("Y, abutments", f"{top.y:,}", f"{100 * shares[1]:.1f} %"),
        ("X, crossings", f"{top.x:,}", f"{100 * shares[2]:.1f} %"),
        ("E, cut by the edge", f"{top.e:,}", "not counted"),
        ("Lines N_L", number(top.lines), f"C_L {_told(top.per_line)}"),
        ("Branches N_B", number(top.branches), f"C_B {_told(top.per_branch)}"),
        ("Branches I\u2013I", f"{ii:,}", "both ends free"),
        ("Branches I\u2013C", f"{ic:,}", "one end connected"),
        ("Branches C\u2013C", f"{cc:,}", "both ends connected"),
    )
    return f'<div class="told">{_table((), rows)}</div>'


def block_table(numbers: FractureNumbers) -> str:
    """Sizes of blocks."""
    blocks, unit = numbers.whole.blocks, f"{numbers.unit}\u00b2"
    rows = (
        ("Blocks", f"{blocks.count:,}"),
        ("Together", _told(blocks.total, unit)),
        ("Mean", _told(blocks.mean, unit)),
        ("Least", _told(blocks.least, unit)),
        ("A quarter is below", _told(blocks.lower, unit)),
        ("Median", _told(blocks.median, unit)),
        ("A quarter is above", _told(blocks.upper, unit)),
        ("Largest", _told(blocks.largest, unit)),
        ("Cut by the edge", f"{blocks.edge_count:,}"),
        ("Those together", _told(blocks.edge_total, unit)),
    )
    return _table((), rows)


def area_table(areas: Sequence[AreaNumbers], unit: str) -> str:
    """A row an area, the last one all of them."""
    head = ("area", f"{unit}\u00b2", "traces", f"length, {unit}", f"P20, {unit}\u207b\u00b2",
            f"P21, {unit}\u207b\u00b9", f"mean length, {unit}", "I", "Y", "X", "C_B",
            "blocks")  # fmt: skip
    rows = (
        (
            escape(each.name), _told(each.area), f"{each.traces:,}", _told(each.length),
            _told(each.p20), _told(each.p21), _told(each.mean_length), f"{each.topology.i:,}",
            f"{each.topology.y:,}", f"{each.topology.x:,}", _told(each.topology.per_branch),
            f"{each.blocks.count:,}",
        )
        for each in areas
    )  # fmt: skip
    return _table(head, rows)

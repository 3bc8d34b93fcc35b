# SPDX-License-Identifier: GPL-2.0-or-later
"""The numbers as a few lines of text, for terminals and logs."""

from __future__ import annotations

from .numbers import AreaNumbers, FractureNumbers


def in_words(numbers: FractureNumbers) -> list[str]:
    """A line an area, those of the sets, and one each for lengths, nodes and blocks."""
    unit, whole = numbers.unit, numbers.whole
    told = [_density(each, unit) for each in (*numbers.areas, whole)]
    for each in numbers.sets:
        where = f"{each.mean:8.1f} degrees{each.count:9,} traces"
        told.append(f"{each.name:<12}{where}{each.length:14,.6g} {unit}")
    law, top = numbers.power_law, whole.topology
    if law is not None:
        told.append(
            f"lengths from {law.least:.4g} {unit} on: exponent {law.exponent:.3f} +- "
            f"{law.error:.3f}" + ("" if law.p is None else f", p {law.p:.2f}")
        )
    joined = "" if top.per_branch is None else f", {top.per_branch:.3f} connections a branch"
    told.append(f"nodes: {top.i:,} I, {top.y:,} Y, {top.x:,} X, {top.e:,} at the edge{joined}")
    told.append(f"blocks: {whole.blocks.count:,}, and {whole.blocks.edge_count:,} at the edge")
    return told


def _density(area: AreaNumbers, unit: str) -> str:
    name = area.name or "no area"
    told = f"{name}: {area.traces:,} traces, {area.length:,.6g} {unit}"
    if area.area is None:
        return told
    return (
        f"{told}, {area.area:,.6g} {unit}2, P20 {area.p20:.4g} {unit}-2, P21 {area.p21:.4g} "
        f"{unit}-1"
    )

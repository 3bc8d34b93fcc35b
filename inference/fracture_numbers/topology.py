# SPDX-License-Identifier: GPL-2.0-or-later
"""Kinds of nodes, and what follows from how many of each there are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Topology:
    """Nodes and branches of a network inside an area (Sanderson & Nixon 2015).

    `i`, `y`, `x` are how many nodes of each kind; `e` how often the area's edge cuts a branch,
    which is nobody's end and counts for nothing else. `branch_kinds` are branches wholly inside
    whose ends are free and free, free and connected, connected and connected.
    """

    i: int
    y: int
    x: int
    e: int
    branch_kinds: tuple[int, int, int]

    @property
    def lines(self) -> float:
        """N_L = (N_I + N_Y) / 2."""
        return (self.i + self.y) / 2

    @property
    def branches(self) -> float:
        """N_B = (N_I + 3 N_Y + 4 N_X) / 2."""
        return (self.i + 3 * self.y + 4 * self.x) / 2

    @property
    def per_line(self) -> float | None:
        """C_L = 2 (N_Y + N_X) / N_L, connections a line; None without a line."""
        return 2 * (self.y + self.x) / self.lines if self.lines else None

    @property
    def per_branch(self) -> float | None:
        """C_B = (3 N_Y + 4 N_X) / N_B, connections a branch, 0..2; None without a branch."""
        return (3 * self.y + 4 * self.x) / self.branches if self.branches else None

    @property
    def shares(self) -> tuple[float, float, float] | None:
        """I, Y and X as shares of 1; None without a node."""
        total = self.i + self.y + self.x
        return (self.i / total, self.y / total, self.x / total) if total else None

    def as_dict(self) -> dict[str, Any]:
        """With what follows from the counts."""
        return {
            **asdict(self),
            "lines": self.lines,
            "branches": self.branches,
            "connections_per_line": self.per_line,
            "connections_per_branch": self.per_branch,
        }

# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects of overlapping tiles become objects of the raster: none twice, none cut at a tile's edge.

What two tiles show is compared where both saw. Where pieces agree there, the one whose tile saw
more of the object counts; where each has a part the other misses, they are joined. What no later
tile can touch is handed out, so that memory holds what a row of tiles shows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .found import Found
from .joining import OTHER_WAY, joined, resolved
from .pieces import Match, Seen, matches


@dataclass(eq=False)
class _Tile:
    """A tile of which something waits; its pieces are numbered from `first`."""

    seen: Seen
    first: int
    waiting: NDArray[np.bool_]
    matched: NDArray[np.bool_]
    """Which are in other tiles, too."""

    @classmethod
    def of(cls, seen: Seen, first: int) -> _Tile:
        count = len(seen.found)
        return cls(seen, first, np.ones(count, np.bool_), np.zeros(count, np.bool_))

    def piece(self, index: int) -> _Piece:
        return _Piece(self.seen.found.chosen(np.array([index])), bool(self.seen.cut[index]))

    @property
    def lonely(self) -> NDArray[np.bool_]:
        """Which wait, and are in no other tile."""
        return self.waiting & ~self.matched


@dataclass(frozen=True, eq=False)
class _Piece:
    """One object of a tile that another tile shows, too; the tile itself may be gone by now."""

    found: Found
    is_cut: bool

    @property
    def bottom(self) -> float:
        return float(self.found.boxes[0, 3])


class Merger:
    """Takes tiles in row-major order, gives objects.

    Laws: tiles that show each object exactly as far as they reach give each object once and whole;
    what comes out does not depend on when it is asked for.
    """

    def __init__(self, *, iou: float) -> None:
        """Pieces that overlap by more than `iou`, where both tiles saw, are one object."""
        self._iou = iou
        self._tiles: list[_Tile] = []
        self._verdicts: dict[int, dict[int, int]] = defaultdict(dict)
        self._pieces: dict[int, _Piece] = {}
        self._count = 0

    def add(self, seen: Seen) -> None:
        """Compare a tile with all that came before and may touch it."""
        tile = _Tile.of(seen, self._count)
        self._count += len(seen.found)
        for before in self._tiles:
            for match in matches(before.seen, seen, iou=self._iou):
                self._note(before, tile, match)
        self._tiles.append(tile)

    def _note(self, before: _Tile, tile: _Tile, match: Match) -> None:
        one, other = before.first + match.i, tile.first + match.j
        self._verdicts[one][other] = match.verdict
        self._verdicts[other][one] = OTHER_WAY[match.verdict]
        for number, owner, index in ((one, before, match.i), (other, tile, match.j)):
            if not owner.matched[index]:
                owner.matched[index] = True
                self._pieces[number] = owner.piece(index)

    def take(self, below: int | None = None) -> Found | None:
        """The objects no tile can touch that begins at row `below` or further down (None: all)."""
        lonely = [self._lonely(tile, below) for tile in self._tiles]
        groups = [self._objects(group) for group in self._finished_groups(below)]
        made = [each for each in (*lonely, *(each for some in groups for each in some)) if each]
        self._tiles = [tile for tile in self._tiles if _is_needed(tile, below)]
        return Found.of(made) if made else None

    def _lonely(self, tile: _Tile, below: int | None) -> Found:
        """Those that are in no other tile."""
        alone = tile.lonely
        if below is not None:
            alone = alone & (tile.seen.found.boxes[:, 3] <= below)
        tile.waiting &= ~alone
        return tile.seen.found.chosen(alone)

    def _finished_groups(self, below: int | None) -> list[list[int]]:
        """Pieces that hang together and that no later tile can touch."""
        groups, visited = [], set()
        for number in list(self._verdicts):
            if number in visited:
                continue
            group = self._reached_from(number)
            visited.update(group)
            if below is None or all(self._pieces[each].bottom <= below for each in group):
                groups.append(sorted(group))
        return groups

    def _reached_from(self, number: int) -> set[int]:
        group, waiting = {number}, [number]
        while waiting:
            new = self._verdicts[waiting.pop()].keys() - group
            group |= new
            waiting.extend(new)
        return group

    def _objects(self, group: list[int]) -> list[Found]:
        """What a group of pieces is; they wait no longer."""
        objects = resolved(sorted(group, key=self._rank), self._verdicts)
        made = [joined(Found.of([self._pieces[each].found for each in some])) for some in objects]
        for number in group:
            del self._verdicts[number], self._pieces[number]
        return made

    def _rank(self, number: int) -> tuple[bool, float, int]:
        """What was not cut off counts most, then what is surest, then what came first."""
        piece = self._pieces[number]
        return piece.is_cut, -float(piece.found.scores[0]), number


def _is_needed(tile: _Tile, below: int | None) -> bool:
    """Whether a later tile may overlap with it, or something of it alone still waits."""
    reaches = below is not None and tile.seen.window.row_end > below
    return reaches or bool(tile.lonely.any())

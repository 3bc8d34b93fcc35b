# SPDX-License-Identifier: GPL-2.0-or-later
"""From examples to vectors: each is looked up, or shown to the network, once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from ..cards.card import ModelCard
from ..errors import InputError
from ..runs.whole_run import Message
from .example_network import ExampleNetwork, needs_network
from .examples import ExamplePolygon, Examples
from .filters import Extent, outline, patches_in, to_index
from .index import Index
from .index_info import IndexedSource
from .nearest import box_around, patch_at, patch_on
from .quantise import unit

Vector = NDArray[np.float64]


class ExampleVectors:
    """The unit vectors of examples in an index, kept for the next time they are asked for.

    `network` is None where it is not at hand: then a place stands for the patch nearest to it.
    """

    def __init__(self, index: Index, network: ExampleNetwork | None) -> None:
        self.index, self._network = index, network
        self._known: dict[Hashable, tuple[Vector, str]] = {}

    @classmethod
    @contextmanager
    def opened(cls, index: Index, card: ModelCard | None) -> Iterator[ExampleVectors]:
        """For one query; CardError where the card is of another network than the index's."""
        if card is None:
            yield cls(index, None)
            return
        network = ExampleNetwork(card, index.making)
        try:
            yield cls(index, network)
        finally:
            network.close()

    def of(self, examples: Examples, crs: CRS | None, *, tell: Message) -> Vector:
        """(n, dimension), each once; `crs` is that of places and areas, None the index's own.

        What the user should know of an example is told each time.
        """
        index = self.index
        parts = [index.unit_vectors(self._rows(examples)), _given(index, examples.vectors)]
        places = to_index(index, examples.places, crs).tolist()
        finding: dict[Hashable, Callable[[], tuple[Vector, str]]] = {
            **{("place", *at): partial(self._place, at) for at in places},
            **{("area", *box, str(crs)): partial(self._area, box, crs) for box in examples.areas},
            **{
                ("polygon", repr(each), str(crs)): partial(self._polygon, each, crs)
                for each in examples.polygons
            },
            **{("picture", path): partial(self._picture, path) for path in examples.pictures},
        }
        for key, find in finding.items():
            if key not in self._known:
                self._known[key] = find()
            vector, note = self._known[key]
            parts.append(vector)
            if note:
                tell(note)
        return np.concatenate(parts)

    def _rows(self, examples: Examples) -> NDArray[np.intp]:
        """Of vectors that are in the index."""
        index = self.index
        for row in examples.rows:
            if not 0 <= row < index.info.rows:
                raise InputError(
                    f"The index {index.files.folder} has {index.info.rows:,} patches, counted from "
                    f"0, and no number {row}; give one of these."
                )
        return np.array([*examples.rows, *map(index.row_of, examples.patches)], np.intp)

    def _place(self, place: Sequence[float]) -> tuple[Vector, str]:
        """The patch around a place, else the nearest one, and why."""
        index = self.index
        row = patch_at(index, *place)
        source = index.info.sources[index.places["source"][row]]
        why = self._lacking(source)
        if self._network is not None and not why:
            return self._network.at(source, (place[0], place[1]), index.crs), ""
        note = f"A place stands for the nearest patch of the index, not for the very spot: {why}."
        return index.unit_vectors(np.array([row], np.intp)), note

    def _area(self, box: Extent, crs: CRS | None) -> tuple[Vector, str]:
        """What is inside a rectangle, else the patch nearest to its middle, and why."""
        index = self.index
        row = patch_on(index, box_around(index, box, crs))
        source = index.info.sources[index.places["source"][row]]
        why = self._lacking(source)
        if self._network is not None and not why:
            vector, side = self._network.within(source, outline(box), crs or index.crs)
            return vector, _about_small(side, index.making.patch)
        note = f"A rectangle stands for the patch nearest to its middle: {why}."
        return index.unit_vectors(np.array([row], np.intp)), note

    def _polygon(self, polygon: ExamplePolygon, crs: CRS | None) -> tuple[Vector, str]:
        """What is known of the patches inside, else the patch around its middle."""
        rows = patches_in(self.index, polygon.shape, crs)
        if not len(rows):
            return self._place(to_index(self.index, [polygon.inside], crs)[0].tolist())
        return unit(self.index.unit_vectors(rows).mean(axis=0, keepdims=True)), ""

    def _picture(self, path: str) -> tuple[Vector, str]:
        if self._network is None:
            raise needs_network(self.index.making)
        return self._network.picture(path), ""

    def _lacking(self, source: IndexedSource) -> str:
        """Why a raster cannot be shown to the network; "" where it can."""
        if not source.height:
            return f"{source.file.path} was imported, its pixels were never seen here"
        if self._network is None:
            return f"the network '{self.index.making.model}' is not at hand"
        try:
            source.require_unchanged()
        except InputError as error:
            return str(error).rstrip(".")
        return ""


def _about_small(side: int, patch: int) -> str:
    """What to know of a rectangle in which there is little to be seen."""
    if 2 * side >= patch:
        return ""
    return (
        f"A rectangle {side} pixels across, where the network sees {patch}, is looked for as a "
        "mere texture; a point is looked for with what is around it."
    )


def _given(index: Index, vectors: Sequence[Sequence[float]]) -> Any:
    wanted = index.making.dimension
    made = [np.asarray(vector, np.float64).ravel() for vector in vectors]
    for vector in made:
        if len(vector) != wanted or not np.isfinite(vector).all():
            raise InputError(
                f"A vector of this index has {wanted} finite numbers, one was given of "
                f"{len(vector)}; give vectors of the same network."
            )
    return unit(np.array(made).reshape(-1, wanted))

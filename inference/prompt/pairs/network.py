# SPDX-License-Identifier: GPL-2.0-or-later
"""A loaded pair of other people's: sees a window, answers prompts of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...cards.card import ModelCard
from ...errors import CardError
from ...network.onnx_file import OnnxFile
from ...raster.window import Window
from ..network_files import load_decoder, load_encoder
from ..promptable import Answer, Asked, Logits
from .contract import NUMBERS, Contract, bind
from .points import Points, filled_up, points_of
from .spelling import COORDS, HAS_MASK, LABELS, MASK, SIZE, sides

_SURE = 16.0
"""Logits of a mask that is corrected lie within this on either side of 0."""
_ALL_MASKS, _AMBIGUOUS = 4, 2
"""Where a decoder gives four masks, the first is meant for prompts of more than two points and the
other three for fewer (`select_masks` of segment_anything/utils/onnx.py)."""


@dataclass(frozen=True, eq=False)
class WindowFeatures:
    """What an encoder said of one window, by the names of its outputs; they cannot be cut."""

    tensors: Mapping[str, NDArray[Any]]
    height: int
    width: int

    @property
    def nbytes(self) -> int:
        return sum(each.nbytes for each in self.tensors.values())

    def under(self, window: Window) -> Mapping[str, NDArray[Any]]:
        """All of it; ValueError for any other window."""
        if window != Window(0, 0, self.height, self.width):
            raise ValueError(f"{window} is not the window that was encoded")
        return self.tensors


class PromptPair:
    """See Promptable; asked by up to `callers` threads side by side.

    The encoder takes so long that one picture at a time has all of their threads.
    """

    def __init__(
        self,
        card: ModelCard,
        *,
        callers: int = 1,
        threads_per_call: int = 1,
        decoder: OnnxFile | None = None,
    ) -> None:
        """Load and bind both files, unless the decoder is there; CardError where they are no pair
        that is known.
        """
        self.card = card
        self._decoder = decoder or load_decoder(
            card, callers=callers, threads_per_call=threads_per_call
        )
        self._encoder = load_encoder(
            card, callers=1, threads_per_call=max(callers, threads_per_call)
        )
        self.contract: Contract = bind(self._encoder, self._decoder, called=card.id)
        self.sight = self.contract.sight

    def see(self, image: NDArray[Any], inside: Window) -> WindowFeatures:
        """See Promptable.

        Beyond the raster SAM 1 is shown nothing, as in its training; SAM 2, which has only seen
        whole pictures, the mirror image.
        """
        picture = self.contract.picture
        if not self.contract.is_second:
            image = _blanked(image, inside, picture.blank)
        wanted = [output for _, output in self.contract.fed]
        found = self._encoder.run(wanted, {picture.name: picture.laid_out(image)})
        return WindowFeatures(dict(zip(wanted, found)), picture.height, picture.width)

    def answers(self, asked: Sequence[Asked]) -> list[Answer]:
        """See Promptable: a call of the decoder for each."""
        return [self._answer(each) for each in asked]

    def _answer(self, asked: Asked) -> Answer:
        contract = self.contract
        points = points_of(asked.prompt, padded=not contract.is_second)
        feeds = {name: asked.seen[output] for name, output in contract.fed}
        feeds.update(self._feeds(points, asked.before))
        masks, ious = self._decoder.run([contract.masks, contract.ious], feeds)
        ious = np.asarray(ious, np.float32).reshape(-1)
        masks = np.asarray(masks, np.float32)
        if masks.ndim != 4 or masks.shape[:2] != (1, len(ious)):
            raise CardError(
                f"The decoder of '{self.card.id}' answered with masks {masks.shape} and "
                f"{len(ious)} scores, one mask a score was expected; export it again."
            )
        meant = slice(None)
        if len(ious) == _ALL_MASKS:
            single = len(points[1]) + contract.is_second > _AMBIGUOUS
            meant = slice(0, 1) if single else slice(1, None)
        cells = np.stack([self._cells(each) for each in masks[0, meant]])
        return cells, np.clip(ious[meant], 0.0, 1.0)

    def _feeds(self, points: Points, before: Logits | None) -> dict[str, NDArray[Any]]:
        """What the decoder is asked, as far as it wants to know."""
        contract = self.contract
        count = sides(contract.asked[COORDS])[1]
        coords, labels = points if count is None else filled_up(points, count)
        told = {
            COORDS: coords[np.newaxis],
            LABELS: labels[np.newaxis],
            HAS_MASK: np.array([before is not None], np.float32),
            # Not the picture's: masks are enlarged here, where the raster's own edges are seen.
            SIZE: np.array(self.sight.cells, np.float32),
        }
        if MASK in contract.asked:
            told[MASK] = self._mask(before)[np.newaxis, np.newaxis]
        return {
            node.name: told[role].astype(NUMBERS[node.type])
            for role, node in contract.asked.items()
        }

    def _mask(self, before: Logits | None) -> Logits:
        """The mask that is corrected, as logits over the whole square."""
        count = self.contract.side // self.contract.cell
        square = np.full((count, count), 0.0 if before is None else -_SURE, np.float32)
        if before is not None:
            chance = np.clip(before.astype(np.float64), 1e-9, 1 - 1e-9)
            rows, cols = before.shape
            square[:rows, :cols] = np.clip(np.log(chance / (1 - chance)), -_SURE, _SURE)
        wanted = sides(self.contract.asked[MASK])[-1] or count
        return _resized(square, wanted, wanted)

    def _cells(self, mask: Logits) -> Logits:
        """A mask as the decoder gave it, in the cells of the sight."""
        rows, cols = self.sight.cells
        if self.contract.masks_fit:
            return _resized(mask, rows, cols)
        count = self.contract.side // self.contract.cell
        return _resized(mask, count, count)[:rows, :cols]


def _blanked(image: NDArray[Any], inside: Window, blank: Sequence[float]) -> NDArray[Any]:
    """The picture with nothing beyond the raster."""
    _, height, width = image.shape
    if (inside.height, inside.width) == (height, width):
        return image
    out = np.empty(image.shape, np.float32)
    out[:] = np.array(blank, np.float32)[:, np.newaxis, np.newaxis]
    out[:, : inside.height, : inside.width] = image[:, : inside.height, : inside.width]
    return out


def _resized(plane: Logits, rows: int, cols: int) -> Logits:
    """A plane over the same area in other cells: means of more, between centres of fewer."""
    if plane.shape == (rows, cols):
        return plane
    smaller = plane.shape[0] > rows
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (cols, rows), interpolation=how), np.float32)

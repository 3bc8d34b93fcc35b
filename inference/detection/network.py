# SPDX-License-Identifier: GPL-2.0-or-later
"""A loaded network that finds objects: a batch of tiles in, each tile's anchors out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.card import ModelCard
from ..errors import CardError
from ..network.batches import filled
from ..network.onnx_file import OnnxFile
from ..network.session_checks import check_input
from ..runs.job_rules import require_kind
from .instance_masks import Prototypes
from .layouts import channels_of, turned

_MASKS = "ultralytics_seg"


@dataclass(frozen=True, eq=False)
class TileAnswer:
    """What a network says of one tile: (anchors, channels), and prototypes of instance masks."""

    anchors: NDArray[np.float32]
    prototypes: Prototypes | None


class DetectionNetwork:
    """One network that finds objects, asked by any number of threads (see OnnxFile).

    Law: answers(batch) = the answers of each.
    """

    def __init__(self, card: ModelCard, *, callers: int = 1, threads_per_call: int = 1) -> None:
        """Load and check the network; CardError when it contradicts its card."""
        require_kind(card, "detection")
        card.verify()
        self.card = card
        self._file = OnnxFile(
            card.path, called=card.id, callers=callers, threads_per_call=threads_per_call
        )
        self._input = check_input(self._file, card)
        self._outputs = _outputs(self._file, card)
        self._require_told_shapes()

    @property
    def batch(self) -> int:
        """Tiles that are asked together."""
        return self.card.fixed_batch or 1

    def answers(self, images: NDArray[Any]) -> list[TileAnswer]:
        """(n, bands, height, width) to an answer each; n is a batch at most."""
        count = len(images)
        batch = filled(images, max(count, self.batch))
        told = self._file.run(self._outputs, {self._input: batch})
        if any(each.ndim < 3 or len(each) != len(batch) or 0 in each.shape for each in told):
            raise self._contradicts([each.shape for each in told])
        anchors = self._in_rows(np.asarray(told[0], np.float32), told[1:])
        if len(told) == 1:
            return [TileAnswer(each, None) for each in anchors[:count]]
        prototypes = np.asarray(told[1], np.float32)
        return [TileAnswer(*each) for each in zip(anchors[:count], prototypes[:count])]

    def _in_rows(
        self, anchors: NDArray[np.float32], others: list[NDArray[Any]]
    ) -> NDArray[np.float32]:
        """Anchors first, whichever way the file has them: (n, anchors, channels)."""
        if anchors.ndim != 3 or any(each.ndim != 4 for each in others):
            raise self._contradicts([anchors.shape, *(each.shape for each in others)])
        channels = self._channels(*(each.shape[1] for each in others))
        across = turned(self.card.detection.layout, anchors.shape[1:], channels)
        if across is None:
            raise self._contradicts([anchors.shape, *(each.shape for each in others)])
        return anchors.transpose(0, 2, 1) if across else anchors

    def _channels(self, coefficients: int = 0) -> int:
        return channels_of(
            self.card.detection.layout, classes=len(self.card.classes), coefficients=coefficients
        )

    def _require_told_shapes(self) -> None:
        """What the file itself says is held to the card before the first tile."""
        shapes = {each.name: list(each.shape or ()) for each in self._file.outputs}
        told = [shapes[name] for name in self._outputs]
        planes = told[1][1:2] if len(told) > 1 else []
        if len(planes) + 1 < len(told) or not all(isinstance(each, int) for each in planes):
            return
        channels = self._channels(*planes)
        sides = told[0][1:]
        known = len(sides) == 2 and all(isinstance(side, int) for side in sides)
        if (told[0] and len(told[0]) != 3) or (known and channels not in sides):
            raise self._contradicts(told)

    def _contradicts(self, shapes: list[Any]) -> CardError:
        card, several = self.card, len(shapes) > 1
        layout, count = card.detection.layout, len(card.classes)
        channels = "4 + classes + coefficients" if several else self._channels()
        told = " and ".join(str(list(shape)) for shape in shapes)
        return CardError(
            f"The network '{card.id}' answers with the shape {told}; of the layout '{layout}' with "
            f"{count} classes [n, {channels}, anchors] or [n, anchors, {channels}] was expected"
            f"{', and prototypes [n, coefficients, rows, columns]' if several else ''}. Correct "
            "layout or classes in the card, or export the network without suppression (nms) in it."
        )


def _outputs(file: OnnxFile, card: ModelCard) -> list[str]:
    """The names of the output with the anchors and, for masks, of that with the prototypes."""
    ranks = {each.name: len(each.shape or ()) for each in file.outputs}
    names = list(ranks)
    anchors = card.output or next((name for name in names if ranks[name] == 3), names[0])
    if anchors not in ranks:
        raise CardError(
            f"The network '{card.id}' has no output '{anchors}', which its card asks for; it has "
            f"{', '.join(names)}. Correct output.name in the card."
        )
    if card.detection.layout != _MASKS:
        return [anchors]
    others = [name for name in names if name != anchors and ranks[name] in (0, 4)]
    if not others:
        raise CardError(
            f"The network '{card.id}' has no output of prototypes [n, coefficients, rows, columns],"
            " which instance masks are made of; choose the layout 'ultralytics' in the card, or "
            "export it again as a segmentation network."
        )
    return [anchors, others[0]]

# SPDX-License-Identifier: GPL-2.0-or-later
"""What the inputs and outputs of promptable pairs are called, by those who exported them.

Sources: segment_anything/utils/onnx.py (SAM 1), samexporter (SAM 1, MobileSAM, SAM 2), EdgeSAM's
scripts/export_onnx_model.py, onnxruntime's transformers/models/sam2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, Union

EMBEDDING, FINE, MIDDLE = "embedding", "fine", "middle"
"""What an encoder says: of 16 x 16 pixels, and (SAM 2) of 4 x 4 and 8 x 8."""
COORDS, LABELS = "coords", "labels"
MASK, HAS_MASK = "mask", "has mask"
"""The mask that is corrected, and whether there is one."""
SIZE = "size"
"""Rows and columns that masks shall have."""
SMALL_MASKS, MASKS, IOUS = "small masks", "masks", "ious"

_ENCODED = {
    EMBEDDING: ("image_embeddings", "image_embed", "image_embedding", "embeddings"),
    FINE: ("high_res_feats_0", "feat_s0", "image_features_0"),
    MIDDLE: ("high_res_feats_1", "feat_s1", "image_features_1"),
}
_ASKED = {
    COORDS: ("point_coords",),
    LABELS: ("point_labels",),
    MASK: ("mask_input", "input_masks"),
    HAS_MASK: ("has_mask_input", "has_input_masks"),
    SIZE: ("orig_im_size", "original_image_size"),
}
_ANSWERED = {
    SMALL_MASKS: ("low_res_masks", "low_res_logits", "low_res_mask_logits"),
    MASKS: ("masks",),
    IOUS: ("iou_predictions", "scores", "iou_pred"),
}
RANKS = {EMBEDDING: 4, FINE: 4, MIDDLE: 4, COORDS: 3, LABELS: 2, MASK: 4, HAS_MASK: 1, SIZE: 1}
"""Axes of each, where a file says so."""

_LONGEST = 300

Shape = Sequence[Union[int, str, None]]


class Node(Protocol):
    """An input or output as its file declares it; `type` in onnxruntime's words."""

    @property
    def name(self) -> str: ...

    @property
    def shape(self) -> Shape: ...

    @property
    def type(self) -> str: ...


class Nodes(Protocol):
    """What a file takes and gives."""

    @property
    def inputs(self) -> Sequence[Node]: ...

    @property
    def outputs(self) -> Sequence[Node]: ...


def sides(node: Node) -> tuple[int | None, ...]:
    """The sizes that a file says, None where it leaves them open."""
    return tuple(each if isinstance(each, int) and each > 0 else None for each in node.shape)


def in_line(text: str) -> str:
    """What a file says of itself, to be shown: nothing that hides or breaks the line."""
    return "".join(sign for sign in text if sign.isprintable())[:_LONGEST]


def encoded(nodes: Iterable[Node]) -> dict[str, Node]:
    """What an encoder gives, or a decoder takes of it, by role."""
    return _by_role(nodes, _ENCODED)


def asked(nodes: Iterable[Node]) -> dict[str, Node]:
    """What a decoder is asked, by role."""
    return _by_role(nodes, _ASKED)


def answered(nodes: Iterable[Node]) -> dict[str, Node]:
    """What a decoder answers, by role."""
    return _by_role(nodes, _ANSWERED)


def is_decoder(file: Nodes) -> bool:
    """Whether a file answers prompts of what an encoder has seen."""
    takes = {**encoded(file.inputs), **asked(file.inputs)}
    return {EMBEDDING, COORDS, LABELS} <= set(takes)


def is_encoder(file: Nodes) -> bool:
    """Whether a file may be what sees the picture for a decoder."""
    if len(file.inputs) != 1 or len(file.inputs[0].shape) not in (3, 4):
        return False
    lone = len(file.outputs) == 1 and len(file.outputs[0].shape) == RANKS[EMBEDDING]
    return 3 in file.inputs[0].shape and (lone or EMBEDDING in encoded(file.outputs))


def _by_role(nodes: Iterable[Node], spellings: dict[str, tuple[str, ...]]) -> dict[str, Node]:
    roles = {name: role for role, names in spellings.items() for name in names}
    return {roles[each.name]: each for each in nodes if each.name in roles}

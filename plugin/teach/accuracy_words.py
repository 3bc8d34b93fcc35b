# SPDX-License-Identifier: GPL-2.0-or-later
"""How right the network is, measured on labels it was not shown, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..i18n import tr, tr_count
from ..words import share_words

if TYPE_CHECKING:
    from ...inference.teaching.teach import Taught

ENOUGH = 5
"""Labels of a class from which on a share says something."""


def accuracy_words(taught: Taught) -> str:
    """A sentence or two for the whole lesson."""
    accuracy = taught.accuracy
    if accuracy is None:
        return tr("Too few labels to tell how right it is: draw at least two of each class.")
    strokes = [accuracy.of_class(info.id).strokes for info in taught.classes]
    words = tr_count(
        "{0} right on labels it was not shown ({1} label).",
        "{0} right on labels it was not shown ({1} labels).",
        sum(strokes),
    )
    told = words.format(share_words(accuracy.share), sum(strokes))
    if min(strokes) >= ENOUGH:
        return told
    few = tr("With so few labels that may be far off: draw {0} or more of each class.")
    return f"{told} {few.format(ENOUGH)}"


def class_words(taught: Taught) -> dict[int, str]:
    """For each class the share of its left out labels told right; '?' where that is too early."""
    accuracy = taught.accuracy
    recalls = (
        {}
        if accuracy is None
        else {info.id: accuracy.of_class(info.id).recall for info in taught.classes}
    )
    return {info.id: _share(recalls.get(info.id)) for info in taught.classes}


def _share(recall: float | None) -> str:
    return "?" if recall is None else tr("{0} %").format(round(100 * recall))

# SPDX-License-Identifier: GPL-2.0-or-later
"""What a preview looks like on the screen: images of its classes, and of where labels would help.

Loading this loads the engine.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from qgis.PyQt.QtGui import QImage

from ...inference.cards.card import ClassInfo
from ...inference.teaching.preview import Preview
from .screen import Screen
from .warp import seen, under

_HELP = (255, 0, 170)
"""Of where another label helps most: no colour of nature, nor of the first classes."""
_HELP_FROM = 75
"""Below, help is not shown: there the network is sure."""


def pictures(
    preview: Preview, classes: Sequence[ClassInfo], screen: Screen
) -> tuple[QImage, QImage]:
    """The classes in their colours, and help as a colour the more opaque the more it would help."""
    where = under(screen, preview.frame)
    return (
        _image(_class_colors(classes), seen(preview.classes, where)),
        _image(_help_colors(), seen(preview.help, where)),
    )


def _class_colors(classes: Sequence[ClassInfo]) -> NDArray[np.uint8]:
    """(256, 4) red, green, blue and opacity by number; what is no class shows nothing."""
    colors = np.zeros((256, 4), np.uint8)
    for info in classes:
        colors[info.id] = (*info.rgb, 255)
    return colors


def _help_colors() -> NDArray[np.uint8]:
    """(256, 4) by percent of help, 0..100."""
    colors = np.zeros((256, 4), np.uint8)
    percent = np.arange(101)
    colors[:101, :3] = _HELP
    colors[:101, 3] = np.clip((percent - _HELP_FROM) * 255 // (100 - _HELP_FROM), 0, 255)
    return colors


def _image(colors: NDArray[np.uint8], numbers: NDArray[np.uint8]) -> QImage:
    """Numbers (height, width) in their colours (256, 4), as an image of its own memory."""
    height, width = numbers.shape
    pixels = colors.view(np.uint32)[:, 0][numbers]  # four bytes in one go
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    return image.copy()

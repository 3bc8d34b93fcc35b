# SPDX-License-Identifier: GPL-2.0-or-later
"""What the page asks of the workers, and what they answer: values, made and read by any thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..map_tool.site import Site
from .screen import Screen

if TYPE_CHECKING:
    from qgis.PyQt.QtGui import QImage

    from ...inference.teaching.lesson import Lesson
    from ...inference.teaching.teach import Taught

Extent = tuple[float, float, float, float]
"""West, south, east, north, in a layer's CRS."""


@dataclass(frozen=True)
class Question:
    """A lesson as it is, the raster, and what of that the map shows now."""

    lesson: Lesson
    site: Site
    screen: Screen
    seen: Extent

    @property
    def scene_key(self) -> tuple[object, ...]:
        """The same for questions about the same pixels, seen by the same network."""
        settings = self.lesson.settings
        return (*self.site.key, settings.resolution, settings.bands)

    @property
    def lesson_key(self) -> tuple[object, ...]:
        """The same for lessons from which the same is learnt of the same pixels, by its names."""
        return (self.scene_key, self.lesson.classes, tuple(map(id, self.lesson.labels)))


@dataclass(frozen=True)
class Answer:
    """The view of a question as images, and what was learnt from its lesson.

    `hint` says what the lesson still lacks (then there are no images), `is_part` whether only the
    middle of the view is shown. One that is not `is_last` is followed by another, which also knows
    how right it is.
    """

    question: Question
    classes: QImage | None = None
    help: QImage | None = None
    places: tuple[tuple[float, float], ...] = ()
    """Where another label helps most, in the layer's coordinates, the best first."""
    taught: Taught | None = None
    hint: str = ""
    is_last: bool = True
    is_part: bool = False
    is_beside: bool = False
    """Whether the map shows nothing of the raster."""

# SPDX-License-Identifier: GPL-2.0-or-later
"""A lesson: classes, what the user labelled as them, and how it is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from ..cards.answer_rules import most_classes
from ..cards.parts import ClassInfo
from ..cards.rules import MOST_TEXT
from ..foreign.colors import class_colors

if TYPE_CHECKING:
    from rasterio.crs import CRS

SHAPES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
MOST_CLASSES = most_classes("segmentation")
_TOLD_APART = (
    "#D55E00", "#56B4E9", "#F0E442", "#CC79A7", "#009E73", "#0072B2", "#E69F00", "#000000",
)  # fmt: skip
"""Colours that the colour-blind tell apart (Okabe and Ito 2008)."""


@dataclass(frozen=True)
class Label:
    """One stroke: a GeoJSON-like shape in the lesson's coordinates, all of one class.

    `width` is how wide a line is, or how large a point, in those coordinates; with 0 it is what it
    touches. Equal by value.
    """

    shape: Mapping[str, Any] = field(hash=False)
    class_id: int
    width: float = 0.0


@dataclass(frozen=True)
class LessonSettings:
    """How a lesson looks at rasters: `model` is the network of features.

    `resolution` is metres a pixel (None: the raster's own), `bands` count from 1 (None: found by
    colour), `rasters` are names of those it was drawn on.
    """

    model: str = "features"
    resolution: float | None = None
    bands: tuple[int, ...] | None = None
    rasters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """Classes with colours, labels, settings; `crs` is where the labels lie (None: nowhere known).

    Ids of classes are 0, 1, 2, ... in order.
    """

    name: str
    classes: tuple[ClassInfo, ...]
    labels: tuple[Label, ...] = ()
    crs: CRS | None = None
    settings: LessonSettings = field(default_factory=LessonSettings)

    @property
    def labelled_classes(self) -> tuple[int, ...]:
        """Ids of the classes that have a label."""
        return tuple(sorted({label.class_id for label in self.labels}))

    def why_not(self) -> str:
        """One sentence on why nothing can be learnt from it yet; "" where something can."""
        found = self.labelled_classes
        reasons = (self.why_not_called(each.name, each.id) for each in self.classes)
        unfit = next(filter(None, reasons), "")
        if unfit:
            return unfit
        unknown = [each for each in found if not 0 <= each < len(self.classes)]
        if unknown:
            return (
                f"A label is of class {unknown[0]}, the lesson has the classes 0 to "
                f"{len(self.classes) - 1}; give it one of these."
            )
        if not found:
            return "Nothing is labelled yet; draw a few labels of two classes at least."
        if len(found) == 1:
            return (
                f"All labels are of the class '{self.classes[found[0]].name}'; draw some of what "
                "is not of it, too, as another class."
            )
        return ""

    def why_not_called(self, name: str, class_id: int) -> str:
        """One sentence on why a class cannot have that name; "" where it can.

        As a card may have it: what cannot be kept is not begun with.
        """
        if not 1 <= len(name) <= MOST_TEXT or not name.isprintable():
            return (
                f"The name of a class is one line of 1 to {MOST_TEXT} letters, not "
                f"{name[:30]!r}{'...' if len(name) > 30 else ''} of {len(name)}; give another one."
            )
        if any(each.name == name and each.id != class_id for each in self.classes):
            return f"Two classes cannot both be called '{name}'; give one of them another name."
        return ""

    def free_name(self, pattern: str) -> str:
        """What a new class may be called: of "Class 3", "Class 4", ... (the pattern is "Class {0}")
        the first that is free.
        """
        names = {each.name for each in self.classes}
        numbers = count(len(self.classes) + 1)
        return next(name for name in map(pattern.format, numbers) if name not in names)

    def with_label(self, label: Label) -> Lesson:
        return replace(self, labels=(*self.labels, label))

    def without_last(self) -> Lesson:
        """Without the label that came last."""
        return replace(self, labels=self.labels[:-1])

    def without_label(self, index: int) -> Lesson:
        return replace(self, labels=(*self.labels[:index], *self.labels[index + 1 :]))

    def with_class(self, name: str, color: str = "") -> Lesson:
        """One more class; without a colour it gets one that is free."""
        added = ClassInfo(len(self.classes), name, color or free_color(self.classes))
        return replace(self, classes=(*self.classes, added))

    def renamed(self, class_id: int, name: str, color: str) -> Lesson:
        """A class by another name and colour."""
        classes = [
            replace(each, name=name, color=color) if each.id == class_id else each
            for each in self.classes
        ]
        return replace(self, classes=tuple(classes))

    def without_class(self, class_id: int) -> Lesson:
        """Without a class and its labels; the ids of those after it close up."""
        kept = [each for each in self.classes if each.id != class_id]
        ids = {each.id: place for place, each in enumerate(kept)}
        return replace(
            self,
            classes=tuple(replace(each, id=ids[each.id]) for each in kept),
            labels=tuple(
                replace(label, class_id=ids[label.class_id])
                for label in self.labels
                if label.class_id in ids
            ),
        )


def free_color(classes: Sequence[ClassInfo]) -> str:
    """A colour that none of the classes has, `#RRGGBB`."""
    taken = {each.color.upper() for each in classes}
    names = tuple(str(number) for number in range(len(classes) + 1))
    return next(color for color in (*_TOLD_APART, *class_colors(names)) if color not in taken)

# SPDX-License-Identifier: GPL-2.0-or-later
"""The lesson one begins with: one thing to look for, and all the rest."""

from __future__ import annotations

from ...inference.cards.card import ClassInfo
from ...inference.teaching.lesson import Lesson
from ..i18n import tr

WANTED, REST = "#D55E00", "#56B4E9"
"""Told apart by the colour-blind, and from vegetation, rock and water on most images."""


def first_lesson() -> Lesson:
    """Two classes and no label."""
    classes = (
        ClassInfo(0, tr("What I look for"), WANTED),
        ClassInfo(1, tr("Everything else"), REST),
    )
    return Lesson(tr("My lesson"), classes)

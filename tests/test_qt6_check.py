# SPDX-License-Identifier: GPL-2.0-or-later
"""The check for Qt 6 finds what is wrong, and only that."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from repository_scripts import script

qt6_check = script("qt6_check")
QT = {
    "QtCore": SimpleNamespace(Qt=SimpleNamespace(AlignmentFlag=SimpleNamespace(AlignTop=1))),
    "QtWidgets": SimpleNamespace(QLabel=SimpleNamespace()),
}


def found(source: str) -> list[tuple[int, str]]:
    return list(qt6_check.unknown_names(source, QT.__getitem__))


@pytest.mark.parametrize(
    "source",
    [
        "from qgis.PyQt.QtCore import Qt\nx = Qt.AlignmentFlag.AlignTop\n",
        "from qgis.PyQt.QtCore import Qt as Core\ncall(Core.AlignmentFlag.AlignTop)\n",
        "from qgis.core import Qgis\nQgis.Anything.atAll\n",
        "from qgis.PyQt.QtWidgets import QLabel\nQLabel('x').setText.whatever\n",
        "import os\nos.nothing.there\n",
    ],
)
def test_what_is_there_is_no_finding(source: str) -> None:
    assert found(source) == []


@pytest.mark.parametrize(
    ("source", "line", "name"),
    [
        ("from qgis.PyQt.QtCore import Qt\n\nx = Qt.AlignTop\n", 3, "Qt.AlignTop"),
        (
            "def f():\n    from qgis.PyQt.QtCore import Qt\n    g(Qt.AlignmentFlag.Up)\n",
            3,
            "Qt.AlignmentFlag.Up",
        ),
        ("from qgis.PyQt.QtWidgets import QAction\n", 1, "qgis.PyQt.QtWidgets.QAction"),
    ],
    ids=["short", "in-a-function", "import"],
)
def test_what_qt6_lacks_is_found(source: str, line: int, name: str) -> None:
    assert found(source) == [(line, name)]


def test_pure_modules_reach_nothing_of_qgis_but_qt() -> None:
    sources = {
        "p": ("p", ""),
        "p.words": ("p", "from qgis.PyQt.QtCore import Qt\n"),
        "p.uses_words": ("p", "from . import words\nfrom .words import x\n"),
        "p.layer": ("p", "from qgis.core import QgsMapLayer\n"),
        "p.uses_layer": ("p", "import os\nfrom .layer import x\n"),
        "p.late": ("p", "def f():\n    from .layer import x\n"),
        "p.sub": ("p.sub", "from ..layer import x\n"),
        "p.sub.inside": ("p.sub", "import os\n"),
        "p.sub2": ("p.sub2", ""),
        "p.sub2.fine": ("p.sub2", "from ..words import x\n"),
    }
    assert qt6_check.pure_modules(sources) == [
        "p", "p.late", "p.sub2", "p.sub2.fine", "p.uses_words", "p.words",
    ]  # fmt: skip

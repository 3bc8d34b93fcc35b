# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the Python program lies that belongs to the Python inside QGIS.

`sys.executable` does not tell: on Windows and macOS it is QGIS itself, and on Linux whichever
`python3` comes first on PATH. The standard library, which is certainly QGIS's, lies beside it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

IDENTITY = "import sys, sysconfig; print(sys.version_info[:2], sysconfig.get_platform())"
"""Prints what must be the same in QGIS and in the program, as `identity` tells it."""


def candidates() -> tuple[Path, ...]:
    """Python programs that are there and may be QGIS's own, likeliest first."""
    found = [path for path in _guesses() if path.is_file() and os.access(path, os.X_OK)]
    return tuple(dict.fromkeys(found))


def to_type() -> str:
    """What to type in any terminal to start QGIS's Python, such as `/usr/bin/python3`.

    On Windows that is a batch file of QGIS, named after its folder (qgis, qgis-ltr): the program
    itself finds its own libraries in the OSGeo4W shell alone.
    """
    if sys.platform == "win32":
        from qgis.core import QgsApplication

        prefix = Path(QgsApplication.prefixPath())  # ...\\apps\\qgis-ltr
        batch = prefix.parent.parent / "bin" / f"python-{prefix.name}.bat"
        if batch.is_file():
            return str(batch)
    return str(next(iter(candidates()), "python3"))


def identity() -> str:
    """Version and platform of the Python inside QGIS."""
    import sysconfig

    return f"{sys.version_info[:2]} {sysconfig.get_platform()}"


def _guesses() -> Iterator[Path]:
    version = "{}.{}".format(*sys.version_info)
    if sys.platform == "win32":
        names = ("python.exe", "python3.exe")
        roots = (Path(sys.prefix), Path(os.__file__).parents[1])
    else:
        names = (f"python{version}", "python3")
        roots = (Path(sys.prefix) / "bin", Path(os.__file__).parents[2] / "bin")
    # Nothing where Python does not know its program: "." is whatever folder QGIS was started in.
    beside = (Path(sys.executable).parent,) if sys.executable else ()
    for folder in (*roots, *beside):
        for name in names:
            yield folder / name

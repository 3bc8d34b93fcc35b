# SPDX-License-Identifier: GPL-2.0-or-later
"""The folder of the profile that holds packages installed for GeoSift, one for each Python.

It lies outside the plugin's own folder, which QGIS deletes at every upgrade, and comes last on
Python's path: what QGIS brings always wins.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from pathlib import Path

from ..settings import profile_folder

_CONDEMNED = ".remove-at-next-start"


def packages_folder() -> Path:
    """Where packages for this Python go, such as `<profile>/geosift/packages/python3.11`."""
    version = "{}.{}".format(*sys.version_info)
    return profile_folder() / "packages" / f"python{version}"


def holds(module: str) -> bool:
    """Whether GeoSift installed a module."""
    return any(packages_folder().glob(f"{module}*"))


def activate() -> None:
    """Let Python find what was installed; costs a look at the disk."""
    folder = packages_folder()
    _undo_half_replacement(folder)
    gone = not (folder / _CONDEMNED).exists() or remove()
    if gone and folder.is_dir() and str(folder) not in sys.path:
        sys.path.append(str(folder))
    importlib.invalidate_caches()


def deactivate() -> None:
    """Take the folder from Python's path."""
    while str(packages_folder()) in sys.path:
        sys.path.remove(str(packages_folder()))
    importlib.invalidate_caches()


def remove() -> bool:
    """Delete the folder; False when files are in use (Windows): then it goes at the next start."""
    import shutil  # not at the top: it would be a millisecond of every start

    deactivate()
    folder = packages_folder()
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError:
        with contextlib.suppress(OSError):  # of another user: it stays out of Python's path
            (folder / _CONDEMNED).touch()
        return not folder.exists()
    return True


def _old(folder: Path) -> Path:
    """Where the packages before lie while new ones take their place."""
    return folder.with_name(f"{folder.name}.old")


def _undo_half_replacement(folder: Path) -> None:
    """Put the packages before back where QGIS ended between the two renames of `replace`."""
    if not folder.exists() and _old(folder).is_dir():
        with contextlib.suppress(OSError):  # then they are missing, which a run tells
            _old(folder).rename(folder)


def replace(folder: Path, new: Path) -> None:
    """Put the folder `new` in the place of `folder`, whole or not at all; raises OSError."""
    import shutil

    old = _old(folder)
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def megabytes() -> int:
    """How much the folder takes on the disk; 0 where there is none."""
    files = (path for path in packages_folder().rglob("*") if path.is_file())
    return round(sum(path.stat().st_size for path in files) / 1e6)

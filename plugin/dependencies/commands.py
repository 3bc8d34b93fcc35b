# SPDX-License-Identifier: GPL-2.0-or-later
"""The exact commands that install packages by hand."""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from ..i18n import tr
from .folder import packages_folder
from .interpreter import to_type
from .needs import Package

_CONDA = {
    "numpy": "numpy",
    "rasterio": "rasterio",
    "cv2": "py-opencv",
    "onnxruntime": "onnxruntime",
}
_DEBIAN = {"numpy": "python3-numpy", "rasterio": "python3-rasterio", "cv2": "python3-opencv"}
_ARCH = {"numpy": "python-numpy", "rasterio": "python-rasterio", "cv2": "python-opencv"}
_MANAGERS = (
    ("apt", "sudo apt install", _DEBIAN),
    ("dnf", "sudo dnf install", _DEBIAN),  # Fedora calls these three as Debian does
    ("pacman", "sudo pacman -S", _ARCH),
)


def all_commands(wanted: Sequence[Package]) -> tuple[str, ...]:
    """What to type for these packages: the distribution's where it has them, pip for the rest.

    What neither has is left to words: Linux without a package manager that is known, as in Flatpak.
    """
    rest = [each for each in wanted if not in_distribution(each)]
    stuck = [each.module for each in rest if not each.by_pip]
    words = tr("(get {0} from where QGIS came from)").format(", ".join(stuck)) if stuck else ""
    return tuple(filter(None, (system_command(wanted), pip_command(rest), words)))


def system_command(wanted: Sequence[Package]) -> str:
    """The package manager's command for those it has; '' where it has none, or is not known."""
    start, names = _manager()
    chosen = [names[each.module] for each in wanted if each.module in names]
    return " ".join([start, *chosen]) if chosen else ""


def in_distribution(package: Package) -> bool:
    """Whether the package manager of this computer has it."""
    return package.module in _manager()[1]


def pip_command(wanted: Sequence[Package]) -> str:
    """pip's command that installs into GeoSift's folder of the profile; '' for nothing.

    The version of QGIS's own numpy stands in it, so that pip takes what works with that.
    """
    chosen = [each.requirement for each in wanted if each.by_pip]
    if not chosen:
        return ""
    pins = [pin for pin in bundled() if pin.startswith("numpy==")]
    target = ["--only-binary", ":all:", "--upgrade", "--target", str(packages_folder())]
    return quoted([to_type(), "-m", "pip", "install", *target, *chosen, *pins])


def quoted(words: Sequence[str]) -> str:
    """Words as one line for this platform's terminal."""
    if sys.platform != "win32":
        return shlex.join(words)
    return " ".join(f'"{word}"' if re.search(r"[\s<>=&|^]", word) else word for word in words)


def bundled() -> tuple[str, ...]:
    """`name==version` of every package Python finds outside GeoSift's folder, sorted."""
    from importlib.metadata import distributions

    path = [entry for entry in sys.path if entry != str(packages_folder())]
    found = {}
    for each in reversed(list(distributions(path=path))):
        with contextlib.suppress(
            UnicodeDecodeError, KeyError
        ):  # damaged: pip cannot read it either
            found[(each.metadata["Name"] or "").lower()] = each.version or ""
    plain = re.compile(r"\d+(\.\d+)*((a|b|rc|\.post|\.dev)\d+)?")  # else pip refuses the line
    return tuple(
        f"{name}=={version}"
        for name, version in sorted(found.items())
        if re.fullmatch(r"[\w.-]+", name) and plain.fullmatch(version)
    )


def _manager() -> tuple[str, dict[str, str]]:
    """How this computer's package manager is asked, and its names of the packages."""
    if (Path(sys.prefix) / "conda-meta").is_dir():
        return "conda install -c conda-forge", _CONDA
    if sys.platform.startswith("linux"):
        for program, start, names in _MANAGERS:
            if shutil.which(program):
                return start, names
    return "", {}

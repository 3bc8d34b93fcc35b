# SPDX-License-Identifier: GPL-2.0-or-later
"""What to tell a user whose Python lacks a package the engine needs."""

from __future__ import annotations

import sys

from .i18n import tr

_PIP_NAMES = {"cv2": "opencv-python-headless"}
_DEBIAN_NAMES = {"cv2": "python3-opencv", "rasterio": "python3-rasterio", "numpy": "python3-numpy"}


def lacks_package(error: ImportError) -> bool:
    """Whether something beside GeoSift is what could not be imported; else it is a bug of ours."""
    return _module(error) != __package__.split(".")[0]


def missing_package_words(error: ImportError) -> str:
    """One sentence that names the package and the command which installs it."""
    module = _module(error)
    sentence = tr(
        "GeoSift needs the Python package {0}, which QGIS's Python {1} cannot import ({2}); "
        "install it with: {3} , then start QGIS again."
    )
    version = "{}.{}".format(*sys.version_info)
    return sentence.format(module, version, error, install_command(module))


def _module(error: ImportError) -> str:
    return (error.name or str(error)).split(".")[0]


def install_command(module: str) -> str:
    """The command for this platform; on Windows it belongs into the OSGeo4W Shell."""
    if sys.platform.startswith("linux") and module in _DEBIAN_NAMES:
        return f"sudo apt install {_DEBIAN_NAMES[module]}"
    python = "python" if sys.platform == "win32" else "python3"
    return f"{python} -m pip install {_PIP_NAMES.get(module, module)}"

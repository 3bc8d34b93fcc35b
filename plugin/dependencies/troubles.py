# SPDX-License-Identifier: GPL-2.0-or-later
"""Why a package that is there cannot be imported, and what helps: one sentence each."""

from __future__ import annotations

import re

from ..i18n import tr


def explain(module: str, text: str) -> str:
    """A sentence about the package `module`, from the `text` of the error Python gave."""
    gone = re.search(r"No module named '?([\w.]+)", text)
    if gone and gone[1] == module:
        return tr("{0} is not installed.").format(module)
    if gone:
        return tr("{0} needs the Python package {1}, which is not installed.").format(
            module, gone[1]
        )
    for pattern, sentence in _sentences():
        found = re.search(pattern, text)
        if found:
            return sentence.format(module, *found.groups())
    line = " ".join(text.split())
    return tr("{0} is there, but Python cannot import it: {1}.").format(module, line.rstrip("."))


def _sentences() -> tuple[tuple[str, str], ...]:
    """Patterns of error texts, the first that fits wins; {1} is what the pattern caught."""
    return (
        (
            r"(?i)numpy\.core\.multiarray|compiled using NumPy|_ARRAY_API|numpy\.dtype size changed"
            r"|compiled against (?:ABI|API) version|numpy\._core",
            tr(
                "{0} was built for another numpy than the one QGIS brings: remove it where it was "
                "installed and let GeoSift install it, which takes one that fits."
            ),
        ),
        (
            r"DLL load failed",
            tr(
                "{0} needs the Microsoft Visual C++ runtime, which this Windows lacks or has too "
                "old: install vc_redist.x64.exe from https://aka.ms/vs/17/release/vc_redist.x64.exe"
                " and start QGIS again."
            ),
        ),
        (
            r"(GLIBC(?:XX)?_[\d.]+|CXXABI_[\d.]+)'? not found",
            tr(
                "{0} was built for a newer Linux than this one ({1} is missing): remove it and "
                "install an older version of it."
            ),
        ),
        (
            r"(libGL\.so\.1|libgthread-2\.0\.so\.0)",
            tr(
                "{0} is the OpenCV with windows of its own, which needs {1}: remove it and take "
                "the package opencv-python-headless, or the distribution's."
            ),
        ),
        (
            r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object",
            tr("{0} needs the system library {1}: install the package of your system that has it."),
        ),
        (
            r"incompatible architecture[^)]*",
            tr(
                "{0} was built for another processor than QGIS: remove it and let GeoSift install "
                "it, which takes one that fits."
            ),
        ),
    )

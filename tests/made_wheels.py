# SPDX-License-Identifier: GPL-2.0-or-later
"""Tiny wheels, so that installing is tested with the real pip and without a network."""

from __future__ import annotations

import zipfile
from pathlib import Path


def wheel(
    folder: Path, name: str, *, version: str = "1.0", code: str = "", needs: tuple[str, ...] = ()
) -> Path:
    """A pure-Python wheel `name` whose module of that name runs `code` when imported."""
    info = f"{name}-{version}.dist-info"
    required = "".join(f"Requires-Dist: {each}\n" for each in needs)
    texts = {
        f"{name}.py": code or f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*texts, f"{info}/RECORD"])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in {**texts, f"{info}/RECORD": record}.items():
            archive.writestr(inner, text)
    return path

# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m geosift.training.scene FOLDER` writes the sample scene and its truth.

With `--pictures N` it writes N labelled pictures instead, which no training has seen: images/,
masks/ with the classes and instances/ with a number for every single thing, for
`python -m geosift.training evaluate`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from .sample import write_sample


def main() -> None:
    """Write the files and say where."""
    parser = argparse.ArgumentParser(prog="geosift.training.scene", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder for scene.tif and truth.tif")
    parser.add_argument(
        "--pictures",
        type=int,
        metavar="N",
        help="write N pictures in images/, masks/ and instances/ instead",
    )
    options = parser.parse_args()
    for path in _written(options.folder, options.pictures):
        print(f"{path}: {path.stat().st_size:,} bytes")


def _written(folder: Path, pictures: int | None) -> Iterable[Path]:
    if pictures is None:
        return write_sample(folder)
    from ..data.made_pictures import write_pictures  # knows land covers, which scenes do not

    return write_pictures(folder, pictures)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m geosift.training.scene OUTFOLDER` writes the sample scene and its truth."""

from __future__ import annotations

import argparse
from pathlib import Path

from .sample import write_sample


def main() -> None:
    """Write both files and say where."""
    parser = argparse.ArgumentParser(prog="geosift.training.scene", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder for scene.tif and truth.tif")
    for path in write_sample(parser.parse_args().folder):
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m geosift.training.rock --sheet OUT.png` draws generated rock beside its truth."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from . import generate


def main() -> None:
    """Draw the sheet and say where."""
    parser = argparse.ArgumentParser(prog="geosift.training.rock", description=__doc__)
    parser.add_argument("--sheet", type=Path, required=True, help="picture to write")
    parser.add_argument("--seeds", type=int, nargs=2, metavar=("A", "B"), help="from A up to B")
    parser.add_argument("--count", type=int, default=12, help="pictures, from seed 0 on")
    parser.add_argument("--size", type=int, default=768, help="side of a picture, pixels")
    parser.add_argument("--thumb", type=int, default=480, help="side on the sheet, pixels")
    options = parser.parse_args()
    seeds = range(*options.seeds) if options.seeds else range(options.count)
    write_sheet(options.sheet, seeds, size=options.size, thumb=options.thumb)
    print(f"{options.sheet}: {options.sheet.stat().st_size:,} bytes")


def write_sheet(path: Path, seeds: range, *, size: int, thumb: int) -> None:
    """Write pictures and their truth in red, two pairs a row."""
    if not cv2.haveImageWriter(str(path)):
        raise ValueError(f"{path} is no picture that can be written; let its name end in .png.")
    pairs = [_pair(seed, size, thumb) for seed in seeds]
    if not pairs:
        raise ValueError("A sheet needs one seed at least; give --count 1 or --seeds 0 1.")
    if len(pairs) % 2:
        pairs.append(np.zeros_like(pairs[0]))
    sheet = np.vstack([np.hstack(pairs[row : row + 2]) for row in range(0, len(pairs), 2)])
    if not cv2.imwrite(str(path), sheet[..., ::-1]):
        raise OSError(f"The sheet could not be written to {path}; give a folder that exists.")


def _pair(seed: int, size: int, thumb: int) -> np.ndarray:
    drawn = generate(seed, size=size)
    marked = drawn.image.copy()
    marked[drawn.truth > 0] = (255, 0, 0)
    small = [
        cv2.resize(view, (thumb, thumb), interpolation=cv2.INTER_AREA)
        for view in (drawn.image, marked)
    ]
    return np.hstack(small)


if __name__ == "__main__":
    main()

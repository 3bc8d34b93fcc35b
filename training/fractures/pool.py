# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenes of rock, drawn once and kept as files: drawn anew when the generator has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from .. import rock
from ..errors import DataError
from .config import LARGEST_POOL
from .faces import Face

_QUALITY = 96
"""Of the JPEG that a scene is kept as: photographs were compressed once, too."""
_DIGITS = 12


def digest() -> str:
    """What the generator is at this moment: another one draws other scenes."""
    told = hashlib.sha256()
    for path in sorted(Path(rock.__file__).parent.glob("*.py")):
        told.update(path.name.encode() + path.read_bytes())
    return told.hexdigest()[:_DIGITS]


def training_seeds(count: int, *, seed: int) -> range:
    """Seeds of the scenes to learn from."""
    first = seed * LARGEST_POOL
    return range(first, first + count)


def held_out_seeds(count: int) -> range:
    """Seeds of the scenes that weights are kept by: below those of any recipe's training."""
    return range(count)


def unseen_seeds(count: int) -> range:
    """Seeds of the scenes that a finished network is measured on: nothing was chosen by them."""
    return range(LARGEST_POOL // 2, LARGEST_POOL // 2 + count)


def scenes(
    seeds: Iterable[int], *, size: int, folder: Path, say: Callable[[str], None]
) -> list[Face]:
    """The scenes of these seeds from `folder`; those that are not there yet are drawn first."""
    kept = folder / f"{digest()}-{size}"
    kept.mkdir(parents=True, exist_ok=True)
    seeds = list(seeds)
    missing = [seed for seed in seeds if not _truth_file(kept, seed).exists()]
    if missing:
        say(f"drawing {len(missing)} scenes of rock into {kept}")
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
            list(workers.map(partial(_draw, kept, size), missing, chunksize=4))
    return [_read(kept, seed) for seed in seeds]


def drawn(seed: int, size: int) -> Face:
    """One scene fresh from the generator."""
    made = rock.generate(seed, size=size)
    return Face(f"rock{seed}", made.image, made.truth)


def _draw(folder: Path, size: int, seed: int) -> None:
    """Write both files of a scene; the truth last, which says that the scene is whole."""
    cv2.setNumThreads(1)
    scene = drawn(seed, size)
    how = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    for path, pixels, options in (
        (_image_file(folder, seed), scene.image[..., ::-1], how),
        (_truth_file(folder, seed), scene.truth * np.uint8(255), []),
    ):
        partial_file = path.with_name(f"part-{path.name}")
        if not cv2.imwrite(str(partial_file), pixels, options):
            raise DataError(f"{path} could not be written: check the space and rights of --out")
        partial_file.replace(path)


def _read(folder: Path, seed: int) -> Face:
    image = cv2.imread(str(_image_file(folder, seed)), cv2.IMREAD_COLOR)
    truth = cv2.imread(str(_truth_file(folder, seed)), cv2.IMREAD_GRAYSCALE)
    if image is None or truth is None:
        raise DataError(f"scene {seed} in {folder} cannot be read: remove that folder")
    return Face(f"rock{seed}", cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8(truth > 127))


def _image_file(folder: Path, seed: int) -> Path:
    return folder / f"{seed}.jpg"


def _truth_file(folder: Path, seed: int) -> Path:
    return folder / f"{seed}.png"
